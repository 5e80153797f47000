"""Replies on a real disk: room."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import anyio
import pytest
from tests.core.http.asking import Clock
from tests.core.http.stores.another_process import FILLED_BYTES
from tests.core.http.stores.disk.folders import HOUR, taken_by, waited_for
from tests.core.http.stores.keeping import another_process, files_in
from tests.core.http.stores.questions import MIB

from portcall.http.stores.disk import DiskStore

pytestmark = pytest.mark.anyio


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
