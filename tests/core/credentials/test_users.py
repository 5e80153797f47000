"""An entry with a user name and no password takes the stored login of that very user."""

from __future__ import annotations

import pytest
from tests.core.credentials.home import CANARY, Home, answer, auth
from tests.core.credentials.plugins import Cloud

from portcall.errors import ConfigurationError

pytestmark = pytest.mark.anyio

ROBOT = '[registries."ghcr.io"]\nusername = "robot"'


def test_another_users_login_is_passed_over(home: Home):
    home.docker(auths={"ghcr.io": auth("ada")})
    home.podman(auths={"ghcr.io": auth("robot")})
    assert home.keyring(ROBOT, GITHUB_TOKEN=CANARY).found("ghcr.io") == ("robot", "~/.config/containers/auth.json")


def test_another_users_longer_key_is_passed_over(home: Home):
    home.podman(auths={"ghcr.io": auth("robot"), "ghcr.io/acme": auth("ada")})
    assert home.keyring(ROBOT).found("ghcr.io/acme")[0] == "robot"


def test_a_namespace_may_be_another_users_than_its_registry(home: Home):
    home.docker(auths={"ghcr.io": auth("ada")})
    toml = f'{ROBOT}\npassword_env = "SECRET"\n[registries."ghcr.io/acme"]\nusername = "ada"'
    keyring = home.keyring(toml, SECRET=CANARY)
    assert keyring.found("ghcr.io") == ("robot", "configuration")
    assert keyring.found("ghcr.io/acme") == ("ada", "~/.docker/config.json")


@pytest.mark.parametrize("local", [True, False])
def test_a_user_who_has_no_password_anywhere_is_a_fault_and_nobody_asks_as_a_stranger(home: Home, local: bool):
    home.docker(auths={"ghcr.io": auth("ada")})
    keyring = home.keyring(f"{ROBOT}\nshared = true", local=local, GITHUB_TOKEN=CANARY)
    with pytest.raises(ConfigurationError) as refused:
        keyring.login("ghcr.io")
    assert refused.value.message == 'registries."ghcr.io": its username has no password'
    assert ("docker login" if local else "do not count over HTTP") in refused.value.hint


def test_a_user_of_an_entry_that_is_not_shared_is_nobody_over_http(home: Home):
    """The same file may serve at the shell, where the password comes from docker login."""
    assert home.keyring(ROBOT, local=False).login("ghcr.io") is None


async def test_a_helper_gives_the_very_user(home: Home):
    home.helper("pass", answer("robot"))
    home.docker(credHelpers={"ghcr.io": "pass"})
    credentials = await home.keyring(ROBOT).obtain("ghcr.io")
    assert credentials is not None
    assert credentials.username == "robot"


async def test_a_helper_that_holds_another_users_login_is_a_fault(home: Home):
    home.helper("pass", answer("ada"))
    home.docker(credHelpers={"ghcr.io": "pass"})
    keyring = home.keyring(ROBOT)
    told = await keyring.refusal("ghcr.io")
    assert told.message == "docker-credential-pass has no credentials of the user that is configured for ghcr.io"
    login = keyring.login("ghcr.io")
    assert login is not None
    assert login.source is not None
    assert login.source.held("app") is None


async def test_a_store_that_lists_another_user_is_passed_over(home: Home):
    home.helper("pass", answer("ada"), listed={"ghcr.io": "ada"})
    home.docker(credsStore="pass")
    home.podman(auths={"ghcr.io": auth("robot")})
    keyring = home.keyring(ROBOT)
    await keyring.keyring.load()
    assert keyring.found("ghcr.io")[0] == "robot"


async def test_a_plugin_that_knows_another_user_is_a_fault(home: Home):
    keyring = home.keyring(ROBOT, providers=(Cloud(("ghcr.io",)),))
    assert "plugin acme-cloud:cloud has no credentials of the user" in (await keyring.refusal("ghcr.io")).message
