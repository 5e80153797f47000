"""list_registries: what each prefix routes to, and whether it answers."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tests.core.images.conftest import HOST, asked, settings_for

from portcall import Portcall
from portcall.errors import NotFoundError, PortcallError
from portcall.models import RegistryInfo, RegistryList
from portcall.settings import load_settings
from portcall.testing import BasicAuth, BearerAuth, FakeRegistry, quirks

pytestmark = pytest.mark.anyio


async def test_the_built_in_registries_are_known_without_any_configuration():
    async with Portcall(settings_for({})) as pc:
        answer = await pc.list_registries()
    assert [(info.prefix, info.backend, info.plugin, info.endpoint) for info in answer.registries] == [
        ("docker.io", "dockerhub", "portcall:dockerhub", "https://registry-1.docker.io"),
        ("ghcr.io", "ghcr", "portcall:ghcr", "https://ghcr.io"),
        ("quay.io", "quay", "portcall:quay", "https://quay.io"),
    ]
    assert (answer.fallback, answer.failed) == ("oci", ())


async def test_what_a_registry_can_do_is_told():
    async with Portcall(settings_for({})) as pc:
        (info, *_) = (await pc.list_registries()).registries
    assert {"tags", "manifests", "details"} <= set(info.capabilities)
    assert (info.configured, info.credentials, info.reachable, info.latency, info.problem) == (
        False, "none", None, None, None,
    )  # fmt: skip


async def test_nothing_is_asked_without_a_probe(pc: Portcall, registry: FakeRegistry):
    await pc.list_registries()
    assert asked(registry) == []


async def test_the_source_of_credentials_is_told_and_never_they_themselves(tmp_path: Path):
    entry = {"username": "robot-name", "password_env": "TOKEN"}
    environ = {"PORTCALL_REGISTRIES": json.dumps({"ghcr.io": entry}), "TOKEN": "hunter2"}
    (tmp_path / "none.toml").touch()
    async with Portcall(load_settings(tmp_path / "none.toml", environ)) as pc:
        answer = await pc.list_registries("ghcr.io")
    (info,) = answer.registries
    assert (info.credentials, info.configured) == ("configuration", True)
    assert "hunter2" not in answer.model_dump_json()
    assert "robot-name" not in answer.model_dump_json()


@pytest.mark.parametrize("name", ["docker.io", "index.docker.io", " docker.io ", "DOCKER.IO"])
async def test_one_registry_can_be_asked_for_by_any_of_its_names(name: str):
    async with Portcall(settings_for({})) as pc:
        assert [info.prefix for info in (await pc.list_registries(name)).registries] == ["docker.io"]


async def test_an_unknown_registry_is_explained():
    async with Portcall(settings_for({})) as pc:
        with pytest.raises(NotFoundError, match=r"no prefix gcr\.io is known here") as missing:
            await pc.list_registries("gcr.io")
    assert "its images are asked for as 'oci'" in missing.value.message
    assert "Name an image of it" in missing.value.hint


async def test_a_part_of_a_registry_is_asked_for_as_the_whole():
    async with Portcall(settings_for({})) as pc:
        with pytest.raises(NotFoundError, match=r"no prefix ghcr\.io/acme is known here.* asked for as 'ghcr'"):
            await pc.list_registries("ghcr.io/acme")


async def test_what_is_no_registry_is_refused():
    async with Portcall(settings_for({})) as pc:
        with pytest.raises(PortcallError) as refused:
            await pc.list_registries("https://ghcr.io/x y")
    assert refused.value.code == "invalid_reference"


async def test_namespaces_have_rows_of_their_own():
    async with Portcall(settings_for({"ghcr.io/acme": {"backend": "oci"}})) as pc:
        rows = {info.prefix: info.backend for info in (await pc.list_registries()).registries}
    assert rows == {"docker.io": "dockerhub", "ghcr.io": "ghcr", "ghcr.io/acme": "oci", "quay.io": "quay"}


# Probes


@pytest.fixture(scope="module")
def probe() -> dict[str, RegistryInfo]:
    """The answers of registries in every condition, asked for at once."""
    good, slow, locked = FakeRegistry(), FakeRegistry(quirks=[quirks.Stall()]), FakeRegistry(auth=BearerAuth())

    async def ask(registries: dict[str, Any]) -> RegistryList:
        network = {"timeout": 3, "deny_hosts": ["blocked.test"]}
        plugins = {"disabled": ["portcall:dockerhub", "portcall:ghcr", "portcall:quay"]}
        async with Portcall(settings_for(registries, network=network, plugins=plugins)) as pc:
            return await pc.list_registries(probe=True)

    with good.serve() as here, slow.serve() as there, locked.serve() as behind:
        registries = {
            HOST: {"endpoint": here.url},
            "locked.test": {"endpoint": behind.url},
            "slow.test": {"endpoint": there.url},
            "down.test": {"endpoint": "http://127.0.0.1:1"},
            "blocked.test": {"endpoint": here.url},
        }
        return {info.prefix: info for info in asyncio.run(ask(registries)).registries}


def test_a_probe_tells_each_registrys_condition(probe: dict[str, RegistryInfo]):
    assert {prefix: info.reachable for prefix, info in probe.items()} == {
        HOST: True,
        "locked.test": True,
        "slow.test": False,
        "down.test": False,
        "blocked.test": None,
    }


def test_a_probe_tells_why(probe: dict[str, RegistryInfo]):
    codes = {prefix: (info.problem or "").partition(":")[0] for prefix, info in probe.items()}
    assert codes == {
        HOST: "",
        "locked.test": "",
        "slow.test": "timeout",
        "down.test": "unreachable",
        "blocked.test": "blocked",
    }


def test_a_probe_tells_how_long_it_took(probe: dict[str, RegistryInfo]):
    assert 0 <= (probe[HOST].latency or 0) < 3
    assert probe["slow.test"].latency is None


async def test_a_registry_that_wants_a_password_is_reachable(registry: FakeRegistry, pc: Portcall):
    registry.auth = BasicAuth({"ada": "secret"})
    (info,) = (await pc.list_registries(HOST, probe=True)).registries
    assert info.reachable
    assert info.problem == f"unauthorized: {HOST} wants a user name and a password"


async def test_a_registry_that_wants_a_pause_is_reachable(registry: FakeRegistry, pc: Portcall):
    registry.add(quirks.Answer(429, retry_after=600))
    (info,) = (await pc.list_registries(HOST, probe=True)).registries
    assert info.reachable
    assert (info.problem or "").startswith("rate_limited: ")


async def test_a_login_page_is_no_registry(registry: FakeRegistry, pc: Portcall):
    registry.add(quirks.HtmlPage())
    (info,) = (await pc.list_registries(HOST, probe=True)).registries
    assert info.reachable is False
    assert (info.problem or "").startswith("upstream_error: ")


async def test_a_registry_that_nobody_listed_is_probed_as_any_other(registry: FakeRegistry):
    async with Portcall(settings_for({})) as pc:
        (info,) = (await pc.list_registries(registry.address.netloc, probe=True)).registries
    assert (info.prefix, info.backend, info.plugin) == (registry.address.netloc, "oci", "portcall:oci")
    assert (info.reachable, info.configured, info.credentials) == (True, False, "none")
    assert asked(registry) == ["GET ping"]


async def test_one_that_nobody_listed_and_that_does_not_answer_is_a_row_too():
    async with Portcall(settings_for({})) as pc:
        (info,) = (await pc.list_registries("127.0.0.1:1", probe=True)).registries
    assert info.reachable is False
    assert (info.problem or "").startswith("unreachable: ")


async def test_a_part_of_a_registry_is_probed_as_the_whole(registry: FakeRegistry, pc: Portcall):
    (info,) = (await pc.list_registries(f"{HOST}/acme/app", probe=True)).registries
    assert (info.prefix, info.reachable) == (HOST, True)
    assert asked(registry) == ["GET ping"]


async def test_where_nobody_serves_what_nobody_claims_it_is_not_probed(registry: FakeRegistry):
    async with Portcall(settings_for({}, plugins={"disabled": ["portcall:oci"]})) as pc:
        with pytest.raises(PortcallError) as refused:
            await pc.list_registries(registry.address.netloc, probe=True)
    assert refused.value.code == "blocked"
    assert asked(registry) == []


async def test_a_probe_of_one_registry_asks_no_other(registry: FakeRegistry):
    other = FakeRegistry()
    with other.serve():
        registries = {HOST: {"endpoint": registry.address.url}, "other.test": {"endpoint": other.address.url}}
        async with Portcall(settings_for(registries)) as pc:
            await pc.list_registries(HOST, probe=True)
    assert asked(registry) == ["GET ping"]
    assert asked(other) == []
