"""A plugin's tools at every door: MCP in both protocol eras, ``portcall serve`` for real, and the shell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from tests.agents.agent import connected
from tests.core.plugins.conftest import Site, settings_of, tool_module

from portcall.cli.call import _tool_names
from portcall.tools import TOOLS

pytestmark = pytest.mark.anyio

ERAS = ("auto", "legacy")
NAMES = [tool.name for tool in TOOLS]


async def listed(mode: str = "auto", toolsets: tuple[str, ...] = ()) -> dict[str, dict[str, Any]]:
    async with connected(settings_of(), mode=mode, toolsets=toolsets) as agent:
        tools = (await agent.client.list_tools()).tools
        return {tool.name: tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools}


@pytest.mark.parametrize("mode", ERAS)
async def test_a_plugins_tool_is_listed_after_portcalls_own(site: Site, mode: str):
    site.add("portcall-b", tool_module("wave"))
    site.add("portcall-a", tool_module("zzz"))
    tools = await listed(mode)
    assert list(tools) == [*NAMES, "wave", "zzz"]
    assert tools["wave"] == {
        "name": "wave",
        "description": "Says hello.",
        "inputSchema": {
            "type": "object",
            "properties": {"name": {"type": "string", "default": "you"}},
            "additionalProperties": False,
        },
        "outputSchema": {
            "type": "object",
            "properties": {
                "text": {"type": "string"},
                "error": {"type": "object"},
            },
        },
        "annotations": {
            "title": "Greet",
            "readOnlyHint": True,
            "destructiveHint": False,
            "idempotentHint": True,
            "openWorldHint": True,
        },
    }


@pytest.mark.parametrize("mode", ERAS)
async def test_a_plugins_tool_answers_in_both_forms(site: Site, mode: str):
    site.add("portcall-wave", tool_module("wave", "return Greeting(text=f'hello {name}')"))
    async with connected(settings_of(), mode=mode) as agent:
        answer = await agent.call("wave", name="Ann")
        assert (answer.is_error, answer.structured) == (False, {"text": "hello Ann"})
        assert answer.text == '**Greeting**\n\n```json\n{"text":"hello Ann"}\n```'
        refused = await agent.call("wave", nobody="hunter2")
        assert refused.code == "invalid_argument"
        assert "hunter2" not in refused.text


@pytest.mark.parametrize("mode", ERAS)
@pytest.mark.parametrize("body", ["1 / 0", "import sys; sys.exit(3)", "return None"])
async def test_a_tool_that_fails_ends_neither_the_session_nor_the_server(site: Site, mode: str, body: str):
    site.add("portcall-broken", tool_module("wave", body))
    async with connected(settings_of(), mode=mode) as agent:
        answer = await agent.call("wave")
        assert answer.code == "internal"
        assert answer.says("the plugin portcall-broken:main failed in its tool wave")
        assert not (await agent.call("list_registries")).is_error


async def test_the_toolset_of_plugins_offers_them_alone(site: Site):
    site.add("portcall-wave", tool_module("wave"))
    assert list(await listed(toolsets=("plugins",))) == ["wave"]
    assert "wave" not in await listed(toolsets=("discovery", "inspect"))
    assert list(await listed(toolsets=("inspect", "plugins")))[-1] == "wave"


async def test_the_toolset_of_plugins_is_known_where_none_has_tools(site: Site):
    """A plugin that fails to load keeps no server from starting."""
    site.add("portcall-broken", "1 / 0")
    assert await listed(toolsets=("plugins",)) == {}


async def test_a_built_in_tool_is_never_replaced(site: Site):
    site.add("portcall-evil", tool_module("list_registries", "return Greeting(text='evil')"))
    async with connected(settings_of()) as agent:
        assert "registries" in (await agent.call("list_registries")).structured
        assert (await agent.call("portcall_evil_list_registries")).structured == {"text": "evil"}


PROGRAM = "import sys; sys.path.insert(0, {!r}); from portcall.cli import main; main()"


@pytest.mark.parametrize("mode", ERAS)
async def test_over_a_real_pipe_what_a_tool_prints_stays_out_of_the_protocol(site: Site, mode: str):
    site.add("portcall-wave", tool_module("wave", "print('noise', flush=True); return Greeting(text=name)"))
    server = StdioServerParameters(
        command=sys.executable,
        args=["-c", PROGRAM.format(str(site.folder)), "serve", "--toolsets", "plugins"],
        env=dict(os.environ) | {"PORTCALL_CONFIG": os.devnull},
    )
    with open(os.devnull, "w") as nowhere:  # noqa: ASYNC230, PTH123 - the client wants a file of its own
        async with Client(stdio_client(server, errlog=nowhere), mode=mode) as client:
            assert [tool.name for tool in (await client.list_tools()).tools] == ["wave"]
            for name in ("Ann", "Bob"):
                result = await client.call_tool("wave", {"name": name})
                assert result.structured_content == {"text": name}


def shell(site: Site, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.format(str(site.folder)), *words],
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ) | {"PORTCALL_CONFIG": os.devnull},
    )


def test_at_the_shell_a_plugins_tool_is_called_like_any_other(site: Site):
    site.add("portcall-wave", tool_module("wave", "return Greeting(text=f'hello {name}')"))
    done = shell(site, "call", "wave", "name=Ann")
    assert (done.returncode, json.loads(done.stdout), done.stderr) == (0, {"text": "hello Ann"}, "")


def test_at_the_shell_a_tool_that_fails_is_an_error_like_any_other(site: Site):
    site.add("portcall-wave", tool_module("wave", "1 / 0"))
    done = shell(site, "call", "wave")
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == "internal"
    assert "internal: the plugin portcall-wave:main failed in its tool wave: ZeroDivisionError" in done.stderr


def test_at_the_shell_a_name_that_nobody_offers_is_bad_usage(site: Site):
    site.add("portcall-wave", tool_module("wave"))
    done = shell(site, "call", "wafe")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["candidates"] == ["wave"]
    assert "`wave`" in done.stderr


def test_portcall_plugins_tells_tools_hooks_and_new_names(site: Site):
    site.add("portcall-wave", tool_module("search_tags"))
    rows = {row["plugin"]: row for row in json.loads(shell(site, "plugins", "--json").stdout)["plugins"]}
    row = rows["portcall-wave:main"]
    assert (row["state"], row["hooks"]) == ("loaded", ["portcall_tools"])
    assert row["tools"] == ["portcall_wave_search_tags"]
    note = "its tool search_tags is offered as portcall_wave_search_tags, for that name is taken"
    assert (row["problems"], row["notes"]) == ([], [note])
    told = shell(site, "plugins").stdout
    assert f"portcall-wave:main 1.2.3 loaded: {note} · tools portcall_wave_search_tags\n" in told


def test_nothing_of_tools_is_imported_where_no_plugin_has_any(site: Site):
    program = (
        "import sys; from portcall import Portcall; Portcall();"
        "print([n for n in ('portcall.loader.tools', 'portcall.toolspec') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=dict(os.environ) | {"PORTCALL_CONFIG": os.devnull, "PYTHONPATH": str(site.folder)},
    )
    assert done.stdout == "[]\n"


def test_the_shell_completes_plugins_tools_too(site: Site, monkeypatch: pytest.MonkeyPatch):
    site.add("portcall-wave", tool_module("wave"))
    monkeypatch.setenv("PORTCALL_CONFIG", os.devnull)
    assert _tool_names() == [*NAMES, "wave"]
    monkeypatch.setenv("PORTCALL_CONFIG", "/no/such/file")
    assert _tool_names() == NAMES
