"""Where credentials are looked for: the first place that has some wins."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from tests.core.credentials.home import CANARY, Home, auth
from tests.core.credentials.plugins import Cloud

from portcall.credentials import Keyring
from portcall.errors import ConfigurationError, UnauthorizedError
from portcall.http.upstream import Credentials
from portcall.reference import parse_prefix
from portcall.settings import RegistrySettings, Settings
from portcall.settings.login_environment import LoginEnvironment

if TYPE_CHECKING:
    from pathlib import Path

CONFIGURED = '[registries."{}"]\nusername = "configured"\npassword_env = "SECRET"'


def places(home: Home, registry: str) -> dict[str, str]:
    """Store a login for one registry everywhere, and return the variables that some of them need."""
    home.docker(auths={registry: auth("docker")})
    home.podman(auths={registry: auth("podman")})
    return {
        "SECRET": CANARY,
        "DOCKERHUB_USERNAME": "hub",
        "DOCKERHUB_TOKEN": CANARY,
        "DOCKER_AUTH_CONFIG": json.dumps({"auths": {registry: auth("variable")}}),
        "GITHUB_TOKEN": CANARY,
        "QUAY_TOKEN": CANARY,
    }


def test_docker_hubs_places_win_in_the_documented_order(home: Home):
    variables = places(home, "https://index.docker.io/v1/")
    plugin = (Cloud(("docker.io",)),)
    found = [home.keyring(CONFIGURED.format("docker.io"), providers=plugin, **variables).found("docker.io")]
    for gone in ("DOCKERHUB_USERNAME", "DOCKER_AUTH_CONFIG", None):
        found.append(home.keyring(providers=plugin, **variables).found("docker.io"))
        if gone:
            del variables[gone]
    (home.folder / ".docker/config.json").unlink()
    found.append(home.keyring(providers=plugin, **variables).found("docker.io"))
    assert found == [
        ("configured", "configuration"),
        ("hub", "DOCKERHUB_TOKEN"),
        ("variable", "DOCKER_AUTH_CONFIG"),
        ("docker", "~/.docker/config.json"),
        ("podman", "~/.config/containers/auth.json"),
    ]


@pytest.mark.parametrize(
    ("registry", "token", "username"),
    [("ghcr.io", "GITHUB_TOKEN", "portcall"), ("quay.io", "QUAY_TOKEN", "$oauthtoken")],
)
def test_a_vendors_token_comes_last(home: Home, registry: str, token: str, username: str):
    variables = {token: CANARY}
    assert home.keyring(**variables).found(registry) == (username, token)
    plugin = (Cloud((registry,)),)
    login = home.keyring(providers=plugin, **variables).login(registry)
    assert login is not None
    assert login.source is not None
    assert login.source.name == f"plugin acme-cloud:cloud, else {token}"
    home.podman(auths={registry: auth("podman")})
    assert home.keyring(providers=plugin, **variables).found(registry)[0] == "podman"


@pytest.mark.anyio
async def test_a_helper_that_has_none_leaves_the_place_to_the_next(home: Home):
    home.helper("acme")
    home.docker(credHelpers={"ghcr.io": "acme"})
    login = home.keyring(GITHUB_TOKEN=CANARY).login("ghcr.io")
    assert login is not None
    assert login.source is not None
    assert login.source.name == "docker-credential-acme, else GITHUB_TOKEN"
    given = await login.source.obtain("acme/app")
    assert given is not None
    assert (given.username, given.source) == ("portcall", "GITHUB_TOKEN")
    assert login.source.held("acme/app") == given


@pytest.mark.anyio
async def test_a_helper_that_fails_hides_whatever_comes_next(home: Home):
    """It might have had some: to be somebody else instead would be a surprise."""
    home.helper("acme", get="exit 7")
    home.docker(credHelpers={"ghcr.io": "acme"})
    login = home.keyring(GITHUB_TOKEN=CANARY).login("ghcr.io")
    assert login is not None
    assert login.source is not None
    with pytest.raises(UnauthorizedError, match="docker-credential-acme"):
        await login.source.obtain("acme/app")


def test_a_place_that_covers_less_does_not_hide_a_later_one(home: Home):
    home.docker(auths={"ghcr.io/acme": auth("docker")})
    home.podman(auths={"ghcr.io": auth("podman")})
    keyring = home.keyring()
    assert keyring.found("ghcr.io/acme/app")[0] == "docker"
    assert keyring.found("ghcr.io/acmecorp/app")[0] == "podman"
    assert keyring.found("ghcr.io")[0] == "podman"


def test_a_registry_that_nobody_stored_anything_for_has_no_login(home: Home):
    home.docker(auths={"ghcr.io": auth("docker")})
    assert home.keyring(GITHUB_TOKEN=CANARY).login("registry.example") is None


def test_an_entry_without_user_leaves_the_place_to_stored_credentials(home: Home):
    home.docker(auths={"ghcr.io": auth("docker")})
    assert home.keyring('[registries."ghcr.io"]\nauth_hosts = ["sso.example"]').found("ghcr.io")[0] == "docker"


def test_over_http_only_the_configuration_counts(home: Home):
    variables = places(home, "ghcr.io")
    plugin = (Cloud(("ghcr.io",)),)
    keyring = home.keyring(local=False, providers=plugin, **variables)
    assert [keyring.login(each) for each in ("ghcr.io", "docker.io", "quay.io")] == [None, None, None]
    assert (keyring.keyring.prefixes, keyring.keyring.notes) == (frozenset(), ())
    configured = CONFIGURED.format("ghcr.io")
    assert home.keyring(configured, local=False, **variables).login("ghcr.io") is None
    shared = home.keyring(f"{configured}\nshared = true", local=False, **variables)
    assert shared.found("ghcr.io") == ("configured", "configuration")


def test_over_http_no_file_is_even_opened(home: Home, monkeypatch: pytest.MonkeyPatch):
    def forbidden(file: Path) -> None:
        raise AssertionError(file)

    home.docker(auths={"ghcr.io": auth("docker")})
    monkeypatch.setattr("portcall.credentials.file_shelf.read_stored", forbidden)
    assert home.keyring(local=False).login("ghcr.io") is None
    with pytest.raises(AssertionError):
        home.keyring(local=True)


def test_settings_that_were_built_by_hand_lead_to_no_file(home: Home, monkeypatch: pytest.MonkeyPatch):
    home.docker(auths={"ghcr.io": auth("docker")})
    for name, value in {**home.variables, "GITHUB_TOKEN": CANARY}.items():
        monkeypatch.setenv(name, value)
    keyring = Keyring(Settings.model_validate({}), local=True)
    assert keyring.login_for(parse_prefix("ghcr.io"), RegistrySettings()) is None
    assert (keyring.prefixes, keyring.notes) == (frozenset(), ())


def test_a_password_that_was_not_read_is_refused():
    keyring = Keyring(Settings(), local=True)
    entry = RegistrySettings(username="robot", password_env="SECRET")
    with pytest.raises(ConfigurationError, match="its password was not read"):
        keyring.login_for(parse_prefix("ghcr.io"), entry)


def test_a_configured_login_that_cannot_be_sent_is_a_fault_which_names_its_entry(home: Home):
    settings = home.settings(CONFIGURED.format("ghcr.io"), SECRET=CANARY)
    entry = settings.registries["ghcr.io"].model_copy(update={"username": "a:da"})
    with pytest.raises(ConfigurationError) as refused:
        Keyring(settings, local=True).login_for(parse_prefix("ghcr.io"), entry)
    assert refused.value.message == ('registries."ghcr.io": its login cannot be used: its user name holds a colon')


def test_half_of_docker_hubs_pair_is_told_of_and_not_used(home: Home):
    keyring = home.keyring(DOCKERHUB_TOKEN=CANARY)
    assert keyring.login("docker.io") is None
    assert keyring.problems == [("DOCKERHUB_TOKEN", "DOCKERHUB_USERNAME is not set")]
    assert home.keyring(DOCKERHUB_USERNAME="hub").problems == [
        ("DOCKERHUB_USERNAME", "DOCKERHUB_TOKEN is not set")
    ]


def test_a_user_name_with_a_control_character_is_refused(home: Home):
    keyring = home.keyring(DOCKERHUB_USERNAME="hub\nX-Evil: 1", DOCKERHUB_TOKEN=CANARY)
    assert keyring.login("docker.io") is None
    assert keyring.problems == [("DOCKERHUB_TOKEN", "it cannot be used: its user name holds a control character")]


def test_a_token_loses_the_line_end_of_the_file_that_it_was_read_from(home: Home):
    assert home.keyring(GITHUB_TOKEN=f"{CANARY}\n").known("ghcr.io") == Credentials(
        "portcall", CANARY, "GITHUB_TOKEN"
    )


def test_what_is_stored_makes_hosts_listed_but_what_a_plugin_knows_does_not(home: Home):
    home.docker(auths={"https://index.docker.io/v1/": auth("docker"), "registry.example:5000": auth("docker")})
    home.podman(auths={"quay.io/acme": auth("podman")}, credHelpers={"gcr.io": "gcloud"})
    keyring = home.keyring(providers=(Cloud(),), GITHUB_TOKEN=CANARY)
    assert keyring.prefixes == {"docker.io", "registry.example:5000", "quay.io/acme", "gcr.io", "ghcr.io"}


def test_notes_tell_what_was_found_where(home: Home):
    home.docker(auths={"quay.io": auth("docker"), "ghcr.io/acme": auth("docker"), "empty.example": {}})
    keyring = home.keyring(providers=(Cloud(),), GITHUB_TOKEN=CANARY)
    assert keyring.holdings == {
        "~/.docker/config.json": ("ghcr.io/acme", "quay.io"),
        "plugin acme-cloud:cloud": ("*.dkr.ecr.*.amazonaws.com",),
        "GITHUB_TOKEN": ("ghcr.io",),
    }
    assert keyring.problems == []


def test_without_a_session_podmans_file_is_where_podman_puts_it():
    files = LoginEnvironment.of({"HOME": "/home/ada"}).auth_files
    assert [str(file) for file in files] == [
        f"/run/containers/{os.getuid()}/auth.json",
        "/home/ada/.config/containers/auth.json",
    ]
    files = LoginEnvironment.of({"HOME": "/home/ada", "XDG_RUNTIME_DIR": "/run/user/7"}).auth_files
    assert [str(file) for file in files] == [
        "/run/user/7/containers/auth.json",
        "/home/ada/.config/containers/auth.json",
    ]
