"""Quay: public repositories without a token, a hundred tags at a time, hosted or your own."""

from __future__ import annotations

import pytest
from tests.plugins.conftest import asked, knowing, playing

from portcall import Portcall
from portcall.errors import NotFoundError
from portcall.settings import Settings
from portcall.testing import BearerAuth, quirks
from portcall_quay import QuayBackend

pytestmark = pytest.mark.anyio


async def test_it_is_asked_at_its_own_name():
    async with Portcall(Settings()) as pc:
        (info,) = (await pc.list_registries("quay.io")).registries
    assert info.endpoint == "https://quay.io"


def test_no_token_is_asked_for_beforehand():
    assert QuayBackend.token_service is None


async def test_a_public_image_needs_no_token():
    with playing("prometheus/busybox", auth=BearerAuth(challenge_public=False)) as registry:
        async with knowing("quay.io", registry) as pc:
            await pc.get_image_details("quay.io/prometheus/busybox")
        assert registry.count("token") == 0


async def test_quays_web_address_means_the_image():
    with playing("prometheus/busybox") as registry:
        async with knowing("quay.io", registry) as pc:
            detail = await pc.get_image_details("https://quay.io/repository/prometheus/busybox")
    assert detail.name == "quay.io/prometheus/busybox"


async def test_an_image_has_its_page_at_the_very_quay_that_was_asked():
    with playing("team/app") as registry:
        async with knowing("quay.corp.example", registry, backend="quay") as pc:
            detail = await pc.get_image_details("quay.corp.example/team/app")
        assert detail.web_url == f"{registry.address.url}/repository/team/app"


@pytest.mark.parametrize("links", [quirks.AbsoluteLink(), quirks.OpaqueLink(), quirks.BareLink()])
async def test_a_hundred_tags_come_at_a_time(links: quirks.Quirk):
    tags = tuple(f"1.{number}.0" for number in range(250))
    with playing("team/app", tags=tags, page_size=100, quirks=[links]) as registry:
        async with knowing("quay.io", registry) as pc:
            page = await pc.search_tags("quay.io/team/app")
        assert registry.count("tags") == 3
        assert asked(registry)[0] == "GET tags?n=100"
    assert (page.total, page.warnings) == (250, ())


async def test_a_repository_that_is_missing_or_private_is_said_to_be_either():
    hidden = [quirks.MissingIsUnauthorized()]
    auth = BearerAuth(challenge_public=False)
    with playing("team/app", auth=auth, quirks=hidden) as registry:
        async with knowing("quay.io", registry) as pc:
            with pytest.raises(NotFoundError, match="or no access to it is granted"):
                await pc.get_image_details("quay.io/team/private")


async def test_a_tag_that_ran_out_is_not_found():
    expired = [quirks.OtherErrorCode(code="TAG_EXPIRED")]
    with playing("team/app", quirks=expired) as registry:
        async with knowing("quay.io", registry) as pc:
            with pytest.raises(NotFoundError) as missing:
                await pc.get_image_details("quay.io/team/app:1.1")
    assert missing.value.candidates == ("1.0",)
