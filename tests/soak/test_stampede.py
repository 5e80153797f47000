"""A thousand who ask the same at the same moment: each thing is fetched once, and everybody is told."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from tests.testbed import faults
from tests.testbed.fault_proxy import Rule
from tests.testbed.raw import APP
from tests.testbed.stdio import connected

from portcall import Portcall
from portcall.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.testbed.fault_proxy import FaultProxy
    from tests.testbed.shell import Shell

pytestmark = pytest.mark.anyio

CALLERS = 1000
#: What the details of an image of several platforms cost, at the least.
ONCE_EACH = {"manifests/1.0": 1, "manifests/sha256:": 1, "blobs/sha256:": 1}


def fetched(proxy: FaultProxy) -> Counter[str]:
    """Return how often each kind of resource was asked for."""
    paths = [seen.target.removeprefix("/v2/demo/app/").partition(":") for seen in proxy.log]
    return Counter(kind + colon for kind, colon, _ in paths)


async def until(claim: Callable[[], object]) -> None:
    """Wait until a claim comes true."""
    async with asyncio.timeout(30):
        while not claim():  # noqa: ASYNC110 - what is awaited happens in another thread
            await asyncio.sleep(0.005)


async def test_a_thousand_callers_of_the_facade_cost_one_fetch_of_each_thing(fault_proxy: FaultProxy) -> None:
    """All of them wait before the first answer is given, and none is served from the cache."""
    hold = faults.Hold()
    fault_proxy.rules = [Rule(hold, match=r"manifests/1\.0")]
    settings = Settings.model_validate({"registries": {fault_proxy.netloc: {"endpoint": fault_proxy.url}}})
    async with Portcall(settings) as portcall:
        reference = f"{fault_proxy.netloc}/demo/app:1.0"
        asking = [asyncio.create_task(portcall.get_image_details(reference)) for _ in range(CALLERS)]
        await until(lambda: hold.arrived)
        assert not any(task.done() for task in asking)
        hold.release.set()
        details = await asyncio.gather(*asking)
    assert Counter(detail.digest for detail in details) == {APP.digest: CALLERS}
    assert fetched(fault_proxy) == ONCE_EACH


@pytest.mark.parametrize("mode", ["auto", "legacy"], ids=["2026", "2025"])
async def test_a_thousand_calls_of_an_mcp_session_cost_one_fetch_of_each_thing(
    shell: Shell, tmp_path: Path, fault_proxy: FaultProxy, mode: str
) -> None:
    hold = faults.Hold()
    fault_proxy.rules = [Rule(hold, match=r"manifests/1\.0")]
    arguments = {"image_name": f"{fault_proxy.netloc}/demo/app:1.0"}
    async with connected(shell, tmp_path / "log", mode=mode) as client:

        async def ask() -> Any:
            return (await client.call_tool("get_image_details", arguments)).structured_content

        asking = [asyncio.create_task(ask()) for _ in range(CALLERS)]
        await until(lambda: hold.arrived)
        # The server takes up its lines in order: when this one is answered, the thousand are under way.
        await client.call_tool("list_registries", {})
        assert not any(task.done() for task in asking)
        hold.release.set()
        details = await asyncio.gather(*asking)
    assert Counter(detail["digest"] for detail in details) == {APP.digest: CALLERS}
    assert fetched(fault_proxy) == ONCE_EACH
    assert "Traceback" not in (tmp_path / "log").read_text()
