"""Every YAML file of the examples, by yamllint."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.packaging.deploy.conftest import DEPLOY
from yamllint.config import YamlLintConfig
from yamllint.linter import run

FILES = sorted(DEPLOY.rglob("*.yaml"))
#: Its defaults, but for what is a matter of taste: how wide, and whether a file begins with three dashes.
RULES = """
extends: default
rules:
  line-length: {max: 120}
  document-start: disable
  comments: {min-spaces-from-content: 1}
"""


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(DEPLOY)))
def test_yamllint_finds_nothing(file: Path):
    assert [str(problem) for problem in run(file.read_text(), YamlLintConfig(RULES), str(file))] == []


def test_it_looks_at_all_of_them():
    assert len(FILES) == 11
