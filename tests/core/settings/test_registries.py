"""``[registries]``: prefixes, endpoints, and what a longer prefix takes from a shorter one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portcall.errors import ConfigurationError
from portcall.reference import parse_prefix
from portcall.settings import RegistrySettings

if TYPE_CHECKING:
    from tests.core.settings.conftest import Load

PEOPLE = {"ONE": "hunter2", "TWO": "hunter3"}


def refusal(load: Load, toml: str, **variables: str) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load(toml, **variables)
    assert "hunter2" not in f"{refused.value} {refused.value.hint}"
    return refused.value.message


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://registry.corp.example",
        "https://registry.corp.example:8443",
        "http://registry.corp.example:5000",
        "https://10.1.2.3:8443",
        "https://[2001:db8::1]:5000",
        "https://artifactory.corp.example/api/docker/main",
    ],
)
def test_an_endpoint_is_an_http_or_https_url(load: Load, endpoint: str):
    settings = load(f'[registries."corp.example"]\nendpoint = "{endpoint}"')
    assert settings.registries["corp.example"].endpoint == endpoint


def test_a_slash_at_the_end_of_an_endpoint_says_nothing(load: Load):
    settings = load('[registries."corp.example"]\nendpoint = "https://corp.example/v1/"')
    assert settings.registries["corp.example"].endpoint == "https://corp.example/v1"


@pytest.mark.parametrize("key", ["endpoint", "api"])
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://robot:hunter2@corp.example", "an endpoint holds no credentials"),
        ("https://robot:hunter2/x@corp.example", "an endpoint holds no credentials"),
        ("https://@corp.example", "an endpoint holds no credentials"),
        ("https://corp.example?ns=hunter2", "an endpoint has neither query nor fragment"),
        ("https://corp.example?", "an endpoint has neither query nor fragment"),
        ("https://corp.example#", "an endpoint has neither query nor fragment"),
        ("ftp://corp.example", "an endpoint is a URL like https://registry.example:5000"),
        ("corp.example", "an endpoint is a URL like"),
        ("https://", "an endpoint is a URL like"),
        ("", "an endpoint is a URL like"),
        ("https://corp.example:hunter2", "an endpoint is a URL like"),
        ("https://corp.example:0", "an endpoint is a URL like"),
        ("https://corp.example:99999", "an endpoint is a URL like"),
        ("https://[::1", "an endpoint is a URL like"),
        ("https://corp.example ", "an endpoint is a URL like"),
        (r"https://corp.example\n.evil.example", "an endpoint is a URL like"),
        ("file:///etc/passwd", "an endpoint is a URL like"),
    ],
)
def test_a_bad_endpoint_is_named_by_its_key(load: Load, key: str, url: str, reason: str):
    told = refusal(load, f'[registries."corp.example"]\n{key} = "{url}"')
    assert f'registries."corp.example".{key}: {reason}' in told


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("acme", "the prefix does not begin with a host"),
        ("https://ghcr.io", "a scheme in a prefix"),
        ("ghcr.io/Acme", "in the repository name"),
        ("ghcr.io/acme:1.0", "in the repository name"),
        ("ghcr.io/", "the repository name is missing"),
        ("ghcr.io:99999", "the port is out of range"),
        ("", "the prefix"),
    ],
)
def test_a_key_that_is_no_prefix_is_refused(load: Load, key: str, reason: str):
    told = refusal(load, f'[registries."{key}"]')
    assert f'registries: "{key}" is no registry prefix: ' in told
    assert reason in told


def test_a_password_in_a_pasted_key_is_not_repeated(load: Load):
    assert '"ghcr.io" is no registry prefix' in refusal(load, '[registries."https://robot:hunter2@ghcr.io"]')


@pytest.mark.parametrize(
    ("one", "other", "name"),
    [
        ("docker.io", "index.docker.io", "docker.io"),
        ("docker.io", "registry-1.docker.io", "docker.io"),
        ("ghcr.io/acme", "GHCR.IO/acme", "ghcr.io/acme"),
    ],
)
def test_one_prefix_written_in_two_ways_is_refused(load: Load, one: str, other: str, name: str):
    told = refusal(load, f'[registries."{one}"]\n[registries."{other}"]')
    assert f"names {name} a second time" in told


def test_an_alias_of_docker_hub_is_docker_io(load: Load):
    assert list(load('[registries."index.docker.io"]').registries) == ["docker.io"]


@pytest.mark.parametrize("host", ["https://sso.corp.example", "sso.corp.example/token", "*.corp.example", ""])
def test_a_token_service_is_named_by_host(load: Load, host: str):
    told = refusal(load, f'[registries."corp.example"]\nauth_hosts = ["{host}"]')
    assert 'registries."corp.example".auth_hosts.0: a host is written like' in told


def test_a_certificate_without_its_key_is_refused(load: Load):
    told = refusal(load, '[registries."corp.example"]\nclient_cert = "/a.pem"')
    assert told.endswith('registries."corp.example": client_cert and client_key go together')


# A longer prefix and what it inherits

FAMILY = """
[registries."ghcr.io"]
endpoint = "https://mirror.corp.example"
username = "robot"
password_env = "ONE"
auth_hosts = ["sso.corp.example"]
options = { page = 7 }
[registries."ghcr.io/acme"]
username = "acme-robot"
password_env = "TWO"
[registries."ghcr.io/acme/deep"]
shared = true
"""


def test_a_longer_prefix_inherits_what_it_does_not_set(load: Load):
    entry = load(FAMILY, **PEOPLE).entry_for(parse_prefix("ghcr.io/acme"))
    assert (entry.endpoint, entry.auth_hosts) == ("https://mirror.corp.example", ("sso.corp.example",))
    assert entry.options == {"page": 7}


def test_a_longer_prefix_keeps_what_it_sets(load: Load):
    entry = load(FAMILY, **PEOPLE).entry_for(parse_prefix("ghcr.io/acme"))
    assert entry.username == "acme-robot"
    assert entry.password is not None
    assert entry.password.get_secret_value() == "hunter3"


def test_inheritance_passes_through_every_prefix_between(load: Load):
    entry = load(FAMILY, **PEOPLE).entry_for(parse_prefix("ghcr.io/acme/deep"))
    assert (entry.username, entry.endpoint, entry.shared) == ("acme-robot", "https://mirror.corp.example", True)
    assert entry.password is not None
    assert entry.password.get_secret_value() == "hunter3"


def test_a_false_that_is_written_overrides_an_inherited_true(load: Load):
    toml = '[registries."ghcr.io"]\nshared = true\n[registries."ghcr.io/acme"]\nshared = false'
    assert not load(toml).entry_for(parse_prefix("ghcr.io/acme")).shared


def test_a_namespace_may_have_another_password_for_the_same_user(load: Load):
    toml = (
        '[registries."ghcr.io"]\nusername = "robot"\npassword_env = "ONE"\n'
        '[registries."ghcr.io/acme"]\npassword_env = "TWO"'
    )
    entry = load(toml, **PEOPLE).entry_for(parse_prefix("ghcr.io/acme"))
    assert entry.username == "robot"
    assert entry.password is not None
    assert entry.password.get_secret_value() == "hunter3"


ELSEWHERE = """
[registries."corp.example"]
endpoint = "https://registry.corp.example"
api = "https://api.corp.example"
username = "robot"
password_env = "ONE"
api_token_env = "TWO"
auth_hosts = ["sso.corp.example"]
[registries."corp.example/acme"]
"""


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://mirror.example",
        "https://registry.corp.example:8443",
        "http://registry.corp.example",
        "https://registry.corp.example.evil.test",
    ],
)
def test_another_host_inherits_nothing_that_says_who_is_asking(load: Load, endpoint: str):
    settings = load(f'{ELSEWHERE}endpoint = "{endpoint}"', **PEOPLE)
    entry = settings.entry_for(parse_prefix("corp.example/acme"))
    assert (entry.username, entry.password, entry.api_token, entry.names_a_password) == (None, None, None, False)
    assert entry.auth_hosts == ("sso.corp.example",)
    deeper = settings.entry_for(parse_prefix("corp.example/acme/app"))
    assert (deeper.endpoint, deeper.username, deeper.password) == (endpoint, None, None)


def test_a_login_without_an_endpoint_is_for_the_registrys_own_host_alone(load: Load):
    toml = (
        '[registries."ghcr.io"]\nusername = "robot"\npassword_env = "ONE"\n'
        '[registries."ghcr.io/acme"]\nendpoint = "https://mirror.example"'
    )
    entry = load(toml, **PEOPLE).entry_for(parse_prefix("ghcr.io/acme"))
    assert (entry.username, entry.password) == (None, None)


def test_another_host_inherits_no_client_certificate():
    shorter = RegistrySettings(endpoint="https://corp.example", client_cert="/a.pem", client_key="/a.key")
    entry = RegistrySettings(endpoint="https://mirror.example").inheriting(shorter)
    assert (entry.client_cert, entry.client_key) == (None, None)


@pytest.mark.parametrize("endpoint", ["https://registry.corp.example:443/v1", "https://REGISTRY.corp.example/"])
def test_another_path_of_the_same_host_inherits_the_login(load: Load, endpoint: str):
    entry = load(f'{ELSEWHERE}endpoint = "{endpoint}"', **PEOPLE).entry_for(parse_prefix("corp.example/acme"))
    assert entry.username == "robot"
    assert entry.password is not None
    assert entry.api_token is not None


def test_another_host_is_shown_the_password_where_its_own_entry_names_the_user(load: Load):
    toml = f'{ELSEWHERE}endpoint = "https://mirror.example"\nusername = "robot"'
    entry = load(toml, **PEOPLE).entry_for(parse_prefix("corp.example/acme"))
    assert entry.password is not None
    assert entry.password.get_secret_value() == PEOPLE["ONE"]


def test_a_password_for_another_host_takes_a_user_name_of_its_own(load: Load):
    told = refusal(load, f'{ELSEWHERE}endpoint = "https://mirror.example"\npassword_env = "TWO"', **PEOPLE)
    assert told.endswith('registries."corp.example/acme": a password without a username')


def test_another_vendor_api_inherits_no_token(load: Load):
    entry = load(f'{ELSEWHERE}api = "https://api.example"', **PEOPLE).entry_for(parse_prefix("corp.example/acme"))
    assert (entry.api_token_env, entry.api_token) == (None, None)
    assert entry.password is not None


def test_neighbours_with_a_common_beginning_inherit_nothing(load: Load):
    entry = load(FAMILY, **PEOPLE).entry_for(parse_prefix("ghcr.io/acmecorp"))
    assert entry.username == "robot"


@pytest.mark.parametrize(
    ("shorter", "longer"),
    [
        ('username = "a"\npassword_env = "ONE"', 'api_token_env = "TWO"\nshared = true'),
        ('api_token_env = "ONE"', 'username = "b"\npassword_env = "TWO"\nshared = true'),
        ('username = "a"\npassword_env = "ONE"\nshared = true', 'username = "b"\npassword_env = "TWO"'),
    ],
    ids=["the login beside a token", "the token beside a login", "another login"],
)
def test_sharing_is_a_word_about_the_login_that_it_stands_beside(load: Load, shorter: str, longer: str):
    """What the operator shares with callers is that, and nothing that a shorter or longer prefix has."""
    settings = load(
        f'[registries."corp.example"]\n{shorter}\n[registries."corp.example/team"]\n{longer}', **PEOPLE
    )
    for prefix, unshared in (("corp.example", "hunter2"), ("corp.example/team", "hunter2")):
        entry = settings.entry_for(parse_prefix(prefix))
        held = [secret.get_secret_value() for secret in (entry.password, entry.api_token) if secret]
        if "shared" in shorter:
            assert entry.shared == (prefix == "corp.example")
        else:
            assert not (entry.shared and unshared in held)


def test_sharing_may_be_said_for_a_namespace_of_the_same_login(load: Load):
    settings = load(
        '[registries."corp.example"]\nusername = "a"\npassword_env = "ONE"\n'
        '[registries."corp.example/team"]\nshared = true',
        **PEOPLE,
    )
    entry = settings.entry_for(parse_prefix("corp.example/team"))
    assert entry.shared
    assert entry.password is not None
    assert not settings.entry_for(parse_prefix("corp.example")).shared
