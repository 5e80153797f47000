"""Replies on a real disk: files."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest
from tests.core.http.stores.disk.folders import everything_in
from tests.core.http.stores.keeping import files_in
from tests.core.http.stores.questions import MIB

from portcall.http.stores.disk import DiskStore

pytestmark = pytest.mark.anyio


async def test_what_is_kept_is_there_for_the_next_process(folder: Path):
    first = DiskStore(folder, MIB)
    await first.put("name", b"value", 60)
    await first.aclose()
    second = DiskStore(folder, MIB)
    assert await second.get("name") == b"value"
    assert await second.get("another") is None
    await second.aclose()


async def test_later_value_takes_the_place_of_the_one_before(folder: Path):
    store = DiskStore(folder, MIB)
    for value in (b"a long value", b"new"):
        await store.put("name", value, 60)
    assert await store.get("name") == b"new"
    assert (await store.info()).entries == len(files_in(folder)) == 1
    await store.drop("name")
    await store.drop("name")
    assert await store.get("name") is None
    await store.aclose()


async def test_all_of_it_is_for_its_owner_alone(folder: Path):
    before = os.umask(0)
    try:
        store = DiskStore(folder / "made" / "too", MIB)
        await store.put("name", b"value", 60)
    finally:
        os.umask(before)
    await store.aclose()
    assert files_in(folder / "made" / "too")
    assert {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in everything_in(folder)} == {
        (True, 0o700),
        (False, 0o600),
    }


@pytest.mark.parametrize("name", ["../../../etc/passwd", "/etc/passwd", "a\0b", "", "x" * 5000, "..", "é\n"])
async def test_any_name_is_a_file_inside(folder: Path, name: str):
    store = DiskStore(folder, MIB)
    await store.put(name, b"value", 60)
    assert await store.get(name) == b"value"
    assert len(files_in(folder)) == 1
    await store.aclose()


async def test_nothing_half_written_is_ever_read(folder: Path):
    stores = [DiskStore(folder, 64 * MIB) for _ in range(2)]
    values = [bytes([number]) * (100_000 + number) for number in range(40)]
    ended = threading.Event()
    odd: list[bytes | None] = []

    def read() -> None:
        while not ended.is_set():
            if (value := stores[1]._shelves.read("name")) is not None and value not in values:
                odd.append(value)

    reader = threading.Thread(target=read)
    reader.start()
    for value in values:
        await stores[0].put("name", value, 60)
    ended.set()
    reader.join()
    assert not odd
    assert await stores[1].get("name") == values[-1]
    for store in stores:
        await store.aclose()
