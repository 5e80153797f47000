"""Every tool, asked over MCP about what strangers made: all their words arrive, and none of them is alive."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from tests.agents.agent import Answer, connected
from tests.core.render.markdown_scanner import outside_code
from tests.security.untrusted.asking import questions
from tests.security.untrusted.carrier import text_fields
from tests.security.untrusted.exempt import NEVER_THEIRS, OURS, SENTENCES
from tests.security.untrusted.oracle import faults_in_json, faults_in_text
from tests.security.untrusted.payloads import WORD
from tests.security.untrusted.seen import fields_with
from tests.security.untrusted.strangers import TAG, Strangers

from portcall.render.budget import BUDGET
from portcall.tools import TOOLS

if TYPE_CHECKING:
    pass

RETURNED = {spec.name: spec.answer for spec in TOOLS}


class Heard:
    """What was answered: question and answer, one after the other."""

    def __init__(self, strangers: Strangers, mode: str) -> None:
        self.rows: list[tuple[str, dict[str, Any], Answer]] = []
        asyncio.run(self._ask(strangers, mode))

    async def _ask(self, strangers: Strangers, mode: str) -> None:
        async with connected(strangers.settings, mode=mode) as agent:
            for tool, arguments in questions():
                self.rows.append((tool, arguments, await agent.call(tool, **arguments)))


@pytest.fixture(scope="module", params=["auto", "legacy"])
def heard(strangers: Strangers, request: pytest.FixtureRequest) -> Heard:
    """All answers, in both of the protocol's eras."""
    return Heard(strangers, request.param)


def test_every_tool_is_asked_and_answers(heard: Heard):
    assert {tool for tool, _, answer in heard.rows if not answer.is_error} == set(RETURNED)


def test_no_word_of_a_strangers_is_alive_in_any_answer(heard: Heard):
    for tool, arguments, answer in heard.rows:
        found = faults_in_text(answer.text, document=tool == "read_file") + faults_in_json(answer.structured)
        assert found == [], (tool, arguments, answer.text)
        assert len(answer.text) <= BUDGET


def test_a_tag_is_no_sentence_of_ours_but_where_the_caller_named_it(heard: Heard):
    """Names may stand as they are in headings, in which nothing but the caller's own is told."""
    told = [(arguments, answer) for _, arguments, answer in heard.rows if TAG in answer.text]
    assert len(told) > 9
    for arguments, answer in told:
        assert TAG not in outside_code(answer.text) or TAG in str(arguments)


def test_every_field_that_may_be_a_strangers_was_one(heard: Heard):
    """A new field of a model has to be filled by the strangers, or it has to be said why it never is."""
    theirs = {
        path
        for tool, _, answer in heard.rows
        if not answer.is_error
        for path in fields_with(RETURNED[tool], answer.structured, WORD)
    }
    never = set(" ".join(NEVER_THEIRS.values()).split())
    assert set(text_fields()) - set(OURS) - SENTENCES - never - theirs == set()
    assert theirs & (never | set(OURS)) == set()


def test_their_words_are_there_to_be_read(heard: Heard):
    told = {tool for tool, _, answer in heard.rows if WORD in answer.text}
    assert told == set(RETURNED) - {"list_registries", "check_base_image", "search_tags"}


def test_nothing_was_asked_that_the_vendors_do_not_know(strangers: Strangers, heard: Heard):
    for vendor in (strangers.docker_hub, strangers.quay, strangers.github):
        assert vendor.hostile == []
