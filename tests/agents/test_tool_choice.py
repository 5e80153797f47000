"""Which tool answers which question: ``tool_choice.toml``, the key to a quiz for readers of the list of tools.

Whether a reader chooses so is for readers to show; that the key is sound, and leaves no tool out, is tested here.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from portcall.tools import TOOLS, tool_named

QUESTIONS: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("tool_choice.toml").read_text(encoding="utf-8")
)["question"]


def test_every_tool_is_the_answer_to_some_question():
    assert {question["tool"] for question in QUESTIONS} == {spec.name for spec in TOOLS}


def test_no_question_is_asked_twice():
    assert len({question["ask"] for question in QUESTIONS}) == len(QUESTIONS) >= 40


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["ask"][:40])
def test_the_answer_is_a_call_that_its_tool_takes(question: dict[str, Any]):
    values = tool_named(question["tool"]).checked(question["arguments"])
    assert {name: values[name] for name in question["arguments"]} == question["arguments"]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["ask"][:40])
def test_a_question_does_not_give_its_answer_away(question: dict[str, Any]):
    """People know no names of tools, and say nothing as the description of one does."""
    assert not any(spec.name in question["ask"] for spec in TOOLS)
    asked, told = (re.findall(r"\w+", text.lower()) for text in (question["ask"], described(question["tool"])))
    assert not runs(asked) & runs(told)


def described(name: str) -> str:
    return tool_named(name).description


def runs(words: list[str], length: int = 4) -> set[tuple[str, ...]]:
    """Return each run of so many words."""
    return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}
