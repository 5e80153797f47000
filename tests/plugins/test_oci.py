"""Any OCI registry: the backend for every host that no other plugin claims."""

from __future__ import annotations

import pytest
from tests.plugins.conftest import asked, knowing, playing

from portcall import Portcall
from portcall.settings import Settings
from portcall_oci import OciBackend

pytestmark = pytest.mark.anyio


async def test_it_claims_no_prefix_and_serves_whatever_is_left():
    async with Portcall(Settings()) as pc:
        answer = await pc.list_registries()
    assert answer.fallback == "oci"
    assert "oci" not in {info.backend for info in answer.registries}


async def test_a_host_that_nobody_listed_is_asked_by_it():
    with playing("app") as registry:
        async with Portcall(Settings()) as pc:
            detail = await pc.get_image_details(f"{registry.address.netloc}/app")
        assert asked(registry) == ["GET manifest", "GET manifest", "GET blob"]
    assert detail.web_url is None


async def test_a_thousand_tags_come_at_a_time():
    with playing("app", tags=tuple(f"1.{number}" for number in range(1500))) as registry:
        async with knowing("reg.test", registry) as pc:
            assert (await pc.search_tags("reg.test/app")).total == 1500
        assert [line.partition("&")[0] for line in asked(registry)] == ["GET tags?n=1000"] * 2


async def test_it_needs_nothing_that_a_third_party_has_not():
    assert (OciBackend.endpoint, OciBackend.token_service, OciBackend.meters_pulls) == (
        None, None, False,
    )  # fmt: skip
