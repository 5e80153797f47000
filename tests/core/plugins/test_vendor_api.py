"""Whose credentials a vendor's API is shown: never a mirror's to the vendor, never the vendor's to a mirror."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.core.plugins.conftest import Site

from portcall import Portcall
from portcall.api import ApiClient
from portcall.settings import load_settings

pytestmark = pytest.mark.anyio

MIRROR = "https://mirror.corp.example"
LOGIN = {"username": "robot", "password_env": "MIRROR_SECRET"}
TOKENS = {"GITHUB_TOKEN": "ghp_user", "QUAY_TOKEN": "quay-user"}
HUB = {"DOCKERHUB_USERNAME": "ada", "DOCKERHUB_TOKEN": "dckr_pat"}


async def api_of(site: Site, folder: Path, registry: str, entry: dict[str, Any], **environ: str) -> ApiClient:
    """Return the API of a registry, as a gateway with this entry would ask it."""
    file = folder / "config.toml"
    file.touch()
    environ |= {"PORTCALL_REGISTRIES": json.dumps({registry: entry} if entry else {}), "MIRROR_SECRET": "mirrors"}
    async with Portcall(load_settings(file, {"HOME": str(folder), **environ})) as pc:
        api = (await pc.backend(registry)).api
    assert api is not None
    return api


async def shown(api: ApiClient) -> str | None:
    """Return the secret that the API is shown, if it is any."""
    credentials = await api.credentials()
    return credentials.secret if credentials else None


@pytest.mark.parametrize("registry", ["docker.io", "ghcr.io", "quay.io"])
async def test_a_mirrors_password_is_not_shown_to_the_vendor(site: Site, tmp_path: Path, registry: str):
    api = await api_of(site, tmp_path, registry, {"endpoint": MIRROR, **LOGIN})
    assert "mirror" not in api.upstream.endpoint
    assert await shown(api) is None


@pytest.mark.parametrize("registry", ["docker.io", "ghcr.io", "quay.io"])
async def test_the_vendors_own_login_is_shown_to_its_own_api(site: Site, tmp_path: Path, registry: str):
    assert await shown(await api_of(site, tmp_path, registry, LOGIN)) == "mirrors"


@pytest.mark.parametrize(("registry", "token"), [("ghcr.io", "ghp_user"), ("quay.io", "quay-user")])
async def test_the_environments_token_is_shown_to_the_vendor_also_beside_a_mirror(
    site: Site, tmp_path: Path, registry: str, token: str
):
    for entry in ({}, {"endpoint": MIRROR, **LOGIN}):
        api = await api_of(site, tmp_path, registry, entry, **TOKENS)
        assert (await shown(api), api.has_own_login) == (token, True)


@pytest.mark.parametrize("registry", ["ghcr.io", "quay.io"])
@pytest.mark.parametrize(
    "entry",
    [
        {"endpoint": MIRROR, "api": f"{MIRROR}:8443/api"},
        {"endpoint": MIRROR, "api": MIRROR},
        {"api": "https://elsewhere.example"},
        {"api": "http://ghcr.io:8080"},
        {"api": "http://quay.io"},
    ],
    ids=str,
)
async def test_the_environments_token_is_shown_to_nobody_else(
    site: Site, tmp_path: Path, registry: str, entry: dict[str, Any]
):
    assert await shown(await api_of(site, tmp_path, registry, entry, **TOKENS)) not in TOKENS.values()


async def test_what_is_stored_for_the_registry_is_shown_to_its_api_and_not_to_a_stand_in(
    site: Site, tmp_path: Path
):
    assert await shown(await api_of(site, tmp_path, "docker.io", {}, **HUB)) == "dckr_pat"
    stand_in = await api_of(site, tmp_path, "docker.io", {"api": "https://hub.corp.example"}, **HUB)
    assert await shown(stand_in) is None


async def test_an_entry_that_names_the_api_and_the_user_means_that_user(site: Site, tmp_path: Path):
    entry = {"endpoint": MIRROR, "api": "https://hub.corp.example", **LOGIN}
    assert await shown(await api_of(site, tmp_path, "docker.io", entry)) == "mirrors"


async def test_a_token_of_the_apis_own_is_shown_to_it_wherever_it_is(site: Site, tmp_path: Path):
    entry = {"endpoint": MIRROR, "api": "https://quay.corp.example", "api_token_env": "OWN", **LOGIN}
    api = await api_of(site, tmp_path, "quay.io", entry, OWN="application", **TOKENS)
    assert (await shown(api), api.has_own_login) == ("application", True)


async def test_an_api_on_the_registry_itself_takes_its_login(site: Site, tmp_path: Path):
    api = await api_of(site, tmp_path, "quay.corp.example", {"backend": "quay", **LOGIN})
    assert (api.upstream.endpoint, await shown(api)) == ("https://quay.corp.example", "mirrors")
