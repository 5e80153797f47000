"""A base that cannot be asked for is never up to date."""

from __future__ import annotations

import pytest
from tests.core.images.base.bases import BASE, DIGEST, NAME, NEW, NOW, OWN, World, app
from tests.core.images.conftest import HOST, settings_for

from portcall import Portcall
from portcall.models import BaseImageCheck
from portcall.testing import (
    BearerAuth,
    FakeRegistry,
    image,
    index,
    quirks,
)

pytestmark = pytest.mark.anyio


async def unknown(world: World, told: dict[str, str]) -> BaseImageCheck:
    found = await world.check(app(told=told))
    assert (found.outdated, found.current_digest, found.shared_layers, found.newer) == (None, None, None, None)
    assert found.confidence == "likely"
    return found


async def test_a_base_that_is_down_is_a_warning(world: World):
    world.registry.push("lib/base", NOW, tags=["12"])
    world.registry.add(quirks.Answer(501, path="lib/base"))
    found = await unknown(world, {NAME: BASE, DIGEST: NOW.digest})
    assert (found.base, found.base_digest) == (BASE, NOW.digest)
    assert f"what {BASE} is now could not be found out" in found.warnings[0]


async def test_a_private_base_is_a_warning():
    private = FakeRegistry(auth=BearerAuth({"ada": "secret"}, public=["shop/*"]))
    with private.serve() as address:
        private.push("lib/base", NOW, tags=["12"])
        async with Portcall(settings_for({HOST: {"endpoint": address.url}})) as pc:
            found = await unknown(World(pc, private, private), {NAME: BASE})
    assert "could not be found out" in found.warnings[0]


async def test_a_base_that_is_gone_is_a_warning(world: World):
    found = await unknown(world, {NAME: f"{HOST}/lib/gone:1"})
    assert "could not be found out" in found.warnings[0]


async def test_a_base_without_this_platform_is_a_warning(world: World):
    world.registry.push("lib/base", index([image([NEW], platform="linux/s390x")]), tags=["12"])
    found = await unknown(world, {NAME: BASE})
    assert "not for linux/amd64" in found.warnings[0]


async def test_a_registry_that_policy_forbids_is_not_asked(registry: FakeRegistry):
    """A label is a stranger's word: it opens no host that the caller could not name."""
    known = {HOST: {"endpoint": registry.address.url}}
    async with Portcall(settings_for(known, network={"deny_hosts": ["evil.test"]})) as pc:
        found = await unknown(World(pc, registry, registry), {NAME: "evil.test/base:1"})
    assert "could not be found out" in found.warnings[0]


async def test_metadata_services_are_no_registries(world: World):
    found = await unknown(world, {NAME: "169.254.169.254/base:1"})
    assert found.base == "169.254.169.254/base:1"


@pytest.mark.parametrize("name", ["shop/API", "a b", "http://", "../../x", "x" * 3000, "sha256:" + "0" * 64])
async def test_a_name_that_is_no_reference_is_passed_over(world: World, name: str):
    found = await world.check(app(told={NAME: name}))
    assert (found.base, found.outdated) == (None, None)
    assert "no reference to an image" in found.warnings[0]
    assert name[:40] not in found.warnings[0]


async def test_a_digest_that_is_none_counts_as_not_told(world: World):
    world.registry.push("lib/base", NOW, tags=["12"])
    found = await world.check(app(NEW, OWN, told={NAME: BASE, DIGEST: "sha256:../../x"}))
    assert (found.base_digest, found.outdated) == (None, False)


# Pulls that are counted


async def test_where_pulls_are_counted_a_head_may_be_enough(world: World):
    world.hub.push("library/debian", NOW, tags=["bookworm"])
    found = await world.check(app(NEW, OWN, told={NAME: "debian:bookworm", DIGEST: NOW.digest}))
    assert (found.base, found.outdated, found.confidence) == ("debian:bookworm", False, "likely")
    assert (world.hub.metered, found.shared_layers) == (0, None)


async def test_where_pulls_are_counted_a_label_is_still_compared(world: World):
    world.hub.push("library/debian", NOW, tags=["bookworm"])
    found = await world.check(app(NEW, OWN, labels={NAME: "debian:bookworm", DIGEST: NOW.digest}))
    assert (found.confidence, world.hub.metered) == ("certain", 2)
