"""Secrets: where they may come from, and that nothing repeats them."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from portcall import Portcall
from portcall.errors import ConfigurationError
from portcall.reference import parse_prefix
from portcall.settings import Settings

if TYPE_CHECKING:
    from tests.core.settings.conftest import Load

HEAD = '[registries."corp.example"]\nusername = "robot"\n'
WHERE = 'registries."corp.example"'


def refusal(load: Load, toml: str, **variables: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as refused:
        load(toml, **variables)
    assert "hunter2" not in f"{refused.value} {refused.value.hint}"
    return refused.value


def password(settings: Settings) -> str:
    secret = settings.registries["corp.example"].password
    assert secret is not None
    return secret.get_secret_value()


def test_a_password_comes_from_a_variable(load: Load):
    assert password(load(f'{HEAD}password_env = "TOKEN"', TOKEN="hunter2")) == "hunter2"


def test_a_password_comes_from_a_file_without_its_last_line_end(load: Load, tmp_path: Path):
    (tmp_path / "secret").write_text(" hunter2 \r\n")
    assert password(load(f'{HEAD}password_file = "{tmp_path}/secret"')) == " hunter2 "


def test_a_file_in_the_home_folder_is_found(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "secret").write_text("hunter2")
    assert password(load(f'{HEAD}password_file = "~/secret"')) == "hunter2"


def test_the_vendors_token_has_a_source_of_its_own(load: Load):
    entry = load('[registries."corp.example"]\napi_token_env = "TOKEN"', TOKEN="hunter2").registries[
        "corp.example"
    ]
    assert entry.api_token is not None
    assert entry.api_token.get_secret_value() == "hunter2"


@pytest.mark.parametrize("key", ["password", "api_token"])
def test_a_secret_in_the_file_is_refused_with_its_proper_place(load: Load, tmp_path: Path, key: str):
    told = refusal(load, f'{HEAD}{key} = "hunter2"').message
    assert told == (
        f"{tmp_path}/portcall.toml: {WHERE}.{key}: a secret has no place here; name its source with {key}_env"
    )


@pytest.mark.parametrize("key", ["password_env", "api_token_env"])
@pytest.mark.parametrize("variables", [{}, {"TOKEN": ""}])
def test_a_variable_that_is_not_set_is_named(load: Load, tmp_path: Path, key: str, variables: dict[str, str]):
    toml = f'{HEAD if key == "password_env" else HEAD.splitlines()[0]}\n{key} = "TOKEN"'
    told = refusal(load, toml, **variables)
    assert told.message == f"{tmp_path}/portcall.toml: {WHERE}.{key}: the environment has no TOKEN"
    assert told.hint == "Set it, or remove the key."


@pytest.mark.parametrize("key", ["password_env", "api_token_env"])
def test_a_variable_that_is_no_text_is_named(load: Load, tmp_path: Path, key: str):
    told = refusal(load, f'{HEAD}{key} = "TOKEN"', TOKEN=os.fsdecode(b"hunter2\xff"))
    assert told.message == f"{tmp_path}/portcall.toml: {WHERE}.{key}: TOKEN is no UTF-8 text"


@pytest.mark.parametrize("username", ["ro:bot", r"ro\nbot", r"ro\u0000bot"])
def test_a_user_name_that_cannot_be_sent_is_refused(load: Load, tmp_path: Path, username: str):
    told = refusal(load, f'[registries."corp.example"]\nusername = "{username}"').message
    key = f"{tmp_path}/portcall.toml: {WHERE}.username"
    assert told == f"{key}: a user name holds neither colons nor control characters"


def test_a_password_pasted_instead_of_a_variables_name_is_not_repeated(load: Load):
    assert (
        "the environment has no variable of the name" in refusal(load, f'{HEAD}password_env = "hunter2"').message
    )


def test_a_password_pasted_instead_of_a_files_name_is_not_repeated(load: Load):
    assert "the file that it names cannot be read" in refusal(load, f'{HEAD}password_file = "hunter2"').message


def test_a_missing_file_is_named_with_the_reason(load: Load, tmp_path: Path):
    told = refusal(load, f'{HEAD}password_file = "{tmp_path}/none"').message
    key = f"{tmp_path}/portcall.toml: {WHERE}.password_file"
    assert told == f"{key}: {tmp_path}/none cannot be read: No such file or directory"


@pytest.mark.parametrize("content", [b"", b"\n", b" \r\n\n"])
def test_an_empty_file_is_refused(load: Load, tmp_path: Path, content: bytes):
    (tmp_path / "secret").write_bytes(content)
    told = refusal(load, f'{HEAD}password_file = "{tmp_path}/secret"').message
    assert told.endswith(f"password_file: {tmp_path}/secret is empty")


def test_a_file_that_is_no_text_is_refused(load: Load, tmp_path: Path):
    (tmp_path / "secret").write_bytes(b"\xff")
    assert "secret is no UTF-8 text" in refusal(load, f'{HEAD}password_file = "{tmp_path}/secret"').message


@pytest.mark.parametrize("path", ["~nobody-of-that-name/secret", r"/tmp/a\u0000b"])
def test_a_path_that_cannot_be_is_refused(load: Load, path: str):
    assert "cannot be read: there is no such path" in refusal(load, f'{HEAD}password_file = "{path}"').message


def test_two_sources_of_one_password_are_refused(load: Load):
    told = refusal(load, f'{HEAD}password_env = "TOKEN"\npassword_file = "/x"', TOKEN="hunter2").message
    assert told.endswith(f"{WHERE}: password_env and password_file exclude each other")


def test_a_password_without_a_user_is_refused(load: Load, tmp_path: Path):
    told = refusal(load, '[registries."corp.example"]\npassword_env = "TOKEN"', TOKEN="hunter2").message
    assert told == f"{tmp_path}/portcall.toml: {WHERE}: a password without a username"


def test_a_user_without_a_password_names_whose_stored_login_is_meant(load: Load):
    entry = load(HEAD).registries["corp.example"]
    assert (entry.username, entry.names_a_password, entry.password) == ("robot", False, None)


def test_another_user_never_gets_the_inherited_password(load: Load):
    toml = f'{HEAD}password_env = "TOKEN"\n[registries."corp.example/team"]\nusername = "somebody-else"'
    entry = load(toml, TOKEN="hunter2").entry_for(parse_prefix("corp.example/team"))
    assert (entry.username, entry.names_a_password, entry.password) == ("somebody-else", False, None)


def test_the_same_user_named_again_gets_the_inherited_password(load: Load):
    toml = f'{HEAD}password_env = "TOKEN"\n[registries."corp.example/team"]\nusername = "robot"'
    entry = load(toml, TOKEN="hunter2").entry_for(parse_prefix("corp.example/team"))
    assert entry.password is not None
    assert entry.password.get_secret_value() == "hunter2"


@pytest.mark.parametrize("show", [repr, str], ids=["repr", "str"])
def test_nothing_that_is_printed_holds_a_secret(load: Load, show: type[str], tmp_path: Path):
    (tmp_path / "secret").write_text("hunter2")
    settings = load(
        '[network]\nproxy = "http://robot:hunter2@proxy.example:3128"\n'
        '[registries."a.example"]\nusername = "robot"\npassword_env = "TOKEN"\napi_token_env = "TOKEN"\n'
        f'[registries."b.example"]\nusername = "robot"\npassword_file = "{tmp_path}/secret"\n'
        '[registries."a.example".options]\nkey = "hunter2"',
        TOKEN="hunter2",
    )
    shown = (settings, settings.network, *settings.registries.values(), settings.registries["a.example"].password)
    assert not any("hunter2" in show(each) for each in shown)


def test_the_environments_proxies_are_not_printed(load: Load):
    settings = load("", HTTPS_PROXY="http://robot:hunter2@proxy.example:3128")
    assert settings.surroundings.proxies == {"https": "http://robot:hunter2@proxy.example:3128"}
    assert "hunter2" not in repr(settings)


def test_settings_that_were_built_by_hand_do_not_ask_as_a_stranger():
    entry = {"username": "robot", "password_env": "TOKEN"}
    settings = Settings.model_validate({"registries": {"corp.example": entry}})

    async def problems() -> list[str | None]:
        async with Portcall(settings) as pc:
            return [info.problem for info in (await pc.list_registries("corp.example")).registries]

    (problem,) = asyncio.run(problems())
    assert problem == f"invalid_argument: {WHERE}: its password was not read"
