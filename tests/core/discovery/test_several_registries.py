"""Questions to one registry, to several, and to all that one has."""

from __future__ import annotations

import pytest

from portcall import Portcall
from portcall.errors import InvalidArgumentError, PortcallError
from portcall.testing import FakeRegistry, quirks

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("registry_name", ["all", " ALL ", "one.example,two.example"])
async def test_questions_to_one_registry_are_not_asked_of_several(
    pc: Portcall, registry: FakeRegistry, registry_name: str
):
    for ask in (pc.search_users, pc.search_dockerfiles, pc.list_repositories):
        with pytest.raises(InvalidArgumentError, match="takes one registry here"):
            await ask("app", registry_name)
    assert registry.requests == []


async def test_where_none_of_several_could_be_asked_each_is_told(pc: Portcall, registry: FakeRegistry):
    registry.add(quirks.Answer(503, retry_after=900))
    with pytest.raises(PortcallError) as failed:
        await pc.search_images("app", "one.example,two.example")
    assert failed.value.code == "upstream_error"
    assert failed.value.message.startswith("none of 2 registries could be searched: one.example: ")
    assert "; two.example: " in failed.value.message


async def test_an_empty_namespace_lists_all_where_a_registry_tells_all(pc: Portcall):
    assert [each.name for each in (await pc.list_repositories("", "one.example")).repositories] == [
        "one.example/team/app"
    ]
    with pytest.raises(InvalidArgumentError, match="`namespace` is empty"):
        await pc.list_repositories("", "docker.io")
