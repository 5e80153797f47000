"""What the README and the documentation show is what happens: each page is followed, block by block.

``PORTCALL_UPDATE_SNAPSHOTS=1`` writes what commands print into pages that show something: a ``?``, say.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docs.blocks import ROOT, Block, blocks_in, without_blocks
from tests.docs.reading import NOT_HERE, Reader
from tests.testbed.certificates import write_server_certificate

from portcall.auth.minting import append, mint
from portcall.testing import demo_registry

DOCS = ROOT / "docs"
#: Written by tests of their own.
WRITTEN = {"docs/tasks.md", "docs/transcript.md"}


def _pages() -> list[str]:
    texts = {f"docs/{path.relative_to(DOCS)}": path.read_text(encoding="utf-8") for path in DOCS.glob("**/*.md")}
    return ["README.md", *sorted(name for name, text in texts.items() if "<!-- Written by " not in text)]


PAGES = [page for page in _pages() if page not in WRITTEN]
#: Languages in which nothing happens.
SHOWN = {"text", "markdown", "diff", "dockerfile", "mermaid"}
DONE = {"console", "python", "toml", "json", "yaml"}
_UPDATING = os.environ.get("PORTCALL_UPDATE_SNAPSHOTS") == "1"


@pytest.fixture(scope="module")
def demo() -> Iterator[int]:
    """Where the demo's registry is served in place of the pages' port 5000."""
    with demo_registry().serve() as address:
        yield address.port


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for configurations that name one."""
    return write_server_certificate(tmp_path_factory.mktemp("pki")).ca


@pytest.fixture(scope="module")
def served() -> set[str]:
    """The servers that were started on some page."""
    return set()


@pytest.fixture
def reader(tmp_path: Path, demo: int, authority: Path, served: set[str]) -> Iterator[Reader]:
    """Somebody who has what pages ask their readers to have."""
    (tmp_path / "corp.pem").write_bytes(authority.read_bytes())
    for secret in ("team", "password"):
        (tmp_path / secret).write_text("a secret\n")
    append(mint("ALICE", ["read"]).line, str(tmp_path / "tokens"))
    reader = Reader(tmp_path, demo, served)
    yield reader
    reader.close()


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_shows_is_what_happens(page: str, reader: Reader):
    for block in blocks_in(page):
        done = reader.read(block)
        if _UPDATING and done != block.text:
            _write(page, block, done)
        else:
            assert done == block.text, f"{page}, {block}"


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_a_page_says_what_it_is(page: str):
    assert {block.language for block in blocks_in(page)} <= SHOWN | DONE
    assert "```" not in without_blocks(page)


def test_what_is_not_run_is_shown_somewhere():
    commands = [line for page in PAGES for block in blocks_in(page) for line in block.text.splitlines()]
    shown = [line.removeprefix("$ ") + " " for line in commands if line.startswith("$ ")]
    assert [each for each in NOT_HERE if not any(line.startswith(each) for line in shown)] == []


def _write(page: str, block: Block, text: str) -> None:
    assert "```" not in text or "```" in block.text, f"{page}, {block}: it needs a fence of four"
    file = ROOT / page
    file.write_text(file.read_text(encoding="utf-8").replace(block.text, text, 1), encoding="utf-8")
