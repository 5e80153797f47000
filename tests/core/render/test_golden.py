"""What an agent reads, word for word: one file for each kind of answer, and one with an error of each code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest
from tests.agents.snapshot import assert_all_current, assert_matches
from tests.core.render.answers import ANSWERS, ERRORS

from portcall.errors import ErrorCode
from portcall.render import fitted, fitted_error

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_reads_as_it_did(name: str):
    assert_matches(GOLDEN / f"{name}.md", fitted(ANSWERS[name]).text)


@pytest.mark.parametrize("name", ["image", "checks", "tags_of_a_digest_incomplete", "registries"])
def test_an_answer_is_the_same_json_as_before(name: str):
    structured = fitted(ANSWERS[name]).structured
    assert_matches(GOLDEN / f"{name}.json", json.dumps(structured, indent=1, ensure_ascii=False))


def test_an_error_of_each_code_reads_as_it_did():
    assert ERRORS.keys() == set(get_args(ErrorCode))
    assert all(error.code == code for code, error in ERRORS.items())
    assert_matches(GOLDEN / "errors.md", "\n\n".join(fitted_error(error).text for error in ERRORS.values()))


def test_no_golden_file_is_left_over():
    json_files = [f"{name}.json" for name in ("image", "checks", "tags_of_a_digest_incomplete", "registries")]
    assert_all_current(GOLDEN, [*(f"{name}.md" for name in ANSWERS), *json_files, "errors.md"])
