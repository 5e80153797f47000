"""Whoever gives up is let go at once, and so is the registry; unless somebody else waits for the same thing."""

from __future__ import annotations

import asyncio
import gc
import signal
import subprocess
import sys
import time
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from tests.testbed import faults
from tests.testbed.fault_proxy import Rule
from tests.testbed.own_network import in_own_network
from tests.testbed.raw import APP
from tests.testbed.shapes import PUSHED_TAGS
from tests.testbed.shell import Shell
from tests.testbed.stdio import PATIENCE, RawServer, connected

from portcall.errors import NotFoundError
from portcall.testing import BearerAuth, image, layer, quirks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from mcp.client.client import Client
    from tests.testbed.fault_proxy import FaultProxy

    from portcall import Portcall
    from portcall.testing import FakeRegistry

pytestmark = pytest.mark.anyio

ERAS = {"2026": "auto", "2025": "legacy"}
AT_ONCE = 1.0  #: Seconds in which a registry is let go, on a busy machine too.

SDK_PATIENCE = 2.0  #: Seconds that the SDK's client gives a server after its stdin was closed; then it is killed.

#: Where a call is when it is given up: the tool, its arguments, and the request that is under way.
STAGES: dict[str, tuple[str, dict[str, Any], str]] = {
    "details, at the index": ("get_image_details", {"image_name": "HOST/demo/app:1.0"}, r"manifests/1\.0"),
    "details, at the manifest": (
        "get_image_details",
        {"image_name": "HOST/demo/app:1.0", "platform": "linux/arm64"},
        "manifests/sha256:",
    ),
    "details, at the configuration": ("get_image_details", {"image_name": "HOST/demo/docker:v2s2"}, "blobs/"),
    "manifest": ("get_manifest", {"image_name": "HOST/demo/zstd:1.0"}, "manifests/"),
    "tags": ("search_tags", {"image_name": "HOST/demo/tags"}, "tags/list"),
    "aliases": ("search_tags", {"image_name": "HOST/demo/tags:latest"}, r"^HEAD .*/manifests/1\.0\.0"),
    "checks": ("check_images", {"images": [f"HOST/demo/tags:{tag}" for tag in PUSHED_TAGS]}, "manifests/"),
}
each_stage = pytest.mark.parametrize(
    ("tool", "arguments", "match"), [pytest.param(*stage, id=name) for name, stage in STAGES.items()]
)


@pytest.fixture
def hold() -> faults.Hold:
    """Keeps requests waiting, and notes who leaves."""
    return faults.Hold()


@pytest.fixture
def portcall(fault_proxy: FaultProxy, gateway_of: Callable[..., Portcall]) -> Portcall:
    """A gateway that knows the fault proxy as a registry, and has all the time in the world."""
    return gateway_of({fault_proxy.netloc: {"endpoint": fault_proxy.url}}, network={"timeout": PATIENCE})


