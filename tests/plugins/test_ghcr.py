"""GHCR: a token for everything, oldest tags first, and a token service that refuses what is private."""

from __future__ import annotations

import pytest
from tests.plugins.conftest import asked, knowing, playing

from portcall import Portcall
from portcall.errors import NotFoundError
from portcall.plugin import TokenService
from portcall.settings import Settings
from portcall.testing import BearerAuth, quirks
from portcall_ghcr import GhcrBackend

pytestmark = pytest.mark.anyio


async def test_it_is_asked_at_its_own_name():
    async with Portcall(Settings()) as pc:
        (info,) = (await pc.list_registries("ghcr.io")).registries
    assert info.endpoint == "https://ghcr.io"


def test_its_token_service_is_known_beforehand():
    assert GhcrBackend.token_service == TokenService(realm="https://ghcr.io/token", service="ghcr.io")


async def test_an_image_has_its_page():
    with playing("acme/app") as registry:
        async with knowing("ghcr.io", registry) as pc:
            assert (await pc.get_image_details("ghcr.io/acme/app")).web_url == "https://ghcr.io/acme/app"


async def test_githubs_package_page_means_the_image():
    with playing("acme/app") as registry:
        async with knowing("ghcr.io", registry) as pc:
            detail = await pc.get_image_details("https://github.com/acme/app/pkgs/container/app")
    assert detail.name == "ghcr.io/acme/app"


async def test_the_newest_of_many_tags_come_in_one_answer():
    tags = tuple(f"1.{number}.0" for number in range(2500))
    with playing("acme/app", tags=tags, tag_order="pushed", page_size=10_000) as registry:
        async with knowing("ghcr.io", registry) as pc:
            page = await pc.search_tags("ghcr.io/acme/app", limit=2)
        assert asked(registry) == ["GET tags?n=10000"]
    assert [tag.name for tag in page.tags] == ["1.2499.0", "1.2498.0"]


async def test_a_public_image_needs_one_token():
    with playing("acme/app", auth=BearerAuth(), quirks=[quirks.TokenWithoutExpiry()]) as registry:
        async with knowing("ghcr.io", registry) as pc:
            await pc.get_image_details("ghcr.io/acme/app")
        assert registry.count("token") == 1


@pytest.mark.parametrize(
    ("status", "told"), [(401, "is private, or not there: no access to it is granted"), (403, "has no repository")]
)
async def test_a_token_that_is_refused_means_private_or_missing(status: int, told: str):
    refused = [quirks.TokenRefusedForMissing(status=status), quirks.PlaceholderScope()]
    with playing("acme/app", auth=BearerAuth(), quirks=refused) as registry:
        async with knowing("ghcr.io", registry) as pc:
            with pytest.raises(NotFoundError, match=told):
                await pc.get_image_details("ghcr.io/acme/private")


async def test_an_untagged_package_has_no_tags():
    with playing("acme/app", tags=(), quirks=[quirks.NullTags()]) as registry:
        async with knowing("ghcr.io", registry) as pc:
            assert (await pc.search_tags("ghcr.io/acme/app")).tags == ()
