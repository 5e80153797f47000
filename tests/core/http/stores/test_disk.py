"""Replies on a real disk: whole or absent, private, bounded, and shared by several processes."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from tests.core.http.asking import Clock
from tests.core.http.stores.another_process import FILLED_BYTES
from tests.core.http.stores.keeping import another_process, files_in, tiers
from tests.core.http.stores.questions import MIB, SECRET_BODY, by_digest

from portcall.errors import ConfigurationError
from portcall.http.stores import MAX_ENTRY_BYTES, StoreRefusesError
from portcall.http.stores.disk import DiskStore

pytestmark = pytest.mark.anyio

HOUR = 3600
NOBODY = 65534


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


# Files


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


# Whose folder


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o777, 0o1777])
def test_folder_that_others_may_write_to_is_refused(folder: Path, mode: int):
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(ConfigurationError, match="may be written to by others") as refused:
        DiskStore(folder, MIB)
    assert "chmod 700" in refused.value.hint


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_folder_of_somebody_else_is_refused(folder: Path):
    folder.mkdir()
    os.chown(folder, NOBODY, NOBODY)
    with pytest.raises(ConfigurationError, match="belongs to somebody else"):
        DiskStore(folder, MIB)


def test_file_is_no_folder(folder: Path):
    folder.touch()
    with pytest.raises(ConfigurationError, match="is no folder"):
        DiskStore(folder, MIB)


async def test_folder_that_is_opened_to_others_later_is_not_used_any_more(folder: Path):
    store = DiskStore(folder, MIB)
    await store.put("name", b"value", 60)
    os.chmod(folder, 0o777)  # noqa: PTH101
    with pytest.raises(PermissionError):
        await store.get("name")
    with pytest.raises(StoreRefusesError):
        await store.put("name", b"other", 60)
    await store.aclose()


async def test_links_lead_nowhere(folder: Path, tmp_path: Path):
    store = DiskStore(folder, MIB)
    await store.put("name", b"value", 60)
    [file] = files_in(folder)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / file.name).write_bytes(b"outside")

    file.unlink()
    file.symlink_to(outside / file.name)
    assert await store.get("name") is None
    assert (await store.info()).entries == 0
    await store.put("name", b"new", 60)
    assert await store.get("name") == b"new"
    assert not file.is_symlink()

    file.unlink()
    file.parent.rmdir()
    file.parent.symlink_to(outside)
    assert await store.get("name") is None
    with pytest.raises(StoreRefusesError):
        await store.put("name", b"new", 60)
    await store.drop("name")
    assert await store.clear() == 0
    assert (outside / file.name).read_bytes() == b"outside"
    await store.aclose()


async def test_pipe_or_folder_in_a_files_place_is_no_value(folder: Path):
    store = DiskStore(folder, MIB)
    await store.put("name", b"value", 60)
    [file] = files_in(folder)
    file.unlink()
    os.mkfifo(file)
    assert await store.get("name") is None
    file.unlink()
    file.mkdir()
    assert await store.get("name") is None
    await store.aclose()


async def test_clearing_removes_portcalls_files_and_no_others(folder_of_others: tuple[Path, list[Path]]):
    folder, others = folder_of_others
    store = DiskStore(folder, MIB)
    for number in range(300):
        await store.put(str(number), b"value", 60)
    await waited_for(store)
    assert (await store.info()).entries > 20
    await store.clear()
    info = await store.info()
    assert (info.entries, info.bytes) == (0, 0)
    assert all(path.read_text() == "mine" for path in others)
    assert files_in(folder) == [folder / "ab" / "notes.txt"]
    await store.aclose()


# Things go wrong


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


# Room


async def test_least_recently_used_makes_way(folder: Path):
    store = DiskStore(folder, MIB)
    value = b"x" * 10_000
    for name in ("precious", "forgotten", *map(str, range(60))):
        await store.put(name, value, 60)
        await waited_for(store)
    long_ago = time.time() - HOUR
    for path in files_in(folder):
        os.utime(path, (long_ago, long_ago))
    await store.get("precious")
    for number in range(60, 120):
        await store.put(str(number), value, 60)
        await waited_for(store)
    assert await store.get("precious") == value
    old = [await store.get(name) for name in ("forgotten", *map(str, range(60)))]
    assert old.count(None) > 20
    assert 0.5 * MIB < taken_by(folder) <= MIB
    await store.aclose()


async def test_use_is_noted_once_a_minute_at_most(folder: Path):
    wall = Clock()
    wall.now = time.time()
    store = DiskStore(folder, MIB, clock=wall)
    await store.put("name", b"value", 60)
    [file] = files_in(folder)
    for age, touched in ((30, False), (90, True)):
        os.utime(file, (wall.now - age, wall.now - age))
        await store.get("name")
        assert (file.stat().st_mtime > wall.now - 20) == touched
    await store.aclose()


async def test_value_that_would_drive_much_out_is_not_kept(folder: Path):
    store = DiskStore(folder, MIB)
    await store.put("large", b"x" * (MIB // 16 + 1), 60)
    assert await store.get("large") is None
    await store.put("fits", b"x" * (MIB // 16), 60)
    assert await store.get("fits")
    await store.aclose()


@pytest.mark.parametrize("max_bytes", [0, 1, 5000])
async def test_tiny_ceiling_is_kept_too(folder: Path, max_bytes: int):
    store = DiskStore(folder, max_bytes)
    for number in range(20):
        await store.put(str(number), b"value", 60)
    await waited_for(store)
    assert taken_by(folder) <= max_bytes
    await store.aclose()


async def test_lowered_ceiling_is_kept_from_the_next_count_on(folder: Path):
    store = DiskStore(folder, 16 * MIB)
    for number in range(190):
        await store.put(str(number), b"x" * 10_000, 60)
    await store.aclose()
    assert taken_by(folder) > MIB
    wall = Clock()
    wall.now = time.time() + 2 * HOUR
    store = DiskStore(folder, MIB, clock=wall)
    await store.put("one more", b"value", 60)
    await waited_for(store)
    await store.aclose()
    assert taken_by(folder) <= MIB


async def test_what_a_crash_left_behind_is_swept_up(folder: Path):
    store = DiskStore(folder, MIB)
    await store.put("name", b"value", 60)
    shelf = files_in(folder)[0].parent
    lost, fresh = shelf / f"{'0' * 16}.draft", shelf / f"{'1' * 16}.draft"
    for path in (lost, fresh):
        path.write_bytes(b"half a val")
    os.utime(lost, (time.time() - 2 * HOUR,) * 2)
    assert (await store.info()).entries == 1
    async with asyncio.timeout(10):
        # The first entry has had the folder tidied already, which may be under way: only one does it at a time.
        while lost.exists():
            await store._run(store._room.tidy)
            await asyncio.sleep(0.01)
    assert fresh.exists()
    await store.aclose()


async def test_processes_that_fill_one_folder_keep_its_ceiling_together(folder: Path):
    processes = [another_process("fill", f"disk://{folder}") for _ in range(2)]
    most = 0
    while any(process.poll() is None for process in processes):
        most = max(most, taken_by(folder))
        await anyio.sleep(0.01)
    for process in processes:
        _, complained = process.communicate()
        assert process.returncode == 0, complained
        assert "Traceback" not in complained
    assert FILLED_BYTES > 3 * MIB
    assert 0.4 * MIB < most <= MIB
    assert not [path for path in files_in(folder) if path.suffix]


async def test_work_that_hangs_does_not_hold_the_threads_of_others(folder: Path):
    """Names are resolved in asyncio's own threads, of which there are few."""
    store = DiskStore(folder, MIB)
    hanging = threading.Event()
    stuck = [asyncio.ensure_future(store._run(hanging.wait)) for _ in range(50)]
    assert await asyncio.wait_for(asyncio.to_thread(lambda: "resolved"), 10) == "resolved"
    hanging.set()
    await asyncio.gather(*stuck)
    await store.aclose()


