"""The list of tools, as it goes over the wire into every conversation: what it says, and what it costs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.agents.agent import connected
from tests.agents.snapshot import assert_all_current, assert_matches

from portcall.models import LongText
from portcall.settings import Settings
from portcall.tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterator

SNAPSHOTS = Path(__file__).parent / "tools"
NAMES = [spec.name for spec in TOOLS]

#: SPEC, "Tools": what the whole list may take, and the part of it that every host shows its model.
WHOLE_LIST = 24 * 1024
SHOWN_TO_MODELS = 12 * 1024
#: The tools of SPEC that are to come, and what each may take on average: those of today have to leave it free.
TO_COME = 6
ROOM_FOR_ONE, ROOM_FOR_WORDS = 1000, 480
#: Arguments whose name, default and bounds say all.
WITHOUT_WORDS = {"limit", "max_bytes"}

pytestmark = pytest.mark.anyio

Wire = dict[str, Any]


async def listed(mode: str = "auto") -> dict[str, Wire]:
    async with connected(Settings(), mode=mode) as agent:
        tools = (await agent.client.list_tools()).tools
        return {tool.name: tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools}


def size(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def shown_to_models(tool: Wire) -> Wire:
    return {key: tool[key] for key in ("name", "description", "inputSchema")}


async def test_each_tool_is_what_its_snapshot_says():
    tools = await listed()
    assert list(tools) == NAMES
    for name, tool in tools.items():
        assert_matches(SNAPSHOTS / f"{name}.json", json.dumps(tool, indent=2, ensure_ascii=False))
    assert_all_current(SNAPSHOTS, [f"{name}.json" for name in NAMES])


async def test_both_eras_list_the_same_tools():
    assert await listed("legacy") == await listed("auto")


async def test_the_list_leaves_room_for_the_tools_to_come():
    tools = list((await listed()).values())
    whole, shown = size(tools), size([shown_to_models(tool) for tool in tools])
    table = [f"{tool['name']:20} {size(tool):6} {size(shown_to_models(tool)):6}" for tool in tools]
    print("\n".join(("", f"{'bytes':20} {'all':>6} {'shown':>6}", *table, f"{'':20} {whole:6} {shown:6}")))  # noqa: T201 - for -s
    assert whole <= WHOLE_LIST - TO_COME * ROOM_FOR_ONE
    assert shown <= SHOWN_TO_MODELS - TO_COME * ROOM_FOR_WORDS


@pytest.mark.parametrize("name", NAMES)
async def test_a_tool_says_who_it_is_and_what_it_does(name: str):
    tool = (await listed())[name]
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name)
    assert 40 <= len(tool["description"]) <= 400
    assert tool["description"] == " ".join(tool["description"].split())
    hints = tool["annotations"]
    # Once is enough: clients look in either place for it.
    assert hints["title"]
    assert "title" not in tool
    assert hints["readOnlyHint"] is True
    assert hints["destructiveHint"] is False
    assert hints["idempotentHint"] is True
    assert hints["openWorldHint"] is True


@pytest.mark.parametrize("name", NAMES)
async def test_an_input_schema_suits_every_provider(name: str):
    schema = (await listed())[name]["inputSchema"]
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    # Some providers refuse the whole list for one of these at the top.
    assert not {"anyOf", "oneOf", "allOf", "$ref", "$defs"} & schema.keys()
    for argument, field in schema["properties"].items():
        assert isinstance(field["type"], str), argument
        assert field.get("description") or argument in WITHOUT_WORDS, argument
        assert "title" not in field
        assert argument in schema.get("required", ()) or field.get("default") not in ("", False, [])


@pytest.mark.parametrize("name", NAMES)
async def test_an_output_schema_holds_for_errors_and_for_what_is_new_tomorrow(name: str):
    schema = (await listed())[name]["outputSchema"]
    assert schema.keys() == {"type", "properties"}
    assert schema["type"] == "object"
    assert schema["properties"]["error"] == {"type": "object"}
    for field, told in schema["properties"].items():
        assert told.keys() == {"type"}, field
        assert set(_types(told)) <= {"string", "integer", "number", "boolean", "array", "object", "null"}


def test_every_field_that_an_answer_always_has_is_listed_and_every_list():
    for spec in TOOLS:
        always = {name for name, field in spec.answer.model_fields.items() if not field.exclude}
        always -= spec.answer.left_out
        told = spec.output_schema["properties"]
        assert always < told.keys()
        others = {name for name in told.keys() - always if told[name] != {"type": "array"}}
        # Of an answer that is mainly one text, that text.
        text = {spec.answer.text_field} if issubclass(spec.answer, LongText) else set()
        assert others == {"error"} | text - always


def test_what_every_answer_may_carry_is_not_listed_with_each():
    for spec in TOOLS:
        assert not {"warnings", "stale", "as_of"} & spec.output_schema["properties"].keys()


def test_tools_have_different_names_and_descriptions():
    assert len(set(NAMES)) == len(TOOLS)
    assert len({spec.description for spec in TOOLS}) == len(TOOLS)
    assert {spec.toolset for spec in TOOLS} <= {"discovery", "inspect", "content", "dockerfile", "supply-chain"}


def _types(field: Wire) -> Iterator[str]:
    told = field["type"]
    yield from [told] if isinstance(told, str) else told
