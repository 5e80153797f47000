"""A next step that names a tool is told where that tool is offered, and nowhere else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.agents.agent import connected, settings_for
from tests.agents.sources import sentences

from portcall import errors
from portcall.errors import NotFoundError, PortcallError
from portcall.models import ErrorInfo, ImageCheck, ImageChecks
from portcall.server.next_steps import NextSteps
from portcall.testing import FakeRegistry, image, layer, quirks
from portcall.tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.anyio

NAMES = [spec.name for spec in TOOLS]
TOOLSETS = sorted({spec.toolset for spec in TOOLS})
HOST = "registry.example"


def offered_with(toolset: str) -> set[str]:
    return {spec.name for spec in TOOLS if spec.toolset == toolset}


def told(hint: str, *offered: str, candidates: tuple[str, ...] = ()) -> str:
    """Return what becomes of a hint where these tools are offered."""
    return NextSteps(NAMES, offered).of_error(NotFoundError("gone", hint=hint, candidates=candidates)).hint


@pytest.mark.parametrize(
    ("hint", "kept"),
    [
        ("Did you mean the candidate? search_tags lists all tags.", "Did you mean the candidate?"),
        ("Try again later; list_registries with probe=true tells whether it answers.", "Try again later."),
        ("list_registries tells what it is; try again later.", "Try again later."),
        ("Check the credentials: list_registries tells where they come from.", "Check the credentials."),
        (
            "Ask later; list_registries tells. Log in, e.g. as ada. It helps.",
            "Ask later. Log in, e.g. as ada. It helps.",
        ),
        ("Name my_search_tags_here.", "Name my_search_tags_here."),
        ("Name a user, or search for images with search_images.", "Check the name."),
        ("search_images tells.", "Check the name."),
    ],
)
def test_what_names_an_absent_tool_is_left_out_and_the_rest_stays(hint: str, kept: str):
    assert told(hint, "read_file") == kept


def test_where_all_is_offered_a_hint_stays_as_it_is():
    error = NotFoundError("gone", hint="search_tags lists all tags.")
    assert NextSteps(NAMES, NAMES).of_error(error) is error
    assert told("search_tags lists all tags.", "search_tags") == "search_tags lists all tags."


def test_where_nothing_is_left_something_is_said():
    steps = NextSteps(NAMES, ["read_file"])
    refused = errors.UnsupportedError("no such thing", hint="search_tags lists all tags.")
    assert "ask the operator" in steps.of_error(refused).hint
    refused.candidates = ("1.0",)
    assert "candidates" in steps.of_error(refused).hint
    assert refused.hint == "search_tags lists all tags.", "others may be told of the same error"


def test_an_error_inside_an_answer_is_told_so_too():
    missing = ErrorInfo(code="not_found", message="gone", hint="Check it. search_images shows what there is.")
    rows = (ImageCheck(image="a", error=missing), ImageCheck(image="b", exists=True))
    answer = ImageChecks(checks=rows, ok=1, failed=1, total=2)
    changed = NextSteps(NAMES, ["check_images"]).of_answer(answer)
    assert isinstance(changed, ImageChecks)
    assert changed.checks[0].error == missing.model_copy(update={"hint": "Check it."})
    assert changed.checks[1] is rows[1]
    assert NextSteps(NAMES, NAMES).of_answer(answer) is answer


@pytest.mark.parametrize("toolset", TOOLSETS)
def test_no_sentence_names_a_tool_that_its_toolset_does_not_have(toolset: str):
    """Whatever step any error may name, read where one toolset alone is on."""
    offered = offered_with(toolset)
    absent = set(NAMES) - offered
    steps = NextSteps(NAMES, offered)
    named = [said.text for said in sentences() if any(name in said.text for name in absent)]
    assert len(named) > 10
    for text in named:
        hint = steps.of_error(PortcallError("it failed", hint=text)).hint
        assert hint.strip()
        assert not absent & set(re.findall(r"\w+", hint)), text


@pytest.fixture(scope="module")
def registry() -> Iterator[FakeRegistry]:
    """A registry that holds ``team/api:1.0``."""
    fake = FakeRegistry()
    fake.push("team/api", image([layer({"a": "b"})]), tags=["1.0"])
    with fake.serve():
        yield fake


#: One question of each toolset about an image, and its argument.
ABOUT = {
    "content": ("list_files", "image_name"),
    "discovery": ("get_repository", "image_name"),
    "dockerfile": ("get_dockerfile", "image_name"),
    "inspect": ("get_image_details", "image_name"),
    "supply-chain": ("check_base_image", "image_name"),
}


def test_every_toolset_is_asked():
    assert sorted(ABOUT) == TOOLSETS


@pytest.mark.parametrize("name", ["team/api:9.9", "team/nope:1", "team/api@sha256:abc", "team/ap i"])
@pytest.mark.parametrize("toolset", TOOLSETS)
async def test_an_agent_hears_of_no_tool_that_it_does_not_have(registry: FakeRegistry, toolset: str, name: str):
    tool, argument = ABOUT[toolset]
    async with connected(settings_for(registry.address, [HOST]), toolsets=[toolset]) as agent:
        answer = await agent.call(tool, **{argument: f"{HOST}/{name}"})
    words = set(re.findall(r"\w+", answer.text))
    assert not (set(NAMES) - offered_with(toolset)) & words, answer.text
    if answer.is_error:
        assert answer.structured["error"]["hint"]


async def test_a_pause_is_told_without_the_tool_that_is_not_there():
    with FakeRegistry(quirks=[quirks.Answer(429, headers={"ratelimit-limit": "1"})]).serve() as address:
        async with connected(settings_for(address, [HOST]), toolsets=["content"]) as agent:
            answer = await agent.call("list_files", image_name=f"{HOST}/team/api:1.0")
    assert answer.says(r"Ask again later\. Signed-in")
    assert "list_registries" not in answer.text


async def test_a_resource_tells_it_in_the_same_way(registry: FakeRegistry):
    async with connected(settings_for(registry.address, [HOST]), toolsets=["dockerfile"]) as agent:
        with pytest.raises(Exception, match="has no tag") as refused:
            await agent.client.read_resource(f"docker://dockerfile/{HOST}/team/api/9.9")
    assert "search_tags" not in str(refused.value)
