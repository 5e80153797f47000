"""The list of tools, as it goes over the wire into every conversation: what it says, and what it costs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.agents.agent import connected
from tests.agents.snapshot import assert_all_current, assert_matches
from tests.agents.tools_to_come import TO_COME, TO_COME_BY_DEFAULT

from portcall.settings import Settings
from portcall.tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterator

SNAPSHOTS = Path(__file__).parent / "tools"
NAMES = [spec.name for spec in TOOLS]

#: SPEC, "Tools": what the whole list may take, and the part of it that every host shows its model.
WHOLE_LIST, WHOLE_LIST_BY_DEFAULT = 24 * 1024, 23_000
SHOWN_TO_MODELS = 12 * 1024
#: Arguments whose name and default say all.
WITHOUT_WORDS = {"limit", "max_bytes", "query"}

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
    assert whole + size(TO_COME_BY_DEFAULT) <= WHOLE_LIST_BY_DEFAULT
    assert whole + size(TO_COME) <= WHOLE_LIST
    assert shown + size([shown_to_models(tool) for tool in TO_COME]) <= SHOWN_TO_MODELS


async def test_the_tools_to_come_are_not_here_yet():
    """What is here is weighed as it is, and no longer as its draft."""
    tools = await listed()
    assert not {draft["name"] for draft in TO_COME} & tools.keys()
    assert all(draft.keys() == tools["search_tags"].keys() for draft in TO_COME)


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


def test_every_field_of_an_answer_is_listed_but_what_any_answer_may_carry():
    for spec in TOOLS:
        own = {name for name, field in spec.answer.model_fields.items() if not field.exclude}
        assert spec.output_schema["properties"].keys() == own - {"warnings", "stale", "as_of"} | {"error"}


def test_null_is_a_type_only_where_json_says_null():
    told = {spec.name: spec.output_schema["properties"] for spec in TOOLS}
    assert told["check_base_image"]["base"] == {"type": "string"}  # left out where nobody tells
    assert told["check_base_image"]["outdated"] == {"type": ["boolean", "null"]}
    assert told["compare_images"]["size_change"] == {"type": "integer"}
    assert told["search_tags"]["newest_stable"] == {"type": ["string", "null"]}


def test_tools_have_different_names_and_descriptions():
    assert len(set(NAMES)) == len(TOOLS)
    assert len({spec.description for spec in TOOLS}) == len(TOOLS)
    assert {spec.toolset for spec in TOOLS} <= {"discovery", "inspect", "content", "dockerfile", "supply-chain"}


def _types(field: Wire) -> Iterator[str]:
    told = field["type"]
    yield from [told] if isinstance(told, str) else told
