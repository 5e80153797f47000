"""Snapshots: files that show what an agent gets, compared by the tests, rewritten on demand.

``PORTCALL_UPDATE_SNAPSHOTS=1 pytest tests/agents tests/core/render`` writes them anew; the diff is the review.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_UPDATING = os.environ.get("PORTCALL_UPDATE_SNAPSHOTS") == "1"


def assert_matches(file: Path, text: str) -> None:
    """Fail where ``file`` holds another text; write it instead, where snapshots are to be updated."""
    text = text.rstrip("\n") + "\n"
    if _UPDATING:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert file.is_file(), f"{file} is missing: run with PORTCALL_UPDATE_SNAPSHOTS=1"
    assert file.read_text(encoding="utf-8") == text, (
        f"{file.name} has changed: PORTCALL_UPDATE_SNAPSHOTS=1 if meant"
    )


def assert_all_current(folder: Path, names: Iterable[str]) -> None:
    """Fail where a folder of snapshots holds files that no test compares any more."""
    known = set(names)
    for file in folder.iterdir() if _UPDATING else ():
        if file.name not in known:
            file.unlink()
    assert {file.name for file in folder.iterdir()} == known
