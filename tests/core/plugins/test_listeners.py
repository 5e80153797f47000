"""Plugins that hear of finished calls: of every one, through every door, and nobody waits for them."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from tests.agents.agent import connected
from tests.core.plugins.conftest import BUILT_IN, Site, loaded, settings_of, tool_module

from portcall import Portcall
from portcall.errors import PortcallError
from portcall.listeners import Listener, Listeners
from portcall.plugin import CallFinished
from portcall.testing import FakeRegistry, image, layer
from portcall.tools import offered_tools, tool_named

pytestmark = pytest.mark.anyio

LISTENING = """
    from portcall.plugin import hookimpl

    heard = []

    @hookimpl
    def portcall_call_finished(event):
        heard.append(event)
"""


@pytest.fixture
def ear(site: Site) -> Ear:
    site.add("portcall-ear", LISTENING)
    return Ear()


class Ear:
    """What the listening plugin heard."""

    @property
    def module(self) -> ModuleType:
        return importlib.import_module("stranger_portcall_ear")

    @property
    def heard(self) -> list[CallFinished]:
        heard: list[CallFinished] = self.module.heard
        return heard


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    registry = FakeRegistry()
    registry.push("team/app", image([layer({"srv/app": "app\n"})]), tags=["1.0"])
    with registry.serve():
        yield registry


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("portcall-listener")]


# What they hear


async def test_a_call_is_heard_with_what_it_was_about_and_what_it_cost(ear: Ear, registry: FakeRegistry):
    async with Portcall(settings_of({"corp.example": {"endpoint": registry.address.url}})) as pc:
        await pc.get_image_details("corp.example/team/app:1.0", platform="linux/amd64")
    (event,) = ear.heard
    assert (event.tool, event.outcome) == ("get_image_details", "ok")
    assert (event.registry, event.reference) == ("corp.example", "corp.example/team/app:1.0")
    assert event.requests == len(registry.requests)
    assert event.received > 0
    assert 0 < event.seconds < 30
    assert event.arguments == {"image_name": "str[25]", "platform": "str[11]"}
    assert len(event.request_id) == 12
    assert event.warnings == 0


async def test_failures_are_heard_by_their_codes(ear: Ear, registry: FakeRegistry):
    async with Portcall(settings_of({"corp.example": {"endpoint": registry.address.url}})) as pc:
        for name in ("corp.example/team/none", "not a reference"):
            with pytest.raises(PortcallError):
                await pc.get_image_details(name)
    assert [event.outcome for event in ear.heard] == ["not_found", "invalid_reference"]
    assert ear.heard[0].registry == "corp.example"


async def test_a_call_that_was_cancelled_is_heard(ear: Ear, site: Site):
    site.add("portcall-slow", tool_module("slow", "import asyncio; await asyncio.sleep(60)"))
    async with Portcall(settings_of()) as pc:
        task = asyncio.create_task(tool_named("slow", offered_tools(pc)).run(pc, {"name": "x"}))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert [(event.tool, event.outcome) for event in ear.heard] == [("slow", "cancelled")]
    assert ear.heard[0].arguments == {"name": "str[1]"}


async def test_refused_arguments_are_heard_without_what_was_given(ear: Ear):
    async with Portcall(settings_of()) as pc:
        with pytest.raises(PortcallError):
            await tool_named("search_tags").run(pc, {"image_name": "x", "limit": 0, "hunter2": "hunter2"})
    (event,) = ear.heard
    assert event == CallFinished(
        "search_tags", "invalid_argument", arguments={"image_name": "str[1]", "limit": "int"}
    )


async def test_warnings_are_counted(ear: Ear, site: Site):
    body = "return Greeting(text='x').with_warnings('one', 'two')"
    site.add("portcall-warn", tool_module("warn", body))
    async with Portcall(settings_of()) as pc:
        await tool_named("warn", offered_tools(pc)).run(pc, {})
    assert [event.warnings for event in ear.heard] == [2]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_calls_over_mcp_are_heard(ear: Ear, mode: str):
    async with connected(settings_of(), mode=mode) as agent:
        await agent.call("list_registries")
        await agent.call("get_manifest", image_name="NOT A REFERENCE")
        await agent.call("get_manifest", image="x")
    assert [(event.tool, event.outcome) for event in ear.heard] == [
        ("list_registries", "ok"),
        ("get_manifest", "invalid_reference"),
        ("get_manifest", "invalid_argument"),
    ]


def test_calls_at_the_shell_are_heard(site: Site):
    source = LISTENING.replace(
        "heard.append(event)", "import sys; print(event.tool, event.outcome, file=sys.stderr)"
    )
    site.add("portcall-ear", source)
    program = f"import sys; sys.path.insert(0, {str(site.folder)!r}); from portcall.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "call", "list_registries"],
        capture_output=True,
        text=True,
        check=True,
        env=dict(os.environ) | {"PORTCALL_CONFIG": os.devnull},
    )
    assert "registries" in json.loads(done.stdout)
    assert done.stderr == "list_registries ok\n"


# What it costs


async def test_no_thread_is_started_where_nobody_listens():
    async with Portcall(settings_of()) as pc:
        await pc.list_registries()
        assert not pc.listeners
        assert threads() == []


async def test_a_thread_begins_with_the_first_call_and_ends_with_the_gateway(ear: Ear):
    async with Portcall(settings_of()) as pc:
        assert threads() == []
        for _ in "123":
            await pc.list_registries()
        assert threads() == ["portcall-listener-portcall-ear:main"]
    assert threads() == []
    assert len(ear.heard) == 3


HANGING = """
    import threading
    from portcall.plugin import hookimpl

    heard, begun, released = [], threading.Event(), threading.Event()

    @hookimpl
    def portcall_call_finished(event):
        heard.append(event)
        begun.set()
        released.wait(30)
