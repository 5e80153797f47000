"""Tags that are watched: asked of their registry anew, whatever is kept, and at known registries alone."""

from __future__ import annotations

import pytest
from tests.core.http.asking import AMD64, ARM64, REPOSITORY, serving, settings

from portcall import Portcall
from portcall.caller import ANYBODY
from portcall.errors import BlockedError, NotFoundError, UnavailableError
from portcall.server.callers import Callers
from portcall.server.tags import GatewayTags
from portcall.testing import FakeRegistry, quirks

pytestmark = pytest.mark.anyio

HOST = "registry.test"


def gateway(registry: FakeRegistry) -> Portcall:
    return Portcall(settings({HOST: {"endpoint": registry.address.url}}), local=False)


async def test_tag_that_moved_is_noticed_although_its_digest_is_kept():
    with serving() as registry:
        async with gateway(registry) as portcall:
            tags = GatewayTags(portcall, Callers(portcall, ANYBODY))
            name = f"{HOST}/{REPOSITORY}"
            assert (await portcall.get_image_details(f"{name}:1")).digest == AMD64.digest
            registry.push(REPOSITORY, ARM64, tags=["1"])
            assert (await portcall.get_image_details(f"{name}:1")).digest == AMD64.digest
            assert await tags.digest_now(ANYBODY, name, "1") == ARM64.digest
            # What was learnt on the way serves whoever asks next.
            assert (await portcall.get_image_details(f"{name}:1")).digest == ARM64.digest


async def test_tag_that_is_gone_is_not_told_from_what_is_kept():
    with serving() as registry:
        async with gateway(registry) as portcall:
            tags = GatewayTags(portcall, Callers(portcall, ANYBODY))
            name = f"{HOST}/{REPOSITORY}"
            await portcall.get_image_details(f"{name}:1")
            registry.delete_tag(REPOSITORY, "1")
            with pytest.raises(NotFoundError):
                await tags.digest_now(ANYBODY, name, "1")


async def test_registry_that_is_down_is_no_tag_that_stayed():
    with serving() as registry:
        async with gateway(registry) as portcall:
            await portcall.get_image_details(f"{HOST}/{REPOSITORY}:1")
            tags = GatewayTags(portcall, Callers(portcall, ANYBODY))
            registry.add(quirks.Answer(503))
            with pytest.raises(UnavailableError):
                await tags.digest_now(ANYBODY, f"{HOST}/{REPOSITORY}", "1")


@pytest.mark.parametrize("name", [f"{HOST}/{REPOSITORY}", "docker.io/library/nginx", "ghcr.io/acme/app"])
async def test_listed_and_well_known_registries_are_watched(name: str):
    with serving() as registry:
        async with gateway(registry) as portcall:
            GatewayTags(portcall, Callers(portcall, ANYBODY)).may_watch(name)


async def test_registry_that_somebody_merely_names_is_not_watched():
    with serving() as registry:
        async with gateway(registry) as portcall:
            with pytest.raises(BlockedError):
                GatewayTags(portcall, Callers(portcall, ANYBODY)).may_watch("elsewhere.example/app")
