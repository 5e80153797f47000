"""Entries as docker, podman and people write them; and that a malformed one never costs the rest."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from tests.core.credentials.home import CANARY, Home, auth

from portcall.http.upstream import Credentials

DOCKER = "~/.docker/config.json"


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("entry", "credentials"),
    [
        (auth("ada"), ("ada", CANARY, "")),
        ({"auth": base64_of("ada:a:b:c")}, ("ada", "a:b:c", "")),
        ({"auth": base64_of("ada:pässword")}, ("ada", "pässword", "")),
        ({"auth": base64_of("ada:padded\0\0")}, ("ada", "padded", "")),
        ({"auth": f"{base64_of('ada:wrapped')[:8]}\n{base64_of('ada:wrapped')[8:]}"}, ("ada", "wrapped", "")),
        ({"username": "ada", "password": CANARY}, ("ada", CANARY, "")),
        ({"auth": base64_of("ada:newer"), "username": "eve", "password": "older"}, ("ada", "newer", "")),
        ({"auth": base64_of("00000000-0000:"), "identitytoken": CANARY}, ("00000000-0000", "", CANARY)),
        ({"identitytoken": CANARY}, ("", "", CANARY)),
        ({"username": "<token>", "password": CANARY}, ("", "", CANARY)),
        ({"auth": base64_of(f"<token>:{CANARY}")}, ("", "", CANARY)),
        ({"auth": base64_of("<token>:"), "identitytoken": CANARY}, ("", "", CANARY)),
        ({**auth("ada"), "email": "ada@example.org", "unknown": [1]}, ("ada", CANARY, "")),
    ],
)
def test_an_entry_is_read_as_its_tool_means_it(
    home: Home, entry: dict[str, Any], credentials: tuple[str, str, str]
):
    home.docker(auths={"ghcr.io": entry})
    username, secret, identity_token = credentials
    assert home.keyring().known("ghcr.io") == Credentials(username, secret, DOCKER, identity_token)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ([CANARY], "it is no object"),
        (CANARY, "it is no object"),
        (None, "it is no object"),
        ({"auth": f"!{CANARY}"}, "auth is no base64 of user:password"),
        ({"auth": base64_of(CANARY)}, "auth is no base64 of user:password"),
        ({"auth": base64.b64encode(b"ada:\xff").decode()}, "auth is no base64 of user:password"),
        ({"auth": "dXNlcg", "username": "ada", "password": CANARY}, "auth is no base64 of user:password"),
        ({"auth": [CANARY]}, "auth is no text"),
        ({"username": "ada", "password": 7}, "password is no text"),
        ({"identitytoken": {"a": CANARY}}, "identitytoken is no text"),
        ({"auth": base64_of(f"ada\r\nX-Evil: 1:{CANARY}")}, "its user name holds a control character"),
        ({"username": "a\ud800", "password": CANARY}, "its user name holds a control character"),
        ({"username": "a:b", "password": CANARY}, "its user name holds a colon"),
        ({"username": "ada", "password": f"{CANARY}\udfff"}, "its secret is no text"),
        ({"identitytoken": f"{CANARY}\udfff"}, "its secret is no text"),
        ({"username": "ada"}, "it has no password"),
        ({"auth": base64_of("ada:")}, "it has no password"),
        ({"auth": base64_of(f":{CANARY}")}, "it has no user name"),
    ],
)
def test_a_malformed_entry_is_told_of_and_the_others_count(home: Home, entry: object, problem: str):
    home.docker(auths={"bad.example": entry, "ghcr.io": auth("ada")})
    keyring = home.keyring()
    assert keyring.problems == [(DOCKER, f"the entry for bad.example cannot be used: {problem}")]
    assert keyring.login("bad.example") is None
    assert keyring.found("ghcr.io") == ("ada", DOCKER)


@pytest.mark.parametrize("empty", [{}, {"auth": ""}, {"email": "ada@example.org"}, {"auth": None}])
def test_an_empty_entry_without_a_store_holds_nothing_and_lists_no_host(home: Home, empty: dict[str, Any]):
    home.docker(auths={"ghcr.io": empty, "ghcr.io/acme": empty})
    home.podman(auths={"ghcr.io": auth("podman")})
    keyring = home.keyring()
    assert keyring.prefixes == {"ghcr.io"}
    assert keyring.found("ghcr.io/acme")[0] == "podman"
    assert keyring.problems == []


def test_a_key_that_is_no_registry_is_counted_and_not_repeated(home: Home):
    home.docker(auths={"ghcr.io": auth("ada"), CANARY: auth("eve"), f"https://eve:{CANARY}@quay.io": auth("eve")})
    keyring = home.keyring()
    assert keyring.problems == [(DOCKER, f"key {number} of auths names no registry") for number in (2, 3)]
    assert keyring.prefixes == {"ghcr.io"}


def test_dockers_own_tokens_of_the_hub_are_passed_over_without_a_word(home: Home):
    hub = "https://index.docker.io/v1/"
    home.docker(
        auths={f"{hub}access-token": auth("ada"), f"{hub}refresh-token": auth("ada"), hub: auth("ada", "pat")}
    )
    keyring = home.keyring()
    assert keyring.known("docker.io").secret == "pat"
    assert keyring.problems == []


def test_of_two_keys_for_one_registry_the_first_with_credentials_counts(home: Home):
    home.docker(
        auths={"docker.io": {}, "index.docker.io": auth("one"), "https://index.docker.io/v1/": auth("two")}
    )
    assert home.keyring().found("docker.io")[0] == "one"


def test_the_longest_key_wins_on_whole_components(home: Home):
    home.podman(auths={"quay.io": auth("all"), "quay.io/acme": auth("acme"), "quay.io/acme/app": auth("app")})
    keyring = home.keyring()
    asked = ("quay.io", "quay.io/acmecorp", "quay.io/acme", "quay.io/acme/tool", "quay.io/acme/app")
    assert [keyring.found(prefix)[0] for prefix in asked] == ["all", "all", "acme", "acme", "app"]


def test_a_key_with_a_port_is_for_that_port(home: Home):
    home.docker(auths={"registry.example:5000": auth("ada")})
    keyring = home.keyring()
    assert keyring.found("registry.example:5000")[0] == "ada"
    assert keyring.login("registry.example") is None
    assert keyring.login("registry.example:5001") is None


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "it is no JSON"),
        (f'{{"auths": {{"ghcr.io": {{"auth": "{CANARY}', "it is no JSON"),
        ("[" * 100_000, "it is no JSON"),
        ("1" * 10_000, "it is no JSON"),
        ("[]", "it is no JSON object"),
        (f'"{CANARY}"', "it is no JSON object"),
        ("null", "it is no JSON object"),
        ('{"auths": []}', "auths is no object"),
        ('{"credHelpers": "pass"}', "credHelpers is no object"),
        ('{"credHelpers": {"ghcr.io": 7}}', "the helper of ghcr.io is no text"),
        ('{"credHelpers": {"acme": "pass"}}', "key 1 of credHelpers names no registry"),
        ('{"credsStore": ["pass"]}', "credsStore is no text"),
    ],
)
@pytest.mark.parametrize("place", ["file", "variable"])
def test_a_broken_document_is_told_of_and_other_places_count(home: Home, place: str, content: str, problem: str):
    home.podman(auths={"ghcr.io": auth("podman")})
    if place == "file":
        home.write(".docker/config.json", content)
        keyring, source = home.keyring(), DOCKER
    else:
        keyring, source = home.keyring(DOCKER_AUTH_CONFIG=content), "DOCKER_AUTH_CONFIG"
    assert keyring.problems == [(source, problem)]
    assert keyring.found("ghcr.io")[0] == "podman"


def test_the_variable_holds_the_same_document_as_the_file(home: Home):
    home.helper("pass")
    document = {"auths": {"ghcr.io": auth("ada")}, "credHelpers": {"gcr.io": "pass"}}
    keyring = home.keyring(DOCKER_AUTH_CONFIG=json.dumps(document))
    assert keyring.found("ghcr.io") == ("ada", "DOCKER_AUTH_CONFIG")
    assert keyring.prefixes == {"ghcr.io", "gcr.io"}
