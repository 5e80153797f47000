"""A backend at work that is broken: its plugin is named, and nobody else pays for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from tests.agents.agent import connected
from tests.core.plugins.conftest import Site, settings_of
from tests.core.plugins.test_third_party import broken_module

from portcall import Portcall
from portcall.errors import InternalError, NotFoundError, UnsupportedError
from portcall.settings import Settings
from portcall.testing import FakeRegistry, image, layer

pytestmark = pytest.mark.anyio

#: What goes wrong in a coroutine, and would end a server that is not on its guard.
FAULTS = (
    "raise KeyError('hunter2')",
    "import sys; sys.exit(3)",
    "import asyncio; raise asyncio.CancelledError",
    "raise BaseException('a panic')",
    "raise BaseExceptionGroup('several', [SystemExit(3)])",
    "return {'an': 'answer of another kind'}",
)


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    registry = FakeRegistry()
    registry.push("team/app", image([layer({"srv/app": "app\n"})]), tags=["1.0"])
    with registry.serve():
        yield registry


def broken(question: str, fault: str) -> str:
    """Return a plugin whose backend does ``fault`` when it is asked that."""
    return broken_module(f"    async def {question}(self, *args, **more): {fault}")


def both(registry: FakeRegistry) -> Settings:
    entries: dict[str, Any] = {
        "bad.example": {"backend": "broken", "endpoint": registry.address.url},
        "good.example": {"endpoint": registry.address.url},
    }
    return settings_of(entries)


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_search_of_several_names_the_plugin_and_tells_what_the_others_found(
    site: Site, registry: FakeRegistry, fault: str
):
    site.add("portcall-broken", broken("search", fault))
    async with Portcall(both(registry)) as pc:
        found = await pc.search_images("app", "bad.example,good.example")
    assert [image.name for image in found.images] == ["good.example/team/app"]
    bad, good = found.sources
    assert (bad.status, good.status) == ("failed", "ok")
    assert "the plugin portcall-broken:main failed in search" in (bad.error or "")


async def test_a_signature_of_long_ago_is_the_plugins_fault(site: Site, registry: FakeRegistry):
    site.add("portcall-broken", broken_module("    async def search(self, query, limit): return ()"))
    async with Portcall(both(registry)) as pc:
        with pytest.raises(InternalError, match="portcall-broken:main failed in search: TypeError"):
            await pc.search_images("app", "bad.example")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_server_lives_on(site: Site, registry: FakeRegistry, fault: str, mode: str):
    site.add("portcall-broken", broken("get_manifest", fault))
    async with connected(both(registry), mode=mode) as agent:
        failed = await agent.call("get_image_details", image_name="bad.example/team/app:1.0")
        assert failed.code == "internal"
        assert "portcall-broken:main" in failed.text
        assert (await agent.call("get_image_details", image_name="good.example/team/app:1.0")).says("pinned")


async def test_a_real_cancellation_is_one_all_the_same(site: Site, registry: FakeRegistry):
    site.add("portcall-broken", broken("search", "import asyncio; await asyncio.sleep(60)"))
    async with Portcall(both(registry)) as pc:
        asked = asyncio.ensure_future(pc.search_images("app", "bad.example"))
        await asyncio.sleep(0.05)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked


@pytest.mark.parametrize("fault", ["SystemExit(5)", "BaseException('a panic')", "KeyError('x')"])
async def test_a_factory_that_leaves_costs_its_own_registry(site: Site, registry: FakeRegistry, fault: str):
    site.add("portcall-broken", broken_module(f"    def __init__(self, context): raise {fault}"))
    async with Portcall(both(registry)) as pc:
        told = {info.prefix: info.problem for info in (await pc.list_registries()).registries}
        assert told["bad.example"] is not None
        assert (await pc.search_images("app", "all")).images


async def test_capabilities_that_raise_keep_no_other_registry_from_its_answer(site: Site, registry: FakeRegistry):
    site.add("portcall-broken", broken_module("    @property\n    def capabilities(self): raise KeyError('x')"))
    async with Portcall(both(registry)) as pc:
        with pytest.raises(UnsupportedError, match=r"good\.example"):
            await pc.search_users("ada", "good.example")


async def test_a_page_on_the_web_that_cannot_be_named_costs_no_image(
    site: Site, registry: FakeRegistry, caplog: pytest.LogCaptureFixture
):
    site.add("portcall-broken", broken_module("    def web_url(self, repository): raise KeyError('hunter2')"))
    async with Portcall(both(registry)) as pc:
        with caplog.at_level(logging.ERROR):
            detail = await pc.get_image_details("bad.example/team/app:1.0")
    assert (detail.web_url, detail.tag) == (None, "1.0")
    assert "hunter2" in caplog.text


async def test_names_that_cannot_be_suggested_leave_the_answer_as_it_is(site: Site, registry: FakeRegistry):
    site.add("portcall-broken", broken("suggest_repositories", "return 1 / 0"))
    async with Portcall(both(registry)) as pc:
        with pytest.raises(NotFoundError):
            await pc.get_image_details("bad.example/team/none:1.0")


@pytest.mark.parametrize("fault", ["import asyncio; raise asyncio.CancelledError", "raise BaseException('panic')"])
async def test_a_module_that_raises_anything_costs_itself(site: Site, registry: FakeRegistry, fault: str):
    site.add("portcall-broken", fault)
    async with Portcall(settings_of({"good.example": {"endpoint": registry.address.url}})) as pc:
        assert [failure.plugin for failure in pc.plugins.failures] == ["portcall-broken:main"]
        assert (await pc.search_images("app", "good.example")).images