"""


async def test_a_listener_that_hangs_delays_no_call(site: Site, ear: Ear):
    site.add("portcall-stuck", HANGING)
    async with Portcall(settings_of()) as pc:
        for _ in range(20):
            await pc.list_registries()
        stuck = importlib.import_module("stranger_portcall_stuck")
        stuck.begun.wait(30)
        assert len(stuck.heard) == 1
        stuck.released.set()
    assert len(stuck.heard) == len(ear.heard) == 20


MISHAPS = {
    "raises": "raise KeyError('hunter2')",
    "leaves": "import sys; sys.exit(3)",
    "interrupts": "raise KeyboardInterrupt",
    "returns a coroutine": "return later()",
    "spoils the event": "event.arguments.clear(); event.tool = 'x'",
}


@pytest.mark.parametrize("mishap", MISHAPS.values(), ids=MISHAPS)
async def test_a_listener_that_fails_misses_that_event_alone(
    site: Site, ear: Ear, caplog: pytest.LogCaptureFixture, mishap: str
):
    body = f"heard.append(event)\n        if len(heard) < 3: {mishap}"
    source = LISTENING.replace("heard.append(event)", body).replace(
        "heard = []", "heard = []\n\n    async def later(): ..."
    )
    site.add("portcall-clumsy", source)
    async with Portcall(settings_of()) as pc:
        for _ in range(4):
            await pc.list_registries("docker.io")
    clumsy = importlib.import_module("stranger_portcall_clumsy")
    assert len(clumsy.heard) == 4
    assert [event.arguments for event in ear.heard] == [{"registry": "str[9]"}] * 4
    told = [vars(record) for record in caplog.records if record.getMessage() == "listener_failed"]
    assert [(each["levelname"], each["plugin"]) for each in told] == [("WARNING", "portcall-clumsy:main")]


NEVER_RUN = {
    "a coroutine function": "async def portcall_call_finished(event): ...",
    "a generator": "def portcall_call_finished(event): yield",
    "an asynchronous generator": "async def portcall_call_finished(event): yield",
}


@pytest.mark.parametrize("function", NEVER_RUN.values(), ids=NEVER_RUN)
def test_a_listener_that_would_never_run_costs_its_plugin_alone(site: Site, function: str):
    site.add("portcall-faulty", f"from portcall.plugin import hookimpl\n@hookimpl\n{function}")
    found = loaded()
    (failure,) = found.failures
    assert failure.plugin == "portcall-faulty:main"
    assert failure.reason.startswith("TypeError: its portcall_call_finished is asynchronous or a generator")
    assert found.listeners == []
    assert [report.source.qualified for report in found.reports if report.state == "loaded"] == [*BUILT_IN]


def test_a_listener_that_asks_for_more_than_it_is_told_costs_its_plugin_alone(site: Site):
    source = "from portcall.plugin import hookimpl\n@hookimpl\ndef portcall_call_finished(event, answer): ..."
    site.add("portcall-old", source)
    (failure,) = loaded().failures
    assert "portcall-old:main" in failure.plugin
    assert "answer" in failure.reason


# The queue


class Slow:
    """A listener that waits at its first event until it is let go."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.begun = threading.Event()
        self.released = threading.Event()

    def __call__(self, event: CallFinished) -> list[Any]:
        self.heard.append(event.tool)
        self.begun.set()
        self.released.wait(30)
        return []