async def until(claim: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until a claim comes true."""
    with anyio.fail_after(seconds):
        while not claim():  # noqa: ASYNC110 - what is awaited happens in another thread
            await asyncio.sleep(0.005)


async def give_up(task: asyncio.Task[Any]) -> None:
    """Cancel a task, and expect that it ends so."""
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def placed(arguments: dict[str, Any], netloc: str) -> dict[str, Any]:
    """Return arguments about the images of a registry."""

    def at(value: Any) -> Any:
        if isinstance(value, list):
            return [at(one) for one in value]
        return value.replace("HOST", netloc)

    return {name: at(value) for name, value in arguments.items()}


class TestFacade:
    @each_stage
    @pytest.mark.parametrize("after", [None, 0, 10], ids=["before the head", "after the head", "in the body"])
    async def test_a_cancelled_call_lets_go_of_its_registry_and_the_next_is_answered(
        self,
        portcall: Portcall,
        fault_proxy: FaultProxy,
        tool: str,
        arguments: dict[str, Any],
        match: str,
        after: int | None,
    ) -> None:
        # The answer to HEAD has no body that could be awaited.
        hold = faults.Hold(None if "HEAD" in match else after)
        fault_proxy.rules = [Rule(hold, match=match)]
        tasks = asyncio.all_tasks()
        ask = getattr(portcall, tool)
        asking = asyncio.create_task(ask(**placed(arguments, fault_proxy.netloc)))
        await until(lambda: hold.arrived)
        cancelled = asyncio.get_running_loop().time()
        await give_up(asking)
        await until(lambda: len(hold.left) == len(hold.arrived), AT_ONCE)
        assert max(hold.left) - cancelled < AT_ONCE
        await until(lambda: asyncio.all_tasks() <= tasks, AT_ONCE)
        fault_proxy.rules = []
        assert await ask(**placed(arguments, fault_proxy.netloc))

    async def test_a_pause_that_is_given_up_is_followed_by_no_further_try(
        self, portcall: Portcall, fault_proxy: FaultProxy
    ) -> None:
        fault_proxy.rules = [Rule(faults.Status(503, retry_after=1))]
        asking = asyncio.create_task(portcall.get_manifest(f"{fault_proxy.netloc}/demo/app:1.0"))
        await until(lambda: fault_proxy.log and fault_proxy.log[0].status)
        await asyncio.sleep(0.1)
        await give_up(asking)
        await asyncio.sleep(1.3)
        assert len(fault_proxy.log) == 1

    async def test_those_who_wait_for_a_connection_give_up_their_place(
        self, portcall: Portcall, fault_proxy: FaultProxy, hold: faults.Hold
    ) -> None:
        """Twenty questions, eight connections: none is lost with those who leave, and nothing is asked late."""
        await portcall.get_manifest(f"{fault_proxy.netloc}/demo/app:1.0")  # the first one goes ahead of all others
        before = len(fault_proxy.log)
        most = portcall.settings.network.max_connections_per_host
        fault_proxy.rules = [Rule(hold)]

        def ask(number: int) -> asyncio.Task[Any]:
            return asyncio.create_task(portcall.get_manifest(f"{fault_proxy.netloc}/demo/app:{number}"))

        asking = [ask(number) for number in range(20)]
        await until(lambda: len(hold.arrived) == most)
        # Those in the queue first: else each of them would be given a connection for a moment.
        for task in reversed(asking):
            await give_up(task)
        await until(lambda: len(hold.left) == most, AT_ONCE)
        assert len(fault_proxy.log) == before + most
        again = [ask(number) for number in range(20)]
        await until(lambda: len(hold.arrived) == 2 * most)
        for task in reversed(again):
            await give_up(task)

    async def test_a_hundred_that_give_up_leave_no_file_open(
        self, portcall: Portcall, fault_proxy: FaultProxy, hold: faults.Hold
    ) -> None:
        await portcall.get_manifest(f"{fault_proxy.netloc}/demo/app:1.0")  # opens what stays open
        await portcall.aclose()
        before = ours(fault_proxy)
        fault_proxy.rules = [Rule(hold)]
        for round_ in range(10):
            asking = [
                asyncio.create_task(portcall.get_manifest(f"{fault_proxy.netloc}/demo/app:{round_}-{number}"))
                for number in range(10)
            ]
            await until(lambda: len(hold.arrived) > len(hold.left))
            for task in asking:
                task.cancel()
            await asyncio.wait(asking)
        await until(lambda: len(hold.left) == len(hold.arrived), AT_ONCE)
        assert ours(fault_proxy) == before

    async def test_a_callers_own_timeout_stays_their_own(
        self, portcall: Portcall, fault_proxy: FaultProxy, hold: faults.Hold
    ) -> None:
        fault_proxy.rules = [Rule(hold)]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await portcall.get_manifest(f"{fault_proxy.netloc}/demo/app:1.0")
        await until(lambda: hold.left, AT_ONCE)

    async def test_a_sibling_that_fails_ends_the_call(
        self, portcall: Portcall, fault_proxy: FaultProxy, hold: faults.Hold
    ) -> None:
        fault_proxy.rules = [Rule(hold)]

        async def fail() -> None:
            await until(lambda: hold.arrived)
            raise ZeroDivisionError

        async def both() -> None:
            async with asyncio.TaskGroup() as group:
                group.create_task(portcall.get_manifest(f"{fault_proxy.netloc}/demo/app:1.0"))
                group.create_task(fail())

        with pytest.raises(ExceptionGroup) as failures:
            await both()
        assert [type(one) for one in failures.value.exceptions] == [ZeroDivisionError]
        await until(lambda: hold.left, AT_ONCE)

    @pytest.mark.parametrize("leaving", [0, 1, 2], ids=["the first", "the second", "the last"])
    async def test_others_who_wait_for_the_same_thing_get_it(
        self, portcall: Portcall, fault_proxy: FaultProxy, hold: faults.Hold, leaving: int
    ) -> None:
        """Even where it is the one who began the fetch that leaves; and though they asked different tools."""
        fault_proxy.rules = [Rule(hold, match=r"manifests/1\.0")]
        reference = f"{fault_proxy.netloc}/demo/app:1.0"
        asking = [
            asyncio.create_task(one)
            for one in (
                portcall.get_image_details(reference),
                portcall.get_manifest(reference),
                portcall.check_images([reference]),
            )
        ]
        await until(lambda: hold.arrived)
        await asyncio.sleep(0.05)
        await give_up(asking.pop(leaving))
        await asyncio.sleep(0.1)
        hold.release.set()
        answers = await asyncio.gather(*asking)
        assert {getattr(one, "digest", None) or one.checks[0].digest for one in answers} == {APP.digest}
        assert hold.left == []
        assert [seen.target for seen in fault_proxy.log].count("/v2/demo/app/manifests/1.0") == 1

    async def test_a_token_that_two_wait_for_comes_though_one_of_them_leaves(
        self, fake_registry: FakeRegistry, gateway_of: Callable[..., Portcall]
    ) -> None:
        fake_registry.auth = BearerAuth()
        fake_registry.push("shop/api", image([layer({"srv/app": "x"})]), tags=["1.0", "1.1"])
        fake_registry.add(quirks.Latency(0.5, path="/token"))
        netloc = fake_registry.address.netloc
        portcall = gateway_of({netloc: {"endpoint": fake_registry.address.url}})
        with pytest.raises(NotFoundError):
            await portcall.get_manifest(f"{netloc}/another/one:1.0")  # now it is known what the registry asks for
        before = fake_registry.count("token")
        first, second = (
            asyncio.create_task(portcall.get_manifest(f"{netloc}/shop/api:{tag}")) for tag in ("1.0", "1.1")
        )
        await until(lambda: fake_registry.count("token") > before)
        await give_up(first)
        assert (await second).tag == "1.1"
        assert fake_registry.count("token") == before + 1
        assert fake_registry.count("manifest", reference="1.0", status=200) == 0


@pytest.fixture(scope="module")
async def clients(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, Client]]:
    """A session of each era, each with a server of its own, which complains of nothing."""
    folder = tmp_path_factory.mktemp("cancelling")
    async with AsyncExitStack() as stack:
        yield {
            era: await stack.enter_async_context(connected(Shell(folder), folder / f"{era}.log", mode=mode))
            for era, mode in ERAS.items()
        }
    logs = [(folder / f"{era}.log").read_text() for era in ERAS]
    assert not [word for log in logs for word in ("Traceback", '"error"', '"warning"') if word in log]


@pytest.fixture(params=list(ERAS))
def client(clients: dict[str, Client], request: pytest.FixtureRequest) -> Client:
    """Each of the two sessions in turn."""
    return clients[request.param]


@asynccontextmanager
async def calling(client: Client, tool: str, arguments: dict[str, Any]) -> AsyncIterator[anyio.CancelScope]:
    """Call a tool meanwhile; the scope cancels it."""
    scope = anyio.CancelScope()

    async def call() -> None:
        with scope:
            await client.call_tool(tool, arguments)

    async with anyio.create_task_group() as group:
        group.start_soon(call)
        yield scope


class TestMcp:
    @each_stage
    async def test_a_cancelled_call_lets_go_of_its_registry_and_the_next_is_answered(
        self,
        client: Client,
        fault_proxy: FaultProxy,
        hold: faults.Hold,
        tool: str,
        arguments: dict[str, Any],
        match: str,
    ) -> None:
        fault_proxy.rules = [Rule(hold, match=match)]
        async with calling(client, tool, placed(arguments, fault_proxy.netloc)) as call:
            await until(lambda: hold.arrived)
            cancelled = time.monotonic()
            call.cancel()
        await until(lambda: len(hold.left) == len(hold.arrived), AT_ONCE)
        assert max(hold.left) - cancelled < AT_ONCE
        fault_proxy.rules = []
        assert not (await client.call_tool(tool, placed(arguments, fault_proxy.netloc))).is_error

    async def test_another_call_that_waits_for_the_same_thing_gets_it(
        self, client: Client, fault_proxy: FaultProxy, hold: faults.Hold
    ) -> None:
        fault_proxy.rules = [Rule(hold, match=r"manifests/1\.0")]
        arguments = {"image_name": f"{fault_proxy.netloc}/demo/app:1.0"}
        answers: list[Any] = []

        async def stay() -> None:
            answers.append(await client.call_tool("get_image_details", arguments))

        async with anyio.create_task_group() as group:
            async with calling(client, "get_image_details", arguments) as call:
                await until(lambda: hold.arrived)
                group.start_soon(stay)
                await client.call_tool("list_registries", {})  # answered after both have been taken up
                call.cancel()
            await client.call_tool("list_registries", {})
            hold.release.set()
        assert answers[0].structured_content["digest"] == APP.digest
        assert hold.left == []
        assert [seen.target for seen in fault_proxy.log].count("/v2/demo/app/manifests/1.0") == 1

    @pytest.mark.parametrize("mode", list(ERAS.values()), ids=list(ERAS))
    async def test_a_client_that_leaves_amid_a_call_is_outlived_no_longer_than_the_sdk_allows(
        self, shell: Shell, tmp_path: Path, fault_proxy: FaultProxy, hold: faults.Hold, mode: str
    ) -> None:
        """It closes stdin alone; what was asked is still answered then, and the SDK allows two seconds for it."""
        fault_proxy.rules = [Rule(hold)]
        arguments = {"image_name": f"{fault_proxy.netloc}/demo/app:1.0"}
        async with (
            anyio.create_task_group() as group,
            connected(shell, tmp_path / "log", mode=mode) as client,
        ):
            group.start_soon(client.call_tool, "get_image_details", arguments)
            await until(lambda: hold.arrived)
            left = time.monotonic()
            group.cancel_scope.cancel()
        await until(lambda: hold.left, AT_ONCE)
        assert hold.left[0] - left < SDK_PATIENCE + AT_ONCE
        assert "Traceback" not in (tmp_path / "log").read_text()

    async def test_a_host_that_dies_amid_a_call_takes_its_server_with_it(
        self, shell: Shell, tmp_path: Path, fault_proxy: FaultProxy, hold: faults.Hold
    ) -> None:
        """Both pipes end at once, and nobody says goodbye."""
        fault_proxy.rules = [Rule(hold)]
        async with RawServer.started(shell, tmp_path / "log") as server:
            await server.greet()
            arguments = {"image_name": f"{fault_proxy.netloc}/demo/app:1.0"}
            await server.send("tools/call", {"name": "get_image_details", "arguments": arguments})
            await until(lambda: hold.arrived)
            died = time.monotonic()
            server.stop_listening()
            await server.hang_up(AT_ONCE)
            await until(lambda: hold.left, AT_ONCE)
            assert hold.left[0] - died < AT_ONCE
            assert "Traceback" not in server.log.read_text()


class TestShell:
    @pytest.mark.parametrize(
        "command",
        [
            ("inspect", "HOST/demo/app:1.0"),
            ("tags", "HOST/demo/tags"),
            ("check", "HOST/demo/app:1.0", "HOST/demo/zstd:1.0"),
            ("call", "get_manifest", "image_name=HOST/demo/app:1.0"),
        ],
        ids=lambda command: command[0],
    )
    def test_ctrl_c_ends_the_upstream_request_at_once(
        self, shell: Shell, fault_proxy: FaultProxy, hold: faults.Hold, command: tuple[str, ...]
    ) -> None:
        fault_proxy.rules = [Rule(hold)]
        words = [word.replace("HOST", fault_proxy.netloc) for word in command]
        with subprocess.Popen(
            [sys.executable, "-m", "portcall", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=shell.environment(),
            cwd=shell.home,
        ) as child:
            wait_until(lambda: hold.arrived)
            interrupted = time.monotonic()
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=PATIENCE)
        wait_until(lambda: len(hold.left) == len(hold.arrived))
        assert max(hold.left) - interrupted < AT_ONCE
        assert (child.returncode, out) == (130, b"")
        assert b"Traceback" not in err

    def test_ctrl_c_does_not_wait_for_a_name_service(self, shell: Shell, tmp_path: Path) -> None:
        asked = tmp_path / "asked"
        with subprocess.Popen(
            in_own_network("silent", asked, "inspect", "registry.example/shop/api"),
            stderr=subprocess.PIPE,
            env=shell.environment(),
            cwd=shell.home,
        ) as child:
            wait_until(asked.exists)
            interrupted = time.monotonic()
            child.send_signal(signal.SIGINT)
            child.communicate(timeout=PATIENCE)
        assert child.returncode == 130
        assert time.monotonic() - interrupted < AT_ONCE + 1


def wait_until(claim: Callable[[], object]) -> None:
    """Wait until a claim comes true."""
    started = time.monotonic()
    while not claim():
        if time.monotonic() - started > PATIENCE:
            raise RuntimeError("waited in vain")
        time.sleep(0.005)


def ours(proxy: FaultProxy) -> int:
    """Return how many sockets of this process lead to a proxy: its own ends of the connections do not count."""
    gc.collect()
    port = f":{proxy.server_port:04X}"
    rows = [line.split() for line in Path("/proc/self/net/tcp").read_text().splitlines()[1:]]
    leading = {row[9] for row in rows if row[2].endswith(port)}
    held = (entry.readlink().name for entry in Path("/proc/self/fd").iterdir() if entry.is_symlink())
    return sum(name.removeprefix("socket:[").removesuffix("]") in leading for name in held)
