"""Replies on a real disk: things go wrong."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
from pathlib import Path

import pytest
from tests.core.http.stores.disk.folders import everything_in, waited_for
from tests.core.http.stores.keeping import files_in, tiers
from tests.core.http.stores.questions import MIB, SECRET_BODY, by_digest

from portcall.http.stores import MAX_ENTRY_BYTES
from portcall.http.stores.disk import DiskStore

pytestmark = pytest.mark.anyio


async def test_folder_that_vanishes_is_made_again(folder: Path):
    store = DiskStore(folder, MIB)
    await store.put("name", b"value", 60)
    await waited_for(store)
    shutil.rmtree(folder)
    assert await store.get("name") is None
    await store.drop("name")
    assert (await store.info()).entries == await store.clear() == 0
    await store.put("name", b"value", 60)
    assert await store.get("name") == b"value"
    await store.aclose()


async def test_place_where_no_folder_can_be_made_keeps_nothing_and_breaks_nothing(tmp_path: Path):
    (tmp_path / "file").touch()
    body = b"body"
    async with tiers(DiskStore(tmp_path / "file" / "cache", MIB)) as made:
        await made.keep(by_digest(body), body)
        assert await made.tier_of(by_digest(body)) == "memory"
        assert await made.tier_of(by_digest(b"other")) is None


async def test_full_disk_keeps_nothing_and_breaks_nothing(folder: Path, caplog: pytest.LogCaptureFixture):
    """A limit on files' sizes stands for the full disk: the write fails half-way in the same manner."""
    store = DiskStore(folder, 64 * MIB)
    body, large = b"small", b"x" * 100_000
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        async with tiers(store, memory=0) as made:
            await made.keep(by_digest(body), body)
            resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
            for _ in range(3):
                await made.keep(by_digest(large), large)
            assert await made.tier_of(by_digest(large)) is None
            assert await made.tier_of(by_digest(body)) == "disk"
            assert "File too large" in (await made.replies.info())["disk"].problem

            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            made.pass_by(6)
            await made.keep(by_digest(large), large)
            assert await made.tier_of(by_digest(large)) == "disk"
            assert not (await made.replies.info())["disk"].problem
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert [record.message for record in caplog.records] == ["cache_not_writable"]
    assert not [path for path in files_in(folder) if path.suffix]


async def test_folder_for_reading_only_is_read(folder_of_nobody: Path, caplog: pytest.LogCaptureFixture):
    folder, body = folder_of_nobody, b"body"
    async with tiers(DiskStore(folder, MIB)) as made:
        await made.keep(by_digest(body), body)
    for path in reversed(everything_in(folder)):
        path.chmod(0o500 if path.is_dir() else 0o400)
    async with tiers(DiskStore(folder, MIB)) as made:
        await made.keep(by_digest(b"other"), b"other")
        assert await made.tier_of(by_digest(body)) == "disk"
        assert (await made.replies.info())["disk"].problem == "Permission denied"
    assert [record.message for record in caplog.records] == ["cache_not_writable"]


@pytest.mark.parametrize("damage", ["cut", "emptied", "flipped", "foreign"])
async def test_damaged_file_is_refused_and_replaced(folder: Path, damage: str, caplog: pytest.LogCaptureFixture):
    request = by_digest(SECRET_BODY)
    async with tiers(DiskStore(folder, MIB)) as made:
        await made.keep(request, SECRET_BODY)
    [file] = files_in(folder)
    written = file.read_bytes()
    place = written.index(b'"body":"') + 12
    file.write_bytes(
        {
            "cut": written[:-20],
            "emptied": b"",
            "flipped": written[:place] + bytes([written[place] ^ 1]) + written[place + 1 :],
            "foreign": random.Random(1).randbytes(5000),
        }[damage]
    )
    async with tiers(DiskStore(folder, MIB)) as made:
        assert await made.tier_of(request) is None
        await made.keep(request, SECRET_BODY)
    async with tiers(DiskStore(folder, MIB)) as made:
        assert await made.tier_of(request) == "disk"
    assert [record.message for record in caplog.records] == ["cache_entry_refused"]
    assert "canary" not in str([vars(record) for record in caplog.records])


async def test_file_larger_than_any_entry_is_not_read(folder: Path):
    store = DiskStore(folder, 1024 * MIB)
    await store.put("name", b"value", 60)
    [file] = files_in(folder)
    os.truncate(file, MAX_ENTRY_BYTES + 1)
    assert await store.get("name") is None
    await store.aclose()
