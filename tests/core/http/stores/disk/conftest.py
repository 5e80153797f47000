"""Folders for stores on a disk."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.core.http.stores.disk.folders import NOBODY, everything_in


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a store makes its folder."""
    return tmp_path / "cache"


@pytest.fixture
def folder_of_others(folder: Path) -> tuple[Path, list[Path]]:
    """A folder with files that are not portcall's, some of them in places like portcall's."""
    folder.mkdir(mode=0o700)
    files = [folder / "notes.txt", folder / "ab" / "notes.txt", folder / "cd.txt" / "file"]
    for path in files:
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine")
    return folder, files


@pytest.fixture
def folder_of_nobody() -> Iterator[Path]:
    """A folder of a user whom the system holds to permissions: root it does not."""
    made = Path(tempfile.mkdtemp())
    caller = os.geteuid()
    if caller == 0:
        os.chown(made, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        yield made
    finally:
        os.seteuid(caller)
        for path in everything_in(made):
            path.chmod(0o700)
        shutil.rmtree(made)
