"""No tool outlives its deadline, whatever a registry, a line or a name service does with its time."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
from tests.testbed import faults
from tests.testbed.configuration import write_configuration
from tests.testbed.fault_proxy import Rule
from tests.testbed.own_network import in_own_network, python_in_own_network
from tests.testbed.questions import FIRST_REQUESTS, GRACE, code_of, codes, every_tool, within
from tests.testbed.raw_ports import endless_head, never_accepting, silent
from tests.testbed.shapes import PUSHED_TAGS
from tests.testbed.shell import PATIENCE
from tests.testbed.stdio import HELLO, connected, error_of

from portcall.testing import BearerAuth, image, layer, quirks

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from tests.testbed.fault_proxy import FaultProxy
    from tests.testbed.shell import Shell

    from portcall import Portcall
    from portcall.testing import FakeRegistry

pytestmark = pytest.mark.anyio

TIMEOUT = 1.0  #: Seconds that a call may take, by the configuration.

TAGS = "tags/list"
ANY_MANIFEST = r"^(GET|HEAD) /v2/.*/manifests/"


@pytest.fixture
def portcall(fault_proxy: FaultProxy, gateway_of: Callable[..., Portcall]) -> Portcall:
    """A gateway that knows the fault proxy as a registry, and has little time."""
    return impatient(gateway_of, fault_proxy.netloc)


def impatient(
    gateway_of: Callable[..., Portcall], netloc: str, timeout: float = TIMEOUT, scheme: str = "http"
) -> Portcall:
    return gateway_of({netloc: {"endpoint": f"{scheme}://{netloc}"}}, network={"timeout": timeout})


class TestSlowRegistries:
    @pytest.mark.parametrize(
        "fault",
        [
            pytest.param(faults.Latency(60), id="no word"),
            pytest.param(faults.Stall(), id="no body"),
            pytest.param(faults.Stall(after=20), id="half a body"),
            pytest.param(faults.Dribble(chunk=1, interval=0.05), id="a byte at a time"),
        ],
    )
    async def test_every_tool_ends_in_time_and_works_again_afterwards(
        self, portcall: Portcall, fault_proxy: FaultProxy, fault: faults.Fault
    ) -> None:
        fault_proxy.rules = [Rule(fault, match=FIRST_REQUESTS)]
        assert await codes(portcall, fault_proxy.netloc) == every_tool("timeout")
        fault_proxy.rules = []
        assert await codes(portcall, fault_proxy.netloc) == every_tool("ok")

    async def test_a_refusal_that_does_not_end_is_waited_for_no_longer(
        self, fake_registry: FakeRegistry, gateway_of: Callable[..., Portcall]
    ) -> None:
        statuses = (401, 404, 429, 503)
        answers = [quirks.Answer(status, body=b"x" * 1000, path=f"/{status}$") for status in statuses]
        netloc = fake_registry.address.netloc
        portcall = impatient(gateway_of, netloc)
        await code_of(portcall.get_manifest(f"{netloc}/shop/api:0"))  # the first one goes ahead of all others
        fake_registry.requests.clear()
        fake_registry.add(*answers, quirks.Dribble(pause=0.05))
        with within(TIMEOUT + GRACE):
            asked = (code_of(portcall.get_manifest(f"{netloc}/shop/api:{status}")) for status in statuses)
            assert await asyncio.gather(*asked) == ["timeout"] * len(statuses)
        assert {request.status for request in fake_registry.requests} == set(statuses)

    async def test_a_token_service_has_no_more_time_than_the_call(
        self, fake_registry: FakeRegistry, gateway_of: Callable[..., Portcall]
    ) -> None:
        fake_registry.auth = BearerAuth()
        fake_registry.push("shop/api", image([layer({"srv/app": "x"})]), tags=["1.0"])
        netloc = fake_registry.address.netloc
        portcall = impatient(gateway_of, netloc)
        with fake_registry.misbehaving(quirks.Dribble(path="/token", pause=0.05)), within(TIMEOUT + GRACE):
            assert await code_of(portcall.get_manifest(f"{netloc}/shop/api:1.0")) == "timeout"
        assert await code_of(portcall.get_manifest(f"{netloc}/shop/api:1.0")) == "ok"

    async def test_redirects_have_no_more_time_together_than_one_answer(
        self, fake_registry: FakeRegistry, gateway_of: Callable[..., Portcall]
    ) -> None:
        fake_registry.push("shop/api", image([layer({"srv/app": "x"})]), tags=["1.0"])
        fake_registry.add(quirks.Redirect(fake_registry.address.url), quirks.Latency(0.3))
        netloc = fake_registry.address.netloc
        with within(TIMEOUT + GRACE):
            asked = impatient(gateway_of, netloc).get_manifest(f"{netloc}/shop/api:1.0")
            assert await code_of(asked) == "timeout"
        assert 3 <= len(fake_registry.requests) <= 4

    async def test_pauses_that_each_fit_are_not_added_up_beyond_the_deadline(
        self, gateway_of: Callable[..., Portcall], fault_proxy: FaultProxy
    ) -> None:
        """The reason is told, not that time ran out."""
        portcall = impatient(gateway_of, fault_proxy.netloc, 2.5)
        fault_proxy.rules = [Rule(faults.Status(503, retry_after=1))]
        with within(2.5 + GRACE):
            assert await code_of(portcall.get_manifest(f"{fault_proxy.netloc}/demo/app:1.0")) == "upstream_error"
        assert 2 <= len(fault_proxy.log) <= 3


class TestLines:
    """Time that passes before a registry has been asked anything."""

    @pytest.mark.parametrize(
        ("port", "scheme"),
        [
            pytest.param(never_accepting, "http", id="no connection"),
            pytest.param(silent, "http", id="no answer"),
            pytest.param(silent, "https", id="no TLS handshake"),
            pytest.param(endless_head, "http", id="a head without end"),
        ],
    )
    async def test_every_tool_ends_in_time(
        self,
        gateway_of: Callable[..., Portcall],
        port: Callable[[], AbstractAsyncContextManager[str]],
        scheme: str,
    ) -> None:
        async with port() as netloc:
            portcall = impatient(gateway_of, netloc, scheme=scheme)
            assert await codes(portcall, netloc) == every_tool("timeout")

    async def test_a_probe_of_all_of_them_ends_in_time(self, gateway_of: Callable[..., Portcall]) -> None:
        async with AsyncExitStack() as stack:
            netlocs = [await stack.enter_async_context(port()) for port in (never_accepting, silent, endless_head)]
            entries = {netloc: {"endpoint": f"http://{netloc}"} for netloc in netlocs}
            portcall = gateway_of(entries, network={"timeout": TIMEOUT, "allow_hosts": netlocs})
            with within(TIMEOUT + GRACE):
                listed = await portcall.list_registries(probe=True)
        reachable = {row.prefix: row.reachable for row in listed.registries}
        assert [reachable[netloc] for netloc in netlocs] == [False] * 3


class TestNames:
    """A name service that never answers: the system's own patience, ten seconds or more, is not portcall's."""

    def test_the_shell_ends_in_time(self, shell: Shell, tmp_path: Path) -> None:
        asked = tmp_path / "asked"
        with subprocess.Popen(
            in_own_network("silent", asked, "inspect", "registry.example/shop/api"),
            stderr=subprocess.PIPE,
            env=shell.environment(PORTCALL_NETWORK__TIMEOUT=str(TIMEOUT)),
            cwd=tmp_path,
        ) as child:
            wait_for(asked, child)
            started = time.monotonic()
            _, err = child.communicate(timeout=PATIENCE)
        assert (child.returncode, err.partition(b":")[0]) == (1, b"timeout")
        assert time.monotonic() - started < TIMEOUT + GRACE

    def test_a_server_ends_when_its_host_has_gone(self, shell: Shell, tmp_path: Path) -> None:
        asked = tmp_path / "asked"
        with subprocess.Popen(
            in_own_network("silent", asked, "serve"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=shell.environment(PORTCALL_NETWORK__TIMEOUT=str(TIMEOUT)),
            cwd=tmp_path,
        ) as server:
            assert server.stdin is not None
            for message in HELLO_AND_CALL:
                server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
            server.stdin.flush()
            wait_for(asked, server)
            started = time.monotonic()
            out, _ = server.communicate(timeout=PATIENCE)
        assert b'"timeout' in out
        assert time.monotonic() - started < TIMEOUT + GRACE

    def test_names_that_hang_keep_nobody_else_waiting(self, shell: Shell, tmp_path: Path) -> None:
        """Many names that are looked up in vain, and one registry here whose name the system knows by itself."""
        command = python_in_own_network("silent", tmp_path / "asked", "-c", HANGING_NAMES)
        done = shell.run(command, environment={"PORTCALL_NETWORK__TIMEOUT": "2"})
        if done.status:
            raise RuntimeError(done.err)
        assert done.out.split() == ["ok", *["timeout"] * 40]


class TestManyQuestions:
    async def test_fifty_images_of_a_silent_registry_are_fifty_verdicts_in_time(
        self, gateway_of: Callable[..., Portcall]
    ) -> None:
        async with silent() as netloc:
            portcall = impatient(gateway_of, netloc, 2.0)
            with within(2.0 + GRACE):
                answer = await portcall.check_images([f"{netloc}/demo/app:{number}" for number in range(50)])
        assert [(check.exists, check.error and check.error.code) for check in answer.checks] == [
            (None, "timeout")
        ] * 50

    async def test_images_of_a_silent_registry_keep_those_of_another_from_nothing(
        self, gateway_of: Callable[..., Portcall], fault_proxy: FaultProxy
    ) -> None:
        async with silent() as netloc:
            entries = {name: {"endpoint": f"http://{name}"} for name in (netloc, fault_proxy.netloc)}
            portcall = gateway_of(entries, network={"timeout": 2.0})
            hopeless = [f"{netloc}/demo/app:{number}" for number in range(40)]
            sound = [f"{fault_proxy.netloc}/demo/tags:{tag}" for tag in PUSHED_TAGS]
            with within(2.0 + GRACE):
                answer = await portcall.check_images([*hopeless, *sound])
        assert [check.exists for check in answer.checks] == [None] * len(hopeless) + [True] * len(sound)

    async def test_near_tags_that_do_not_come_do_not_cost_the_verdict(
        self, portcall: Portcall, fault_proxy: FaultProxy
    ) -> None:
        fault_proxy.rules = [Rule(faults.Stall(), match=TAGS)]
        absent = f"{fault_proxy.netloc}/demo/app:absent"
        with within(TIMEOUT + GRACE):
            assert await code_of(portcall.get_image_details(absent)) == "not_found"

    async def test_newer_releases_that_do_not_come_do_not_cost_the_verdict(
        self, gateway_of: Callable[..., Portcall], fault_proxy: FaultProxy
    ) -> None:
        portcall = impatient(gateway_of, fault_proxy.netloc, 3.0)
        fault_proxy.rules = [Rule(faults.Stall(), match=TAGS)]
        with within(3.0 + GRACE):
            answer = await portcall.check_images([f"{fault_proxy.netloc}/demo/app:1.0"], suggest_newer=True)
        assert answer.checks[0].exists
        assert "newer" in answer.checks[0].warnings[0]

    async def test_aliases_that_do_not_come_do_not_cost_those_that_did(
        self, gateway_of: Callable[..., Portcall], fault_proxy: FaultProxy
    ) -> None:
        portcall = impatient(gateway_of, fault_proxy.netloc, 2.5)
        fault_proxy.rules = [Rule(faults.Latency(60), match=r"^HEAD .*/manifests/1\.0-")]
        with within(2.5 + GRACE):
            page = await portcall.search_tags(f"{fault_proxy.netloc}/demo/app:1.0")
        assert {tag.name for tag in page.tags} >= {"1.0", "latest"}
        assert page.complete is False

    async def test_each_caller_has_the_time_that_is_left_to_them(
        self, portcall: Portcall, fault_proxy: FaultProxy
    ) -> None:
        """One fetch, callers who come one after another: each waits as long as is due to them, no more."""
        hold = faults.Hold()
        fault_proxy.rules = [Rule(hold)]

        async def ask(delay: float) -> str:
            await asyncio.sleep(delay)
            with within(TIMEOUT + GRACE):
                return await code_of(portcall.get_manifest(f"{fault_proxy.netloc}/demo/app:1.0"))

        asking = [asyncio.create_task(ask(delay)) for delay in (0.0, 0.4, 0.8)]
        await asyncio.wait(asking[:1])
        hold.release.set()
        assert [await task for task in asking] == ["timeout", "ok", "ok"]
        assert len(fault_proxy.log) == 1


class TestMcp:
    @pytest.mark.parametrize("mode", ["auto", "legacy"])
    async def test_a_client_is_answered_in_time(
        self, shell: Shell, tmp_path: Path, fault_proxy: FaultProxy, mode: str
    ) -> None:
        entries = {fault_proxy.netloc: {"endpoint": fault_proxy.url}}
        config = write_configuration(tmp_path / "portcall.toml", entries, network={"timeout": TIMEOUT})
        fault_proxy.rules = [Rule(faults.Dribble(interval=0.05), match=FIRST_REQUESTS)]
        questions: list[tuple[str, dict[str, Any]]] = [
            ("get_image_details", {"image_name": f"{fault_proxy.netloc}/demo/app:1.0"}),
            ("get_manifest", {"image_name": f"{fault_proxy.netloc}/demo/zstd:1.0"}),
            ("search_tags", {"image_name": f"{fault_proxy.netloc}/demo/tags"}),
        ]
        async with connected(shell, tmp_path / "log", "--config", str(config), mode=mode) as client:
            await client.list_tools()
            with within(TIMEOUT + GRACE):
                answers = await asyncio.gather(*(client.call_tool(*question) for question in questions))
        assert [error_of(answer)["code"] for answer in answers] == ["timeout"] * 3


def wait_for(file: Path, child: subprocess.Popen[bytes]) -> None:
    """Wait until a child has made a file; one that ends instead is no failure of what is tested."""
    started = time.monotonic()
    while not file.exists():
        if child.poll() is not None or time.monotonic() - started > PATIENCE:
            raise RuntimeError(child.communicate()[-1])
        time.sleep(0.01)


HELLO_AND_CALL: list[dict[str, Any]] = [
    {"id": 0, "method": "initialize", "params": HELLO},
    {"method": "notifications/initialized"},
    {
        "id": 1,
        "method": "tools/call",
        "params": {"name": "get_image_details", "arguments": {"image_name": "registry.example/shop/api"}},
    },
]

HANGING_NAMES = """
import asyncio
from portcall import Portcall
from portcall.errors import PortcallError
from portcall.testing import FakeRegistry, image, layer

async def ask(portcall, name):
    try:
        await portcall.get_manifest(f"{name}/shop/api:1.0")
    except PortcallError as error:
        return error.code
    return "ok"

async def main(port):
    async with Portcall() as portcall:
        hanging = [asyncio.create_task(ask(portcall, f"r{number}.example")) for number in range(40)]
        await asyncio.sleep(0.5)
        print(await ask(portcall, f"localhost:{port}"))
        print(*await asyncio.gather(*hanging))

registry = FakeRegistry()
registry.push("shop/api", image([layer({"a": "b"})]), tags=["1.0"])
with registry.serve() as address:
    asyncio.run(main(address.port))
"""
