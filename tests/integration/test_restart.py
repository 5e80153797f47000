"""A registry that goes away in the midst of a call, and comes back, or does not."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from tests.testbed import faults
from tests.testbed.fault_proxy import FaultProxy, Rule
from tests.testbed.questions import GRACE, code_of, codes, every_tool, within
from tests.testbed.raw import APP
from tests.testbed.registry import storage
from tests.testbed.restartable import RestartableRegistry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from portcall import Portcall

pytestmark = pytest.mark.anyio

TIMEOUT = 8.0  #: Seconds that a call may take, by the configuration.


@pytest.fixture
def registry(tmp_path: Path, shapes_storage: Path) -> Iterator[RestartableRegistry]:
    """A registry of this test's own, with every shape in it."""
    shutil.copytree(shapes_storage, storage(tmp_path))
    with RestartableRegistry(tmp_path) as running:
        yield running


@pytest.fixture
def open_gateway(registry: RestartableRegistry, gateway_of: Callable[..., Portcall]) -> Callable[..., Portcall]:
    """Opens a gateway for the registry, or for what stands before it, with so much time."""

    def opened(timeout: float = TIMEOUT, netloc: str = registry.netloc) -> Portcall:
        return gateway_of({netloc: {"endpoint": f"http://{netloc}"}}, network={"timeout": timeout})

    return opened


@pytest.fixture
def proxy(registry: RestartableRegistry) -> Iterator[FaultProxy]:
    """What knows when a call has come how far."""
    with FaultProxy(registry.netloc) as running:
        yield running


async def begun(asking: asyncio.Task[Any]) -> None:
    """Wait until a call is under way for sure: its registry is frozen, and it has had time to ask."""
    await asyncio.sleep(0.3)
    assert not asking.done()


async def test_every_tool_outlasts_a_restart_amid_the_call(
    registry: RestartableRegistry, open_gateway: Callable[..., Portcall]
) -> None:
    registry.freeze()
    asking = asyncio.create_task(codes(open_gateway(), registry.netloc))
    await begun(asking)
    await asyncio.to_thread(registry.restart)
    assert await asking == every_tool("ok")


@pytest.mark.parametrize("match", ["manifests/sha256:", "blobs/"], ids=["the manifest", "the configuration"])
async def test_a_restart_between_two_requests_of_one_call_is_not_noticed(
    registry: RestartableRegistry, proxy: FaultProxy, open_gateway: Callable[..., Portcall], match: str
) -> None:
    """It is down when the second or third is asked for, and back half a second later."""
    down = asyncio.Event()
    loop = asyncio.get_running_loop()

    def kill() -> None:
        registry.kill()
        loop.call_soon_threadsafe(down.set)

    proxy.rules = [Rule(faults.Meanwhile(kill), match=match, times=1)]
    portcall = open_gateway(netloc=proxy.netloc)
    asking = asyncio.create_task(portcall.get_image_details(f"{proxy.netloc}/demo/app:1.0"))
    await down.wait()
    await asyncio.sleep(0.5)
    await asyncio.to_thread(registry.start)
    detail = await asking
    assert (detail.digest, detail.architecture) == (APP.digest, "amd64")
    # What had been told before was not asked for again.
    assert [seen.target for seen in proxy.log].count("/v2/demo/app/manifests/1.0") == 1


async def test_a_restart_between_two_calls_is_not_noticed(
    registry: RestartableRegistry, open_gateway: Callable[..., Portcall]
) -> None:
    """Connections that were kept open are dead now."""
    portcall = open_gateway()
    assert await code_of(portcall.get_manifest(f"{registry.netloc}/demo/app:1.0")) == "ok"
    await asyncio.to_thread(registry.restart)
    with within(GRACE):
        assert await codes(portcall, registry.netloc) == every_tool("ok")


async def test_a_registry_that_does_not_come_back_is_unreachable_for_every_tool(
    registry: RestartableRegistry, open_gateway: Callable[..., Portcall]
) -> None:
    registry.freeze()
    asking = asyncio.create_task(codes(open_gateway(), registry.netloc))
    await begun(asking)
    registry.kill()
    assert await asking == every_tool("unreachable")


async def test_a_registry_that_does_not_come_back_in_time_is_a_typed_error_in_time(
    registry: RestartableRegistry, open_gateway: Callable[..., Portcall]
) -> None:
    portcall = open_gateway(1.0)
    registry.freeze()
    asking = asyncio.create_task(codes(portcall, registry.netloc))
    await begun(asking)
    registry.kill()
    # Which of the two depends on whether the last try still fitted in.
    assert set((await asking).values()) <= {"unreachable", "timeout"}
    await asyncio.to_thread(registry.start)
    assert await codes(portcall, registry.netloc) == every_tool("ok")


async def test_a_frozen_registry_is_a_timeout_for_every_tool_and_answers_again_once_it_runs(
    registry: RestartableRegistry, open_gateway: Callable[..., Portcall]
) -> None:
    portcall = open_gateway(1.0)
    registry.freeze()
    assert await codes(portcall, registry.netloc) == every_tool("timeout")
    await asyncio.to_thread(registry.restart)
    assert await codes(portcall, registry.netloc) == every_tool("ok")


async def test_a_restart_of_four_seconds_is_told_as_an_outage_and_not_as_anything_else(
    registry: RestartableRegistry, open_gateway: Callable[..., Portcall]
) -> None:
    """Four tries take some two seconds: whoever asks about what is down does not wait out the whole deadline."""
    asking = asyncio.create_task(codes(open_gateway(), registry.netloc))
    registry.kill()
    await asyncio.sleep(4)
    await asyncio.to_thread(registry.start)
    assert await asking == every_tool("unreachable")
