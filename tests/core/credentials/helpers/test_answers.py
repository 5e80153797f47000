"""Credential helpers: what a helper is asked, and what its answer means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.core.credentials.helpers.processes import PASS
from tests.core.credentials.home import CANARY, NOT_FOUND, Home, answer

from portcall.http.upstream import Credentials

if TYPE_CHECKING:
    pass

pytestmark = pytest.mark.anyio


async def test_a_helper_is_asked_for_the_key_as_it_was_stored(home: Home):
    home.helper("pass", answer("ada"))
    home.docker(credHelpers={"https://gcr.io/v2/": "pass", "quay.io/acme": "pass"})
    keyring = home.keyring()
    assert await keyring.obtain("gcr.io") == Credentials("ada", CANARY, PASS)
    await keyring.obtain("quay.io/acme/app")
    assert home.asked == ["get https://gcr.io/v2/", "get quay.io/acme"]


async def test_an_identity_token_has_no_user(home: Home):
    home.helper("acr", answer("<token>"))
    home.docker(credHelpers={"acme.azurecr.io": "acr"})
    credentials = await home.keyring().obtain("acme.azurecr.io")
    assert credentials == Credentials("", "", "docker-credential-acr", CANARY)


@pytest.mark.parametrize(
    "words",
    [
        NOT_FOUND,
        'echo "docker-credential-acme: no credentials"; exit 1',
        'echo "docker-credential-acme: no credentials for $key"; exit 1',
        """echo '{"Username": "", "Secret": ""}'""",
        "echo '{}'",
    ],
)
async def test_a_helper_that_has_no_such_login_means_none(home: Home, words: str):
    home.helper("pass", words)
    home.docker(credHelpers={"gcr.io": "pass"})
    assert await home.keyring().obtain("gcr.io") is None


async def test_podmans_file_may_name_helpers_too(home: Home):
    home.helper("pass", answer("ada"))
    home.podman(credHelpers={"quay.io": "pass"})
    assert await home.keyring().obtain("quay.io") == Credentials("ada", CANARY, PASS)


async def test_a_helper_sees_the_persons_environment_without_portcalls_own_secrets(home: Home):
    home.helper("pass", f"env >> {home.folder}/env; {answer('ada')}")
    home.docker(credHelpers={"gcr.io": "pass"})
    await home.keyring(AWS_PROFILE="dev", PORTCALL_STORE_KEY=CANARY).obtain("gcr.io")
    seen = (home.folder / "env").read_text()
    assert "AWS_PROFILE=dev" in seen
    assert f"HOME={home.folder}" in seen
    assert "PORTCALL" not in seen


async def test_no_variable_that_holds_a_secret_of_the_configuration_reaches_a_helper(home: Home):
    home.helper("pass", f"env >> {home.folder}/env; {answer('ada')}")
    home.docker(credHelpers={"gcr.io": "pass"})
    toml = (
        'auth.key_env = "STORE_KEY"\n[registries."corp.example"]\nusername = "robot"\n'
        'password_env = "CORP_PASSWORD"\napi_token_env = "CORP_TOKEN"'
    )
    secrets = dict.fromkeys(("STORE_KEY", "CORP_PASSWORD", "CORP_TOKEN"), CANARY)
    await home.keyring(toml, AWS_PROFILE="dev", **secrets).obtain("gcr.io")
    seen = (home.folder / "env").read_text()
    assert "AWS_PROFILE=dev" in seen
    assert CANARY not in seen
