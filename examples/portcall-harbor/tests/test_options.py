"""The entry in the configuration: one line that has to be there, and one option that may."""

from __future__ import annotations

import pytest
from portcall.errors import ConfigurationError

from harbor_double import HarborDouble
from wiring import AMD64, HOST, gateway

pytestmark = pytest.mark.anyio


async def test_one_line_makes_a_registry_a_harbor():
    async with gateway(HarborDouble()) as pc:
        (info,) = (await pc.list_registries(HOST, probe=True)).registries
    assert (info.backend, info.plugin, info.reachable) == ("harbor", "portcall-harbor:harbor", True)
    assert {"search", "repositories", "users", "vulnerabilities", "tags"} <= set(info.capabilities)


async def test_pages_are_where_people_open_harbor():
    harbor = HarborDouble()
    harbor.push("team/api", AMD64, tags=["1.0"])
    async with gateway(harbor, options={"web_url": "https://harbor.example"}) as pc:
        told = await pc.get_repository(f"{HOST}/team/api")
    assert told.web_url == "https://harbor.example/harbor/projects/2/repositories/api"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"projects": ["library"]}, "projects"),
        ({"web_url": "ftp://harbor.example"}, "web_url"),
        ({"web_url": "https://harbor.example/harbor"}, "web_url"),
        ({"web_url": 7}, "web_url"),
    ],
)
async def test_options_that_are_none_are_refused_by_name(options: dict[str, object], named: str):
    async with gateway(HarborDouble(), options=options) as pc:
        with pytest.raises(ConfigurationError, match=f"options under .* are not Harbor's: {named}: ") as refused:
            await pc.search_tags(f"{HOST}/team/api")
    assert "ftp" not in str(refused.value)
    assert "web_url" in refused.value.hint
