"""Folders that a store is given, and what is in them."""

from __future__ import annotations

from pathlib import Path

import anyio
from tests.core.http.stores.keeping import files_in

from portcall.http.stores.disk import DiskStore

HOUR = 3600
NOBODY = 65534


def everything_in(folder: Path) -> list[Path]:
    """Return the folder and all below it."""
    return [folder, *folder.rglob("*")]


def taken_by(folder: Path) -> int:
    """Return what they hold, bytes; they may be vanishing."""
    total = 0
    for path in files_in(folder):
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue
    return total


async def waited_for(store: DiskStore) -> None:
    """Let what the store does beside the work come to its end."""
    if store._tidying is not None:
        while not store._tidying.done():  # noqa: ASYNC110 - a thread's
            await anyio.sleep(0.01)
