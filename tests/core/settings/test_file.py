"""The configuration file: what it may hold, and how it is refused."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from portcall.errors import ConfigurationError
from portcall.settings import Settings, load_settings

if TYPE_CHECKING:
    from tests.core.settings.conftest import Load

#: SPEC §2's example, with the paths of this test.
EXAMPLE = """
default_platform = "linux/amd64"

[cache]
url = "memory://"
max_bytes = 268435456

[network]
timeout = 30
proxy = "env"
max_connections_per_host = 8
allow_hosts = ["*"]
deny_hosts = []

[limits]
content_timeout = 300
copy_timeout = 3600
max_fetch_bytes = 2147483648

[server]
public_url = ""
allowed_hosts = []
allowed_origins = []
allow_unauthenticated = false
allow_write = false

[auth]
mode = "none"
tokens_file = ""
issuer = ""
store = "sqlite:///"
key_env = "PORTCALL_STORE_KEY"

[registries."docker.io"]
endpoint = "https://registry-1.docker.io"
api      = "https://hub.docker.com"
[registries."registry.corp.example"]
backend  = "oci"
endpoint = "https://10.1.2.3:8443"
username = "robot"
password_env = "CORP_TOKEN"
api_token_env = "CORP_API_TOKEN"
auth_hosts = ["sso.corp.example"]
shared = false
options = {}