async def test_disk_that_hangs_takes_no_more_threads_however_often_it_is_asked(folder: Path):
    store = DiskStore(folder, MIB)
    hanging = threading.Event()
    for _ in range(20):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(store._run(hanging.wait), 0.02)
    assert len([thread for thread in threading.enumerate() if thread.name == "portcall-disk"]) == 4
    hanging.set()
    await store.aclose()
    await store.put("name", b"value", 60)
    assert await store.get("name") == b"value"
    await store.aclose()


def test_disk_that_hangs_does_not_keep_the_process_from_ending(folder: Path):
    program = (
        "import asyncio, pathlib, sys, threading\n"
        "from portcall.http.stores.breaker import Breaker\n"
        "from portcall.http.stores.disk import DiskStore\n"
        "async def main():\n"
        "    store = DiskStore(pathlib.Path(sys.argv[1]), 1 << 20)\n"
        "    stuck = asyncio.ensure_future(store._run(threading.Event().wait))\n"
        "    await asyncio.sleep(0.1)\n"
        "    await Breaker(store).aclose()\n"
        "    print('left')\n"
        "asyncio.run(main())"
    )
    command = [sys.executable, "-W", "error", "-c", program, folder]
    ended = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout.strip(), ended.stderr) == (0, b"left", b"")