def missed(caplog: pytest.LogCaptureFixture) -> list[int]:
    told = [vars(record) for record in caplog.records if record.getMessage() == "listener_missed_calls"]
    return [each["missed"] for each in told]


async def test_beyond_its_queue_a_slow_listener_misses_events_and_the_log_tells_it_at_times(
    caplog: pytest.LogCaptureFixture,
):
    now = 0.0
    slow = Slow()
    listener = Listener("portcall-slow:main", slow, most=3, clock=lambda: now)
    listener.tell(CallFinished("at work"))
    slow.begun.wait(30)
    for number in range(10):
        listener.tell(CallFinished(f"call {number}"))
    assert missed(caplog) == [1]
    now += 59
    listener.tell(CallFinished("within the minute"))
    assert missed(caplog) == [1]
    now += 2
    listener.tell(CallFinished("after it"))
    assert missed(caplog) == [1, 8]
    slow.released.set()
    listener.close()
    listener.part(30)
    assert slow.heard == ["at work", "call 0", "call 1", "call 2"]


async def test_in_the_end_what_waits_is_still_told():
    slow = Slow()
    listeners = Listeners([("portcall-slow:main", slow)])
    for number in range(100):
        listeners.tell(CallFinished(str(number)))
    slow.released.set()
    await listeners.aclose()
    assert slow.heard == [str(number) for number in range(100)]


async def test_nobody_waits_long_for_one_that_hangs_in_the_end(caplog: pytest.LogCaptureFixture):
    slow = Slow()
    listeners = Listeners([("portcall-slow:main", slow), ("portcall-fast:main", lambda event: [])])
    for _ in range(5):
        listeners.tell(CallFinished("x"))
    slow.begun.wait(30)
    await listeners.aclose(patience=0.05)
    assert missed(caplog) == [4]
    slow.released.set()
    for thread in threading.enumerate():
        if thread.name in threads():
            thread.join(30)
    assert slow.heard == ["x"]


async def test_after_the_end_nothing_is_told():
    slow = Slow()
    slow.released.set()
    listeners = Listeners([("portcall-slow:main", slow)])
    await listeners.aclose()
    listeners.tell(CallFinished("too late"))
    await listeners.aclose()
    assert (slow.heard, threads()) == ([], [])


async def test_where_there_is_no_thread_to_be_had_the_next_event_tries_again(monkeypatch: pytest.MonkeyPatch):
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    slow = Slow()
    slow.released.set()
    listeners = Listeners([("portcall-slow:main", slow)])
    with monkeypatch.context() as exhausted:
        exhausted.setattr(threading.Thread, "start", refuse)
        listeners.tell(CallFinished("one"))
    listeners.tell(CallFinished("two"))
    await listeners.aclose()
    assert slow.heard == ["one", "two"]
