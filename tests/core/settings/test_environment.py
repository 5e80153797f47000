"""The environment over the file: single values, the registries as a whole, and proxies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portcall.errors import ConfigurationError

if TYPE_CHECKING:
    from tests.core.settings.conftest import Load


def refusal(load: Load, toml: str = "", **variables: str) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load(toml, **variables)
    return refused.value.message


def test_a_number_comes_from_a_variable(load: Load):
    settings = load("[network]\ntimeout = 30", PORTCALL_NETWORK__TIMEOUT="2.5", PORTCALL_CACHE__MAX_BYTES="1024")
    assert (settings.network.timeout, settings.cache.max_bytes) == (2.5, 1024)


@pytest.mark.parametrize(("text", "value"), [("true", True), ("1", True), ("off", False), ("False", False)])
def test_a_switch_comes_from_a_variable(load: Load, text: str, value: bool):
    assert load(PORTCALL_SERVER__ALLOW_WRITE=text).server.allow_write is value


def test_a_text_comes_from_a_variable(load: Load):
    settings = load(PORTCALL_DEFAULT_PLATFORM="arm64", PORTCALL_SERVER__PUBLIC_URL="https://portcall.corp.example")
    assert settings.default_platform == "linux/arm64"
    assert settings.server.public_url == "https://portcall.corp.example"


@pytest.mark.parametrize(
    "text", ["ghcr.io, *.corp.example", '["ghcr.io", "*.corp.example"]', "ghcr.io,*.corp.example,"]
)
def test_a_list_comes_from_a_variable(load: Load, text: str):
    settings = load('network.allow_hosts = ["quay.io"]', PORTCALL_NETWORK__ALLOW_HOSTS=text)
    assert settings.network.allow_hosts == ("ghcr.io", "*.corp.example")


def test_an_empty_list_stays_empty(load: Load):
    assert load(PORTCALL_NETWORK__ALLOW_HOSTS="").network.allow_hosts == ()


def test_what_no_variable_names_stays_as_the_file_has_it(load: Load):
    settings = load("[network]\nmax_connections_per_host = 3", PORTCALL_NETWORK__TIMEOUT="2")
    assert settings.network.max_connections_per_host == 3


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("PORTCALL_NETWORK__TIMEOUT", "soon", "network.timeout: Input should be a valid number"),
        ("PORTCALL_NETWORK__TIMEOUT", "-1", "network.timeout: Input should be greater than 0"),
        ("PORTCALL_CACHE__MAX_BYTES", "1e3", "cache.max_bytes: Input should be a valid integer"),
        ("PORTCALL_SERVER__ALLOW_WRITE", "hunter2", "server.allow_write: Input should be a valid boolean"),
        ("PORTCALL_DEFAULT_PLATFORM", "", "default_platform: the argument `platform` is not os/arch[/variant]"),
        ("PORTCALL_NETWORK__TIMOUT", "1", "network.timout: unknown key"),
        (
            "PORTCALL_NETWORK__DENY_HOSTS",
            "https://x",
            (
                "network.deny_hosts.0: a host is written like "
                "registry.example or registry.example:5000, without a scheme"
            ),
        ),
        ("PORTCALL_NETWORK__DENY_HOSTS", "[1", "network.deny_hosts: Input should be a valid tuple"),
        ("PORTCALL_AUTH__MODE", "ldap", "auth.mode: Input should be 'none', 'token', 'jwt' or 'dockerhub'"),
    ],
)
def test_a_bad_variable_is_named_instead_of_the_file(load: Load, name: str, text: str, reason: str):
    assert refusal(load, **{name: text}) == f"{name}: {reason}"


def test_a_section_that_there_is_not_is_refused_for_it_was_meant_for_us(load: Load):
    assert refusal(load, PORTCALL_NETWROK__TIMEOUT="1").startswith(
        "PORTCALL_NETWROK__TIMEOUT: there is no section"
    )


@pytest.mark.parametrize(
    "name",
    [
        "PORTCALL_PORT",
        "PORTCALL_SERVICE_HOST",
        "PORTCALL_SERVICE_PORT_HTTP",
        "PORTCALL_PORT_8000_TCP_ADDR",
        "PORTCALL_CACHE_PORT",
        "PORTCALL_",
        "PORTCALLS_NETWORK__TIMEOUT",
        "portcall_network__timeout",
    ],
)
def test_variables_that_are_none_of_ours_are_passed_over(load: Load, name: str):
    assert load(**{name: "tcp://10.0.0.1:8000"}) == load()


# The registries


def test_the_registries_come_as_json_and_replace_the_files(load: Load):
    settings = load(
        '[registries."ghcr.io"]\nbackend = "oci"',
        PORTCALL_REGISTRIES='{"corp.example": {"username": "robot", "password_env": "T", "auth_hosts": ["s.x"]}}',
        T="hunter2",
    )
    assert list(settings.registries) == ["corp.example"]
    assert settings.registries["corp.example"].auth_hosts == ("s.x",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is no JSON: Expecting value: line 1 column 1 (char 0)"),
        ("{hunter2", "is no JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ('{"a.example": {}, "a.example": {}}', "is no JSON: an object names the same key twice"),
        ("[" * 100_000, "is no JSON: too deeply nested"),
        ("[]", "registries: Input should be a valid dictionary"),
        ('{"a.example": "hunter2"}', 'registries."a.example": Input should be a section with keys'),
        ('{"a.example": {"passwort": "hunter2"}}', 'registries."a.example".passwort: unknown key'),
        ('{"a.example": {"shared": "true"}}', 'registries."a.example".shared: Input should be a valid boolean'),
        (
            '{"a.example": {"username": "r", "password_env": "NONE"}}',
            'registries."a.example".password_env: the environment has no NONE',
        ),
    ],
)
def test_bad_registries_are_told_by_variable_and_reason(load: Load, text: str, reason: str):
    assert refusal(load, PORTCALL_REGISTRIES=text) == f"PORTCALL_REGISTRIES: {reason}"


def test_single_values_of_registries_have_no_variables(load: Load):
    told = refusal(load, PORTCALL_REGISTRIES__SHARED="true")
    assert told == "PORTCALL_REGISTRIES__SHARED: there is no section 'registries' with single values"


# Proxies


def test_the_environments_proxies_are_used_by_default(load: Load):
    settings = load(https_proxy="http://one:3128", HTTP_PROXY="http://two:3128", NO_PROXY="corp.example")
    assert settings.surroundings.proxies == {
        "https": "http://one:3128",
        "http": "http://two:3128",
        "no": "corp.example",
    }


def test_lower_case_outranks_upper_case_and_switches_off(load: Load):
    assert load(https_proxy="http://one:3128", HTTPS_PROXY="http://two:3128").surroundings.proxies == {
        "https": "http://one:3128"
    }
    assert load(https_proxy="", HTTPS_PROXY="http://two:3128").surroundings.proxies == {}


def test_a_proxy_without_a_scheme_speaks_http(load: Load):
    assert load(HTTPS_PROXY="proxy.example:3128").surroundings.proxies == {"https": "http://proxy.example:3128"}


def test_no_proxy_at_all_can_be_chosen(load: Load):
    assert load('network.proxy = "none"', HTTPS_PROXY="http://one:3128").surroundings.proxies == {}


def test_a_proxy_in_the_file_outranks_the_environments(load: Load):
    settings = load('network.proxy = "http://mine:3128"', HTTPS_PROXY="http://one:3128", NO_PROXY="corp.example")
    assert settings.surroundings.proxies == {"http": "http://mine:3128", "https": "http://mine:3128"}


def test_only_the_given_environment_is_read(load: Load, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://stray:3128")
    monkeypatch.setenv("PORTCALL_NETWORK__TIMEOUT", "3")
    settings = load()
    assert (settings.surroundings.proxies, settings.network.timeout) == ({}, 30)
