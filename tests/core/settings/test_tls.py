"""PEM files: a missing or unusable one stops the start, not the first call."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from tests.testbed.certificates import write_server_certificate

from portcall.errors import ConfigurationError

if TYPE_CHECKING:
    from tests.core.settings.conftest import Load

WHERE = 'registries."corp.example"'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``server.crt`` and ``server.key`` that belong together, and keys that do not open it."""
    folder = tmp_path_factory.mktemp("tls")
    key = load_pem_private_key(write_server_certificate(folder).key.read_bytes(), None)
    sealed = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    (folder / "sealed.key").write_bytes(sealed)
    (folder / "empty.pem").touch()
    write_server_certificate(folder / "other")
    return folder


def entry(**files: Path) -> str:
    return '[registries."corp.example"]\n' + "".join(f'{key} = "{file}"\n' for key, file in files.items())


def refusal(load: Load, toml: str) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load(toml)
    return refused.value.message


def test_files_that_are_there_are_taken(load: Load, folder: Path):
    files = {
        "ca_file": folder / "server.crt",
        "client_cert": folder / "server.crt",
        "client_key": folder / "server.key",
    }
    assert load(entry(**files)).registries["corp.example"].client_key == str(folder / "server.key")


def test_a_file_in_the_home_folder_is_found(load: Load, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(folder))
    settings = load(entry(ca_file=Path("~/server.crt")))
    assert settings.registries["corp.example"].ca_file == str(folder / "server.crt")


@pytest.mark.parametrize("missing", ["ca_file", "client_cert", "client_key"])
def test_a_missing_file_is_named_with_key_and_reason(load: Load, folder: Path, tmp_path: Path, missing: str):
    files = {
        "ca_file": folder / "server.crt",
        "client_cert": folder / "server.crt",
        "client_key": folder / "server.key",
    }
    told = refusal(load, entry(**files | {missing: folder / "none.pem"}))
    assert told == (
        f"{tmp_path}/portcall.toml: {WHERE}.{missing}: {folder}/none.pem cannot be read: No such file or directory"
    )


@pytest.mark.parametrize("path", ["~nobody-of-that-name/ca.pem", r"/tmp/a\u0000b"])
def test_a_path_that_cannot_be_is_refused(load: Load, path: str):
    told = refusal(load, f'[registries."corp.example"]\nca_file = "{path}"')
    assert told.endswith("cannot be read: there is no such path")


@pytest.mark.parametrize("name", ["empty.pem", "server.key"])
def test_a_file_without_certificates_is_refused(load: Load, folder: Path, name: str):
    told = refusal(load, entry(ca_file=folder / name))
    assert f"{WHERE}.ca_file: {folder}/{name} holds no certificates" in told


@pytest.mark.parametrize("name", ["other/server.key", "sealed.key", "empty.pem"])
def test_a_key_that_does_not_open_its_certificate_is_refused(load: Load, folder: Path, name: str):
    told = refusal(load, entry(client_cert=folder / "server.crt", client_key=folder / name))
    assert f"{WHERE}.client_cert: {folder}/server.crt and client_key are no certificate" in told
