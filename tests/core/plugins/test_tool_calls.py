"""A plugin's tool at work: it asks registries through the gateway, and its faults are told as the plugin's."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from tests.core.plugins.conftest import Site, settings_of, tool_module

from portcall import Portcall
from portcall.errors import InternalError, InvalidArgumentError, PortcallError
from portcall.models import Answer
from portcall.settings import Settings
from portcall.testing import FakeRegistry, image, layer
from portcall.tools import TOOLS, offered_tools, tool_named

pytestmark = pytest.mark.anyio

#: Counts the tags of an image, wherever it is.
COUNTING = """
    from typing import Annotated
    from pydantic import Field
    from portcall.models import Answer
    from portcall.plugin import PluginTool, hookimpl, parse_reference

    class TagCount(Answer):
        image: str
        count: int

    async def count_tags(
        portcall: "Portcall",
        image_name: Annotated[str, Field(min_length=1, description="team/app")],
        limit: Annotated[int, Field(ge=1, le=1000)] = 100,
    ) -> TagCount:
        reference = parse_reference(image_name)
        backend = await portcall.backend(f"{reference.registry}/{reference.repository}")
        page = await backend.list_tags(reference.repository, limit=limit)
        return TagCount(image=reference.familiar, count=len(page.tags))

    @hookimpl
    def portcall_tools(settings):
        yield PluginTool("count_tags", "Count tags", "Counts an image's tags.", count_tags)
