"""Both generations of the TypeScript SDK talk to portcall as it is installed; the examples show how."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.agents.world import World
from tests.packaging.frameworks.node.calls import CALLS, variables
from tests.packaging.frameworks.node.conftest import EXAMPLES, HOST, INTERVAL, TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.packaging.frameworks.node.conftest import Demo
    from tests.packaging.frameworks.node.project import NodeProject

#: The SDK 2.x, and 1.x.
NAMES = ("typescript", "typescript-1")
#: Seconds for an agent to say what it has to.
PATIENCE = 30
GATEWAY = "shop/gateway"


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_sound_typescript(name: str, project: Callable[..., NodeProject]):
    checked = project(name).program("tsc")
    assert (checked.status, checked.out, checked.err) == (0, "", "")


def test_an_agent_of_1_x_pins_the_newest_stable_image_for_arm64(project: Callable[..., NodeProject], demo: Demo):
    image = f"{demo.name}/{GATEWAY}"
    agent = project("typescript-1").run("agent.ts", image)
    assert (agent.status, agent.err) == (0, "")
    found(agent.out, "typescript-1", image, demo)


@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_an_agent_of_2_x_does_the_same_and_hears_when_the_tag_moves(
    transport: str, project: Callable[..., NodeProject], request: pytest.FixtureRequest, demo: Demo
):
    """It listens on the protocol of 2026; over HTTP it shows the token that its team gave out."""
    node = project("typescript")
    if transport == "http":
        image, where = f"{HOST}/{GATEWAY}", [request.getfixturevalue("team_server")]
    else:
        image, where = f"{demo.name}/{GATEWAY}", []
        configure(node.shell.home, demo)
    before = demo.registry.digest(GATEWAY, "1.5.1")
    with node.started("agent.ts", image, "--watch", *where, PORTCALL_AUTH_TOKEN=TOKEN) as agent:
        watching = f"watching: docker://image/{image}/1.5.1\n"
        agent.wait_for(lambda: watching in agent.log.read_text() or None, "agent.ts", PATIENCE)
        found(agent.log.read_text(), "typescript", image, demo)
        moved = demo.registry.tag(GATEWAY, "1.5.1", "1.5.0")
        try:
            assert agent.wait_for(agent._process.poll, "agent.ts", PATIENCE) == 0
        finally:
            demo.registry.tag(GATEWAY, "1.5.1", before)
    assert agent.log.read_text().endswith(f"moved: {image}@{moved}\n")


def test_an_agent_without_the_token_is_told_so(project: Callable[..., NodeProject], team_server: str):
    agent = project("typescript").run("agent.ts", f"{HOST}/{GATEWAY}", team_server)
    assert (agent.status, agent.out) == (1, "")
    assert "Unauthorized" in agent.err


@pytest.mark.parametrize("name", NAMES)
def test_a_strict_client_takes_every_answer_of_every_tool(
    name: str, project: Callable[..., NodeProject], tmp_path: Path
):
    """The SDK holds what comes against the schemas that it was given, and drops what they do not allow.

    To see that it really looks, two answers are spoiled on their way to it. That of 1.x minds errors, too.
    """
    calls = [call(tool, arguments) for tool, (good, bad, _) in CALLS.items() for arguments in (good, bad)]
    good, bad, _ = CALLS["search_tags"]
    spoiled = [call("search_tags", arguments, spoiled=True) for arguments in (good, bad)]
    with World(tmp_path / "cache").serve() as world:
        node, generation = project(name, "every_tool.mjs"), "1" if name == "typescript-1" else "2"
        done = node.run("every_tool.mjs", generation, stdin=json.dumps(calls + spoiled), **variables(world))
    assert done.status == 0, done.err
    told = json.loads(done.out)
    assert told["promised"] == list(CALLS)
    *outcomes, spoiled_answer, spoiled_error = told["outcomes"]
    assert [one for one in outcomes if one["refusal"]] == []
    expected = [each for tool, (_, _, code) in CALLS.items() for each in ((tool, None), (tool, code))]
    assert [(one["name"], one["code"]) for one in outcomes] == expected
    assert [one["failed"] for one in outcomes] == [code is not None for _, code in expected]
    assert "does not match the tool's output schema" in spoiled_answer["refusal"]
    if name == "typescript-1":
        assert "does not match the tool's output schema" in spoiled_error["refusal"]


def call(tool: str, arguments: dict[str, Any], *, spoiled: bool = False) -> dict[str, Any]:
    """Return a call as the script takes it."""
    return {"name": tool, "arguments": arguments, "spoiled": spoiled}


def found(told: str, name: str, image: str, demo: Demo) -> None:
    """Check what an agent printed against what the registry holds, and what its README says that it prints."""
    index = demo.registry.store.find(GATEWAY, "1.5.1")
    assert index is not None
    children = json.loads(index.content)["manifests"]
    (for_arm,) = (child["digest"] for child in children if child["platform"]["architecture"] == "arm64")
    assert f"newest stable: 1.5.1\npinned: {image}@{index.digest}\nfor linux/arm64 that is {for_arm}\n" in told
    shown = [line.replace(f"localhost:5000/{GATEWAY}", image) for line in readme(name)]
    assert [line for line in shown if line not in told] == []


def readme(name: str) -> list[str]:
    """Return what an example's README says that the agent prints; of some lines only the beginning."""
    shown = re.findall(r"```console\n(.*?)```", (EXAMPLES / name / "README.md").read_text(), re.DOTALL)[1]
    lines = [line.removesuffix("…").strip() for line in shown.splitlines() if not line.startswith("$ ")]
    assert lines[-2].startswith("not_found: ")
    return lines


def configure(home: Path, demo: Demo) -> None:
    """Write the configuration of whose home this is: tags are watched at registries that somebody has listed.

    In variables it would get nowhere, for the SDK's clients hand on almost none of them.
    """
    file = home / ".config" / "portcall" / "config.toml"
    file.parent.mkdir(parents=True)
    listed = f'[registries."{demo.name}"]\nendpoint = "{demo.url}"\n'
    file.write_text(f"[server]\nwatch_interval = {INTERVAL}\n{listed}")
