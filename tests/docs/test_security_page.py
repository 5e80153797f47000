"""The security page's table and the tests that it names are one."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from tests.docs.blocks import ROOT

from portcall.images.files.resolve import MAX_LINKS
from portcall.images.layers.scanning import DRAINED_BYTES
from portcall.oci.layers.bounds import Bounds
from portcall.settings.model import LimitSettings

PAGE = ROOT / "docs" / "security.md"
TESTS = ROOT / "tests" / "security"
#: What is known of other clients; not part of a distribution.
CLIENTS = ROOT.parent / "shared" / "facts" / "clients.md"

_PUBLISHED = r"CVE-\d{4}-\d{4,7}|GHSA(?:-[0-9a-z]{4}){3}"
_ID = re.compile(rf"{_PUBLISHED}|[\w-]+/[\w-]+#\d+")
_TEST = re.compile(r"\[(test_\w+\.py)::(test_\w+)\]\(([^)\s]+)\)")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    ids: frozenset[str]
    tests: tuple[tuple[str, str, str], ...]


@cache
def rows() -> tuple[Row, ...]:
    table = PAGE.read_text(encoding="utf-8").partition("\n## Advisories\n")[2]
    lines = [line for line in table.splitlines() if line.startswith("| ")][1:]
    cells = [line.strip("|").split(" | ") for line in lines]
    assert {len(row) for row in cells} == {5}
    return tuple(Row(frozenset(_ID.findall(row[0])), tuple(_TEST.findall(row[4]))) for row in cells)


@cache
def functions(file: Path) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@cache
def marked() -> dict[tuple[str, str], frozenset[str]]:
    """Return the advisories that each test is marked with, by file and function."""
    found = {}
    shared = _lists(TESTS / "advisory.py")
    for file in sorted(TESTS.glob("test_*.py")):
        lists = shared | _lists(file)
        for name, node in functions(file).items():
            ids = {one for decorator in node.decorator_list for one in _ids_of(decorator, lists)}
            if ids:
                found[file.name, name] = frozenset(ids)
    return found


def _lists(file: Path) -> dict[str, str]:
    """Return what a module assigns, as it is written there."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {
        target.id: ast.unparse(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _ids_of(decorator: ast.expr, lists: dict[str, str]) -> list[str]:
    if not (isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "advisory"):
        return []
    texts = [lists.get(ast.unparse(one).lstrip("*"), ast.unparse(one)) for one in decorator.args]
    ids = [one for text in texts for one in _ID.findall(text)]
    assert all(_ID.search(text) for text in texts), f"line {decorator.lineno}: an advisory without a known id"
    return ids


@pytest.mark.parametrize("row", rows(), ids=lambda row: min(row.ids, default="none"))
def test_row_names_advisories_and_tests_that_are_there(row: Row):
    assert row.ids
    assert row.tests
    for name, function, target in row.tests:
        file = (PAGE.parent / target).resolve()
        assert file == TESTS / name
        assert function in functions(file)


@pytest.mark.parametrize("row", rows(), ids=lambda row: min(row.ids, default="none"))
def test_tests_of_a_row_are_marked_with_its_advisories(row: Row):
    """Each test with some of them, and each of them on some test."""
    by_test = [row.ids & marked().get((name, function), frozenset()) for name, function, _ in row.tests]
    assert all(by_test)
    assert frozenset().union(*by_test) == row.ids


def test_every_marked_test_is_in_the_table():
    named = {(name, function) for row in rows() for name, function, _ in row.tests}
    assert marked().keys() - named == set()


def test_every_marked_advisory_is_in_the_table_and_once():
    told = [one for row in rows() for one in row.ids]
    assert len(told) == len(set(told))
    assert {one for ids in marked().values() for one in ids} == set(told)


def test_bounds_that_the_page_tells_are_those_that_hold():
    page, bounds, limits = " ".join(PAGE.read_text(encoding="utf-8").split()), Bounds(), LimitSettings()
    told = [
        f"`limits.max_fetch_bytes` ({limits.max_fetch_bytes >> 30} GiB)",
        f"`limits.content_timeout` ({limits.content_timeout:.0f} s)",
        f"unpacks to {bounds.free_bytes >> 30} GiB at most, and {bounds.ratio} times what is stored of it beyond",
        f"{bounds.entries:,} entries, {bounds.name_bytes >> 20} MiB of names",
        f"{bounds.extended_bytes >> 20} MiB in one header; zstd gets {bounds.window_bytes >> 20} MiB",
        f"more than {DRAINED_BYTES >> 20} MiB are still to come",
        f"More than {MAX_LINKS} links are a loop",
    ]
    assert [each for each in told if each not in page] == []


def test_every_link_of_the_page_leads_somewhere():
    targets = [link.partition("#")[0] for link in _LINK.findall(PAGE.read_text(encoding="utf-8"))]
    assert [target for target in targets if target and not (PAGE.parent / target).exists()] == []


@pytest.mark.skipif(not CLIENTS.is_file(), reason="what is known of other clients is not at hand")
def test_every_advisory_that_is_known_of_is_in_the_table():
    section = CLIENTS.read_text(encoding="utf-8").partition("\n## 3. ")[2].partition("\n## ")[0]
    known = set(re.findall(_PUBLISHED, section))
    assert len(known) > 20
    assert known - {one for row in rows() for one in row.ids} == set()
