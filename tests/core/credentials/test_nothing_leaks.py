"""No secret is in anything that is printed, and no document can be a surprise."""

from __future__ import annotations

import json
import logging
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.core.credentials.home import CANARY, Home, answer, auth
from tests.core.credentials.plugins import Cloud

from portcall.credentials import Login

pytestmark = pytest.mark.anyio


async def test_no_secret_is_in_what_is_printed_or_logged(home: Home, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    home.helper("pass", answer("ada"), listed={"gcr.io": "ada"})
    home.docker(auths={"a.example": auth("ada"), "bad.example": {"auth": CANARY}}, credsStore="pass")
    home.podman(auths={"b.example": {"identitytoken": CANARY}})
    variables = {
        "DOCKERHUB_USERNAME": "hub",
        "DOCKERHUB_TOKEN": CANARY,
        "DOCKER_AUTH_CONFIG": json.dumps({"auths": {"c.example": auth("ada")}}),
        "GITHUB_TOKEN": CANARY,
        "QUAY_TOKEN": CANARY,
        "ANYTHING_ELSE": CANARY,
    }
    keyring = home.keyring(providers=(Cloud(),), **variables)
    await keyring.keyring.load()
    settings = home.settings(**variables)
    logins: list[Login | None] = [keyring.login(prefix) for prefix in sorted(keyring.prefixes)]
    assert len(logins) == 7
    await keyring.obtain("gcr.io")
    held = [login.source for login in logins if login]
    printed: list[object] = [settings, settings.surroundings.logins, keyring.keyring, keyring.keyring.notes]
    printed += [*logins, *held, *keyring.keyring._shelves, *keyring.keyring._helpers.values()]
    encoded = auth("ada")["auth"]
    for text in (*map(repr, printed), *map(str, printed), *(repr(record.__dict__) for record in caplog.records)):
        assert CANARY not in text
        assert encoded not in text


class TestAnyDocument:
    secret = st.sampled_from([CANARY, *auth("ada").values(), f"ada:{CANARY}", f"{CANARY}\n", f"\ud800{CANARY}"])
    scalar = st.one_of(secret, st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5))
    value = st.recursive(
        scalar, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
    )
    field = st.sampled_from(["auth", "username", "password", "identitytoken", "email"])
    host = st.sampled_from(
        [
            "ghcr.io",
            "https://index.docker.io/v1/",
            "docker.io",
            "quay.io/acme",
            "acme",
            "",
            "a b",
            "[::1]",
            "x\ny.z",
        ]
    )
    key = st.one_of(host, secret, st.text(max_size=20))
    entry = st.one_of(st.dictionaries(field, st.one_of(secret, value)), value)
    auths = st.one_of(st.dictionaries(key, entry, max_size=5), value)
    # A helper is named in messages, so its name is no place for a secret.
    helper = st.one_of(st.sampled_from(["pass", "", "../x"]), st.lists(value, max_size=2), st.none(), st.floats())
    helpers = st.one_of(st.dictionaries(key, helper, max_size=3), value)
    document = st.fixed_dictionaries({}, optional={"auths": auths, "credHelpers": helpers, "credsStore": helper})

    @given(content=st.one_of(document.map(json.dumps), value.map(json.dumps), st.binary(max_size=200)))
    @example(content='{"auths": {"ghcr.io": {"auth": "\\ud800"}}}')
    @example(content=b"\x00")
    def test_never_crashes_and_never_leaks(self, content: str | bytes):
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            logged: list[Any] = []
            patch.setattr(logging.Logger, "handle", lambda _, record: logged.append(record.__dict__))
            home = Home(Path(folder))
            home.write(".docker/config.json", content)
            keyring = home.keyring()
            for prefix in keyring.prefixes:
                keyring.login(prefix)
            told = repr((keyring.keyring.notes, keyring.login("ghcr.io"), keyring.login("docker.io"), logged))
            assert CANARY not in told.replace(f"username='{CANARY}'", "").replace(f"ada:{CANARY}", "")
            assert auth("ada")["auth"] not in told