[plugins]
allow = ["*"]
disabled = ["some-distribution:name"]
"""
CACHE_CHOICES = "use memory://, disk:///path, disk:// (your own cache folder), redis://host:port/db or rediss://…"
SECRETS = {"CORP_TOKEN": "hunter2-password", "CORP_API_TOKEN": "hunter2-token"}


def refusal(load: Load, toml: str, **variables: str) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load(toml, **variables)
    assert refused.value.hint
    return refused.value.message


def test_the_example_of_the_contract_loads(load: Load):
    settings = load(EXAMPLE, **SECRETS)
    corp = settings.registries["registry.corp.example"]
    assert (corp.backend, corp.endpoint, corp.auth_hosts) == (
        "oci",
        "https://10.1.2.3:8443",
        ("sso.corp.example",),
    )
    assert settings.registries["docker.io"].api == "https://hub.docker.com"
    assert settings.plugins.disabled == ("some-distribution:name",)


def test_the_example_of_the_contract_holds_every_default(load: Load):
    told = load(EXAMPLE, **SECRETS).model_dump(exclude={"registries", "plugins"})
    assert told == Settings().model_dump(exclude={"registries", "plugins"})


def test_without_any_file_everything_has_its_default():
    assert load_settings(environ={}) == Settings()


def test_the_file_in_the_users_folder_is_found(tmp_path: Path):
    folder = tmp_path / "config/portcall"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("network.timeout = 7")
    assert load_settings(environ={}).network.timeout == 7


def test_portcall_config_names_another_file(tmp_path: Path):
    file = tmp_path / "other.toml"
    file.write_text("network.timeout = 8")
    assert load_settings(environ={"PORTCALL_CONFIG": str(file)}).network.timeout == 8


def test_the_argument_outranks_portcall_config(tmp_path: Path):
    for seconds in (1, 2):
        (tmp_path / f"{seconds}.toml").write_text(f"network.timeout = {seconds}")
    settings = load_settings(tmp_path / "1.toml", {"PORTCALL_CONFIG": str(tmp_path / "2.toml")})
    assert settings.network.timeout == 1


def test_a_byte_order_mark_is_no_fault(tmp_path: Path):
    file = tmp_path / "notepad.toml"
    file.write_bytes(b"\xef\xbb\xbf[network]\r\ntimeout = 9\r\n")
    assert load_settings(file, {}).network.timeout == 9


@pytest.mark.parametrize(
    ("toml", "reason"),
    [
        ("unknown = 1", "unknown: unknown key"),
        ("[netwrok]\ntimeout = 1", "netwrok: unknown key"),
        ("[network]\ntimout = 1", "network.timout: unknown key"),
        ('[registries."ghcr.io"]\nusr = "x"', 'registries."ghcr.io".usr: unknown key'),
    ],
)
def test_an_unknown_key_is_named_with_its_file(load: Load, tmp_path: Path, toml: str, reason: str):
    assert refusal(load, toml) == f"{tmp_path}/portcall.toml: {reason}"


def test_a_prefix_without_quotes_is_explained(load: Load):
    told = refusal(load, '[registries.docker.io]\nusername = "x"')
    assert told.endswith(
        'registries.docker.io: unknown key; a prefix with dots stands in quotes, like [registries."docker.io"]'
    )


@pytest.mark.parametrize(
    ("toml", "reason"),
    [
        ('network.timeout = "30"', "network.timeout: Input should be a valid number"),
        ("network.timeout = true", "network.timeout: Input should be a valid number"),
        ("network.timeout = 0", "network.timeout: Input should be greater than 0"),
        ("network.timeout = inf", "network.timeout: Input should be less than or equal to 86400"),
        (
            "network.max_connections_per_host = 1.5",
            "network.max_connections_per_host: Input should be a valid integer",
        ),
        ('server.allow_write = "yes"', "server.allow_write: Input should be a valid boolean"),
        ("server.allow_write = 1", "server.allow_write: Input should be a valid boolean"),
        ('network.allow_hosts = "ghcr.io"', "network.allow_hosts: Input should be a valid tuple"),
        ("network.allow_hosts = [1]", "network.allow_hosts.0: Input should be a valid string"),
        ("network = 1", "network: Input should be a section with keys"),
        ("registries = []", "registries: Input should be a valid dictionary"),
        ('registries."ghcr.io" = "robot"', 'registries."ghcr.io": Input should be a section with keys'),
        ('auth.mode = "ldap"', "auth.mode: Input should be 'none', 'token', 'jwt' or 'dockerhub'"),
        ('default_platform = "linux amd64"', "default_platform: the argument `platform` is not os/arch[/variant]"),
        (
            'cache.url = "memcached://:hunter2@cache/0"',
            f"cache.url: names no place that portcall knows; {CACHE_CHOICES}",
        ),
        (
            'network.proxy = "socks5://:hunter2@proxy"',
            "network.proxy: a proxy is env, none, or a URL like http://proxy.example:3128",
        ),
    ],
)
def test_a_wrong_value_is_named_by_key_and_reason_and_not_repeated(
    load: Load, tmp_path: Path, toml: str, reason: str
):
    assert refusal(load, toml) == f"{tmp_path}/portcall.toml: {reason}"


def test_every_fault_is_told_at_once(load: Load):
    told = refusal(load, "a = 1\n[network]\ntimeout = -1")
    assert "a: unknown key" in told
    assert "network.timeout: Input should be greater than 0" in told


def test_a_syntax_error_is_placed(load: Load, tmp_path: Path):
    assert re.fullmatch(
        rf"{tmp_path}/portcall\.toml: is no TOML: .*line 2.*", refusal(load, "[network]\ntimeout = = 1")
    )


def test_a_table_that_is_written_twice_is_refused(load: Load):
    assert "is no TOML" in refusal(load, '[registries."ghcr.io"]\n[registries."ghcr.io"]')


@pytest.mark.parametrize("content", [b"\xff\xfe", b'a = "\xe4"'])
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, content: bytes):
    file = tmp_path / "latin1.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"latin1\.toml: is no UTF-8 text"):
        load_settings(file, {})


def test_endless_nesting_is_refused(load: Load):
    assert "is no TOML" in refusal(load, f"a = {'[' * 100_000}")


def test_a_file_that_is_named_and_missing_stops_the_start(tmp_path: Path):
    with pytest.raises(ConfigurationError, match=r"none\.toml: cannot be read: No such file or directory"):
        load_settings(tmp_path / "none.toml", {})


def test_a_folder_instead_of_a_file_stops_the_start(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
        load_settings(tmp_path, {})


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_stops_the_start(tmp_path: Path):
    file = tmp_path / "secret.toml"
    file.touch(mode=0)
    with pytest.raises(ConfigurationError, match="cannot be read: Permission denied"):
        load_settings(file, {})


def test_a_dangling_link_in_the_users_folder_is_not_passed_over(tmp_path: Path):
    folder = tmp_path / "config/portcall"
    folder.mkdir(parents=True)
    (folder / "config.toml").symlink_to(tmp_path / "gone.toml")
    with pytest.raises(ConfigurationError, match=r"config\.toml: cannot be read"):
        load_settings(environ={})


@pytest.mark.parametrize("section", ["network.allow_hosts", "network.deny_hosts"])
@pytest.mark.parametrize("pattern", ["https://evil.example", "evil.example/path", "user@evil.example", "a b", ""])
def test_a_host_that_would_match_nothing_is_refused(load: Load, section: str, pattern: str):
    assert f"{section}.0: a host is written like" in refusal(load, f'{section} = ["{pattern}"]')


def test_host_patterns_are_compared_in_lower_case(load: Load):
    assert load('network.deny_hosts = ["*.Corp.Example:50??"]').network.deny_hosts == ("*.corp.example:50??",)


def test_the_configuration_cannot_be_changed(load: Load):
    with pytest.raises(ValueError, match="frozen"):
        load().network.timeout = 1  # type: ignore[misc]
