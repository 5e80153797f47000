"""MCP Inspector, which people try a server with, lists and calls the tools: both protocols, both transports."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.packaging.frameworks.node.calls import CALLS
from tests.packaging.frameworks.node.conftest import HERE, HOST, TOKEN
from tests.packaging.frameworks.node.project import NodeProject

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.packaging.frameworks.node.conftest import Demo
    from tests.testbed.shell import Finished

#: How the Inspector ends where a tool answered with an error, and where the server wants to know who asks.
TOOL_ERROR, NOT_LET_IN = 5, 3
GATEWAY = "shop/gateway"

BOTH_PROTOCOLS = pytest.mark.parametrize("era", ["legacy", "modern"])
BOTH_TRANSPORTS = pytest.mark.parametrize("transport", ["stdio", "http"])


@pytest.fixture
def inspect(portcall_from_wheel: Path, tmp_path: Path, team_server: str) -> Callable[..., Finished]:
    """Runs the Inspector's CLI: ``inspect("http", "modern", "--method", "tools/list")``."""
    node = NodeProject.of(HERE / "inspector", portcall_from_wheel, tmp_path)

    def run(transport: str, era: str, *arguments: str, token: str = TOKEN) -> Finished:
        shown = ["--header", f"Authorization: Bearer {token}", "--stored-auth-only"]
        over_http = ["--server-url", team_server, "--transport", "http", *shown]
        server = ["portcall", "serve"] if transport == "stdio" else over_http
        how = ["--cli", *server, "--protocol-era", era, "--quiet", "--format", "json"]
        return node.program("mcp-inspector", *how, *arguments)

    return run


@BOTH_TRANSPORTS
@BOTH_PROTOCOLS
def test_the_tools_are_listed_and_their_schemas_fit_every_host(
    transport: str, era: str, inspect: Callable[..., Finished]
):
    """Strictly: an error of the schema lint would be status 6.

    All that it warns of is that schemas of answers say "string or null" in the short way.
    """
    done = inspect(transport, era, "--method", "tools/list", "--strict")
    assert done.status == 0, done.err
    assert [tool["name"] for tool in result(done)["tools"]] == list(CALLS)
    assert set(re.findall(r"^ *Path: (\w+)", done.err, re.MULTILINE)) <= {"outputSchema"}
    assert set(re.findall(r"^ *Issue: (.*?) \(", done.err, re.MULTILINE)) <= {"`type` is an array"}


@BOTH_TRANSPORTS
@BOTH_PROTOCOLS
def test_a_tools_error_is_the_inspectors_status(
    transport: str, era: str, inspect: Callable[..., Finished], demo: Demo
):
    image = f"{HOST if transport == 'http' else demo.name}/{GATEWAY}"
    done = inspect(transport, era, *calling("get_image_details", image_name=image, tag="1.5.10"))
    assert done.status == TOOL_ERROR, done.err
    answer = result(done)
    assert answer["isError"] is True
    assert answer["structuredContent"]["error"]["code"] == "not_found"
    assert answer["structuredContent"]["error"]["candidates"][0] == "1.5.1"


@pytest.mark.parametrize(("transport", "era"), [("stdio", "legacy"), ("http", "modern")])
def test_a_tool_is_called(transport: str, era: str, inspect: Callable[..., Finished], demo: Demo):
    image = f"{HOST if transport == 'http' else demo.name}/{GATEWAY}"
    done = inspect(transport, era, *calling("search_tags", image_name=image))
    assert done.status == 0, done.err
    assert result(done)["structuredContent"]["newest_stable"] == "1.5.1"


def test_nobody_is_let_in_with_a_token_that_was_not_given_out(inspect: Callable[..., Finished]):
    done = inspect("http", "modern", "--method", "tools/list", token="another")
    assert (done.status, done.out) == (NOT_LET_IN, "")


def calling(tool: str, **arguments: str) -> list[str]:
    """Return the options that call a tool."""
    return ["--method", "tools/call", "--tool-name", tool, "--tool-args-json", json.dumps(arguments)]


def result(done: Finished) -> dict[str, Any]:
    """Return what the server answered."""
    answer: dict[str, Any] = json.loads(done.out)["result"]
    return answer