"""
IMAGE = "corp.example/team/app"


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    registry = FakeRegistry()
    registry.push("team/app", image([layer({"srv/app": "app\n"})]), tags=["1.0", "1.1", "latest"])
    with registry.serve():
        yield registry


def corp(registry: FakeRegistry) -> Settings:
    return settings_of({"corp.example": {"endpoint": registry.address.url}})


async def call(portcall: Portcall, tool: str, /, **arguments: Any) -> Answer:
    return await tool_named(tool, offered_tools(portcall)).run(portcall, arguments)


async def test_without_plugins_there_are_portcalls_own_tools_alone():
    async with Portcall(settings_of()) as pc:
        assert offered_tools(pc) == TOOLS


async def test_a_tool_asks_a_registry_through_the_gateway(site: Site, registry: FakeRegistry):
    site.add("portcall-count", COUNTING)
    async with Portcall(corp(registry)) as pc:
        answer = await call(pc, "count_tags", image_name=IMAGE)
    assert answer.model_dump() == {"image": "corp.example/team/app", "count": 3}


async def test_a_tools_call_is_a_line_in_the_log_like_any_other(
    site: Site, registry: FakeRegistry, caplog: pytest.LogCaptureFixture
):
    site.add("portcall-count", COUNTING)
    caplog.set_level(logging.INFO, "portcall.calls")
    async with Portcall(corp(registry)) as pc:
        await call(pc, "count_tags", image_name=IMAGE, limit="2")
    (told,) = [vars(record) for record in caplog.records if record.getMessage() == "tool_called"]
    assert (told["tool"], told["outcome"], told["registry"]) == ("count_tags", "ok", "corp.example")
    assert told["arguments"] == {"image_name": f"str[{len(IMAGE)}]", "limit": "int"}
    assert told["requests"] == len(registry.requests)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "the argument `image_name` is missing"),
        ({"image_name": IMAGE, "limit": 0}, "the argument `limit`: should be greater than or equal to 1"),
        ({"image_name": IMAGE, "secret": "hunter2"}, "there is no argument `secret`"),
        ({"image_name": IMAGE, "portcall": "hunter2"}, "there is no argument `portcall`"),
    ],
)
async def test_arguments_are_checked_against_the_signature(site: Site, arguments: dict[str, Any], told: str):
    site.add("portcall-count", COUNTING)
    async with Portcall(settings_of()) as pc:
        with pytest.raises(InvalidArgumentError) as refused:
            await call(pc, "count_tags", **arguments)
    assert told in refused.value.message
    assert "hunter2" not in f"{refused.value} {refused.value.hint}"


async def test_an_error_of_the_registrys_is_told_as_it_is(site: Site, registry: FakeRegistry):
    site.add("portcall-count", COUNTING)
    async with Portcall(corp(registry)) as pc:
        with pytest.raises(PortcallError) as failed:
            await call(pc, "count_tags", image_name="corp.example/no/such")
    assert (failed.value.code, failed.value.registry) == ("not_found", "corp.example")


async def test_a_tool_may_ask_portcalls_own(site: Site, registry: FakeRegistry):
    body = f"return Greeting(text=(await portcall.get_image_details('{IMAGE}:1.0')).name)"
    site.add("portcall-nested", tool_module("nested", body))
    async with Portcall(corp(registry)) as pc:
        answer = await call(pc, "nested")
    assert answer.model_dump() == {"text": IMAGE}


async def test_a_tool_is_bounded_by_the_deadline(site: Site):
    site.add("portcall-slow", tool_module("slow", "import asyncio; await asyncio.sleep(60)"))
    async with Portcall(settings_of(network={"timeout": 0.05})) as pc:
        with pytest.raises(PortcallError) as failed:
            await call(pc, "slow")
    assert failed.value.code == "timeout"


async def test_a_call_that_is_cancelled_is_cancelled(site: Site):
    site.add("portcall-slow", tool_module("slow", "import asyncio; await asyncio.sleep(60)"))
    async with Portcall(settings_of()) as pc:
        task = asyncio.create_task(call(pc, "slow"))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


#: What a tool may do instead of answering, and what is said of it.
MISDEEDS = {
    "raises": ("raise KeyError('hunter2')", "KeyError"),
    "leaves": ("import sys; sys.exit('hunter2')", "SystemExit"),
    "ends an iterator": ("next(iter(()))", "RuntimeError|StopIteration"),
    "cancels itself": ("import asyncio; raise asyncio.CancelledError", "CancelledError"),
    "waits for what was cancelled": (
        "import asyncio; work = asyncio.ensure_future(asyncio.sleep(9)); work.cancel(); await work",
        "CancelledError",
    ),
    "fails in a group": (
        """
            import asyncio
            async with asyncio.TaskGroup() as group:
                group.create_task(asyncio.sleep("x"))
        """,
        "ExceptionGroup",
    ),
    "recurses": ("return await greet(portcall, name)", "RecursionError"),
    "answers nothing": ("return None", "TypeError"),
    "answers something else": ("return Answer()", "TypeError"),
    "answers what is no answer": ("return {'text': 'hunter2'}", "TypeError"),
    "answers what cannot be written down": (
        "return Greeting.model_construct(text=object())",
        "PydanticSerializationError|PydanticSerializationUnexpectedValue",
    ),
    "raises an error that lacks its parts": (
        """
            from portcall.errors import NotFoundError
            class Mute(NotFoundError):
                def __init__(self): self.message = None
            raise Mute
        """,
        "Mute",
    ),
    "raises an error with a code of its own": (
        """
            from portcall.errors import NotFoundError
            class Odd(NotFoundError): code = "hunter2"
            raise Odd("no such thing")
        """,
        "Odd",
    ),
}


@pytest.mark.parametrize(("body", "named"), MISDEEDS.values(), ids=MISDEEDS)
async def test_whatever_a_tool_does_wrong_is_internal_and_names_its_plugin(
    site: Site, caplog: pytest.LogCaptureFixture, body: str, named: str
):
    site.add("portcall-broken", tool_module("greet", body))
    async with Portcall(settings_of()) as pc:
        with pytest.raises(InternalError) as failed:
            await call(pc, "greet")
        assert (await pc.list_registries()).registries
    text = f"the plugin portcall-broken:main failed in its tool greet: ({named})"
    assert failed.match(text)
    assert "hunter2" not in f"{failed.value} {failed.value.hint}"
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert vars(record)["plugin"] == "portcall-broken:main"
    assert record.exc_info is not None


async def test_a_validator_of_the_plugins_own_that_fails_is_the_plugins_too(
    site: Site, caplog: pytest.LogCaptureFixture
):
    source = tool_module("greet").replace(
        "name: str", 'name: Annotated[str, BeforeValidator(lambda value: {}["hunter2"])]'
    )
    site.add(
        "portcall-broken",
        f"""
        from typing import Annotated
        from pydantic import BeforeValidator
        {source}""",
    )
    async with Portcall(settings_of()) as pc:
        with pytest.raises(
            InternalError, match="the plugin portcall-broken:main failed in its tool greet: KeyError"
        ):
            await call(pc, "greet", name="x")
    assert "hunter2" in caplog.text


async def test_a_tool_hears_how_to_tell_its_progress(site: Site):
    body = "await progress(1, 2, 'half'); return Greeting(text='done')"
    source = tool_module("greet", body).replace('name: str = "you"', '*, progress: "Progress | None" = None')
    site.add("portcall-long", source)
    heard: list[tuple[float, float | None, str]] = []

    async def hear(done: float, total: float | None, message: str) -> None:
        heard.append((done, total, message))

    async with Portcall(settings_of()) as pc:
        await tool_named("greet", offered_tools(pc)).run(pc, {}, hear)
    assert heard == [(1, 2, "half")]


async def test_a_registry_that_may_not_be_asked_is_not_asked_for_a_plugin_either(site: Site):
    site.add("portcall-count", COUNTING)
    async with Portcall(settings_of(network={"deny_hosts": ["corp.example"]})) as pc:
        with pytest.raises(PortcallError) as refused:
            await call(pc, "count_tags", image_name=IMAGE)
    assert refused.value.code == "blocked"


@pytest.mark.parametrize("name", ["", "not a host", "corp.example:x"])
async def test_what_is_no_registry_has_no_backend(name: str):
    async with Portcall(settings_of()) as pc:
        with pytest.raises(PortcallError) as refused:
            await pc.backend(name)
    assert refused.value.code == "invalid_reference"
