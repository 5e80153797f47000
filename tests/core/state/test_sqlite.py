"""The file: whose it is, what becomes of it, and what is told when it does not work."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import asynccontextmanager, closing
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from tests.core.state.another_process import RECORDS, ROOM
from tests.core.state.keeping import Clock, together

from portcall.errors import ConfigurationError, UnreachableError
from portcall.state.sqlite import SqliteState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio

PROC = Path("/proc")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "portcall.db"


@asynccontextmanager
async def opened(path: Path, **how: Any) -> AsyncIterator[SqliteState]:
    store = SqliteState(path, **{"patience": 10.0, **how})
    try:
        yield store
    finally:
        await store.aclose()


def rows_in(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        tables = ("record", "counter", "member")
        return sum(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)


async def problem_of(store: SqliteState) -> str:
    """Return what is told, and the next step, when the store is asked for something."""
    with pytest.raises(UnreachableError) as raised:
        await store.check()
    assert raised.value.hint
    return raised.value.message


def make(path: Path, content: bytes = b"", *, mode: int = 0o600) -> None:
    """Put a file there, or something else into it."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with path.open("ab" if not content else "wb") as file:
        file.write(content)
    path.chmod(mode)


def empty(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()


def move_away(path: Path) -> None:
    path.rename(path.with_name("away.db"))


def content_of(path: Path) -> bytes:
    return path.read_bytes()


def modes_in(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mode & 0o777 for file in folder.rglob("*")}


async def fill(store: SqliteState) -> tuple[int, UnreachableError]:
    """Return how many records were kept for a minute until there was a fault, and which."""
    for number in range(1000):
        try:
            await store.put("grant", str(number), bytes(2000), 60)
        except UnreachableError as error:
            return number, error
    raise AssertionError("it is never full")


# Whose it is


async def test_file_and_folder_are_made_for_their_owner_alone(tmp_path: Path):
    before = os.umask(0)
    try:
        async with opened(tmp_path / "a" / "b" / "portcall.db") as store:
            await store.check()
            made = modes_in(tmp_path)
    finally:
        os.umask(before)
    files = ("portcall.db", "portcall.db-wal", "portcall.db-shm")
    assert made == {"a": 0o700, "b": 0o700} | dict.fromkeys(files, 0o600)


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o604, 0o602, 0o666])
async def test_file_that_others_may_read_or_write_is_refused(path: Path, mode: int):
    async with opened(path) as store:
        await store.check()
    make(path, mode=mode)
    with pytest.raises(ConfigurationError, match=r"portcall\.db can be read by others"):
        SqliteState(path)


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o1777])
def test_folder_that_others_may_write_to_is_refused(path: Path, mode: int):
    """They could put a file of theirs in its place, or a journal beside it."""
    path.parent.mkdir()
    path.parent.chmod(mode)
    with pytest.raises(ConfigurationError, match="written to by others"):
        SqliteState(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("which", ["file", "folder"])
def test_what_is_somebody_elses_is_refused(path: Path, which: str):
    path.parent.mkdir(mode=0o700)
    path.touch(mode=0o600)
    os.chown(path if which == "file" else path.parent, 65534, 65534)
    with pytest.raises(ConfigurationError, match="somebody else's"):
        SqliteState(path)


def test_link_folder_or_pipe_is_no_state_file(path: Path):
    path.parent.mkdir(mode=0o700)
    (path.parent / "real").touch(mode=0o600)
    path.symlink_to(path.parent / "real")
    (path.parent / "folder").mkdir(mode=0o700)
    os.mkfifo(path.parent / "pipe", 0o600)
    for name in (path.name, "folder", "pipe"):
        with pytest.raises(ConfigurationError, match=f"{name} is no file"):
            SqliteState(path.with_name(name))
    with pytest.raises(ConfigurationError, match="real is no folder"):
        SqliteState(path.parent / "real" / "portcall.db")


async def test_file_that_others_may_read_by_now_is_not_opened_again(path: Path):
    async with opened(path) as store:
        await store.check()
        empty(path.parent)
        make(path, mode=0o644)
        assert "can be read by others" in await problem_of(store)
        make(path)
        await store.check()


async def test_neither_keys_nor_what_was_dropped_can_be_read_in_the_file(path: Path):
    async with opened(path) as store:
        await store.put("grant", "canary-key", b"canary-kept", 60)
        await store.put("grant", "other", b"canary-dropped", 60)
        await store.enter("streams", "canary-key", "canary-member", 60, 5)
        await store.drop("grant", "other")
    content = content_of(path)
    assert b"canary-kept" in content
    for gone in (b"canary-key", b"canary-member", b"canary-dropped"):
        assert gone not in content


# What becomes of it


async def test_all_of_it_is_there_after_a_restart(path: Path):
    async with opened(path) as store:
        await store.put("grant", "one", b"value", 60)
        await store.count("attempts", "ada", 60)
        await store.enter("streams", "ada", "a", 60, 1)
    async with opened(path) as store:
        assert await store.get("grant", "one") == b"value"
        assert await store.count("attempts", "ada", 60) == 2
        assert not await store.enter("streams", "ada", "b", 60, 1)


async def test_rows_whose_time_is_over_go_with_those_that_come(path: Path):
    """However fast strangers make them come: nothing is left to a sweep now and then."""
    clock = Clock()
    async with opened(path, clock=clock) as store:
        for number in range(50):
            await store.put("code", str(number), b"value", 10)
            await store.count("attempts", str(number), 10)
            await store.enter("streams", str(number), "a", 10, 1)
        assert rows_in(path) == 150
        clock.ahead += 11
        for number in range(20):
            await store.put("code", f"new-{number}", b"value", 10)
        assert rows_in(path) == 20


async def test_what_is_over_counts_for_nothing_while_it_is_still_there(path: Path):
    """Of many whose time is over only a few go with each write."""
    clock = Clock()
    async with opened(path, clock=clock) as store:
        for number in range(60):
            await store.put("older", str(number), b"value", 10)
            await store.count("older", str(number), 10)
            await store.enter("older", str(number), "a", 10, 1)
        await store.put("code", "one", b"value", 20)
        await store.count("attempts", "ada", 20)
        await store.enter("streams", "ada", "a", 20, 1)
        clock.ahead += 21
        assert await store.take("code", "one") is None
        assert await store.count("attempts", "ada", 20) == 1
        assert await store.enter("streams", "ada", "b", 20, 1)
        assert not await store.enter("streams", "ada", "a", 20, 1)
        assert rows_in(path) > 60


async def test_who_opens_it_waits_for_who_is_making_it(path: Path):
    """SQLite waits for nobody while it turns the journal on: of two servers that start at once one would fail."""
    make(path)
    async with opened(path, patience=5.0) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as somebody:
            somebody.execute("BEGIN IMMEDIATE")
            checking = asyncio.ensure_future(store.check())
            await asyncio.sleep(0.2)
            assert not checking.done()
            somebody.execute("ROLLBACK")
        await checking


async def test_many_may_open_it_first(path: Path):
    stores = [SqliteState(path) for _ in range(8)]
    await asyncio.gather(*(store.check() for store in stores))
    assert sorted(await asyncio.gather(*(store.count("opened", "", 60) for store in stores))) == list(range(1, 9))
    await asyncio.gather(*(store.aclose() for store in stores))


def test_processes_that_ask_at_once_are_served_one_after_another(path: Path):
    """Each record is taken once, each number told once, each place given once, whoever asks."""
    told = together(f"sqlite://{path}", 2)
    taken = [key for each in told for key in each["taken"]]
    assert sorted(taken) == sorted(map(str, range(RECORDS)))
    assert all(each["taken"] for each in told), "one process did all the work: nothing was shown"
    added = [key for each in told for key in each["added"]]
    assert sorted(added) == sorted(map(str, range(RECORDS)))
    assert sorted(number for each in told for number in each["counted"]) == list(range(1, 2 * RECORDS + 1))
    assert sum(each["entered"] for each in told) == ROOM


async def test_file_that_was_moved_away_is_left_for_a_new_one_by_all(path: Path):
    """Else those who had it open would go on with one that those who come later do not see."""
    async with opened(path) as one, opened(path) as other:
        await one.put("grant", "old", b"value", 60)
        assert await other.get("grant", "old") == b"value"
        move_away(path)
        assert await other.get("grant", "old") is None
        await one.put("grant", "new", b"value", 60)
        assert await other.get("grant", "new") == b"value"


async def test_file_of_another_program_is_refused_and_left_alone(path: Path):
    make(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE record (song TEXT)")
    make(path)
    async with opened(path) as store:
        assert "no file of portcall's" in await problem_of(store)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT sql FROM sqlite_master").fetchall() == [
            ("CREATE TABLE record (song TEXT)",)
        ]


async def test_file_of_a_later_version_is_refused_and_left_alone(path: Path):
    async with opened(path) as store:
        await store.put("grant", "one", b"value", 60)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version=7")
    async with opened(path) as store:
        assert "another version of portcall, with format 7" in await problem_of(store)
    assert rows_in(path) == 1


def test_sqlite_that_is_too_old_is_named_at_the_start(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(ConfigurationError, match=r"3\.35"):
        SqliteState(path)


# When it does not work


async def test_file_that_is_full_says_so_and_is_read_all_the_same(path: Path):
    async with opened(path, max_bytes=200_000) as store:
        kept, fault = await fill(store)
        assert "is full" in fault.message
        assert "Make room" in fault.hint
        assert kept > 20
        assert len(content_of(path)) <= 200_000
        assert [await store.get("grant", str(number)) for number in range(kept)] == [bytes(2000)] * kept
        assert await store.get("grant", str(kept)) is None
        assert await store.take("grant", "0") == bytes(2000)
        await store.drop("grant", *map(str, range(10)))
        await store.put("grant", "new", bytes(2000), 60)


async def test_file_that_is_full_of_what_is_over_has_room(path: Path):
    clock = Clock()
    async with opened(path, max_bytes=200_000, clock=clock) as store:
        _, fault = await fill(store)
        assert "is full" in fault.message
        clock.ahead += 61
        await store.put("grant", "large", bytes(50_000), 10)


DISK_FULL = """
import asyncio, json, pathlib, resource, sys
from portcall.errors import UnreachableError
from portcall.state.sqlite import SqliteState

async def main():
    store = SqliteState(pathlib.Path(sys.argv[1]))
    await store.check()
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    kept = 0
    try:
        while kept < 1000:
            await store.put("grant", str(kept), bytes(2000), 60)
            kept += 1
    except UnreachableError as error:
        told = [error.message, error.hint]
    found = [await store.get("grant", str(number)) == bytes(2000) for number in range(kept)]
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await store.put("grant", "new", b"value", 60)
    print(json.dumps([kept, told, all(found), await store.get("grant", str(kept)), len(found)]))

asyncio.run(main())
"""


def test_disk_that_takes_no_more_is_told_and_nothing_is_lost(path: Path):
    said = subprocess.run(
        [sys.executable, "-W", "error", "-c", DISK_FULL, str(path)], check=True, capture_output=True, text=True
    )
    kept, (message, hint), found, failed, count = json.loads(said.stdout)
    assert 0 < kept < 1000
    assert "cannot be read or written" in message
    assert "auth.store" in hint
    assert (found, failed, count) == (True, None, kept)


READ_ONLY = """
import asyncio, json, os, pathlib, sys
from portcall.errors import UnreachableError
from portcall.state.sqlite import SqliteState

async def main():
    path = pathlib.Path(sys.argv[1])
    store = SqliteState(path)
    await store.put("grant", "one", b"value", 60)
    await store.aclose()
    path.chmod(0o400)
    try:
        await store.put("grant", "two", b"value", 60)
    except UnreachableError as error:
        told = [error.message, error.hint]
    kept = (await store.get("grant", "one")).decode()
    for file in path.parent.iterdir():
        file.chmod(0o600)
    await store.put("grant", "two", b"value", 60)
    print(json.dumps([told, kept]))

if os.geteuid() == 0:  # who may write to everything
    os.chown(pathlib.Path(sys.argv[1]).parent, 65534, 65534)
    os.setegid(65534)
    os.seteuid(65534)
asyncio.run(main())
"""


def test_file_that_may_not_be_written_to_says_so_until_it_may():
    with TemporaryDirectory() as folder:  # pytest's own is closed to others than root
        said = subprocess.run(
            [sys.executable, "-W", "error", "-c", READ_ONLY, f"{folder}/portcall.db"],
            check=True,
            capture_output=True,
            text=True,
        )
    (message, hint), kept = json.loads(said.stdout)
    assert "may not be written to" in message
    assert "may write to" in hint
    assert kept == "value"


@pytest.mark.parametrize("rest", [b"\xff", b"\0", b"portcall"])
async def test_damaged_file_is_told_and_left_alone_until_it_is_moved_away(path: Path, rest: bytes):
    """A damaged page is no answer: "not signed in" would be one."""
    async with opened(path) as store:
        for number in range(100):
            await store.put("grant", str(number), bytes(500), 60)
    content = content_of(path)
    damaged = content[:100] + (rest * len(content))[: len(content) - 100]
    make(path, damaged)
    async with opened(path) as store:
        assert "is damaged" in await problem_of(store)
        with pytest.raises(UnreachableError, match="is damaged") as raised:
            await store.get("grant", "1")
        assert "Move it away" in raised.value.hint
        assert content_of(path) == damaged
        move_away(path)
        await store.check()


async def test_what_is_no_database_is_told_and_left_alone(path: Path):
    make(path, b"Dear diary, " * 1000)
    async with opened(path) as store:
        assert "no SQLite file" in await problem_of(store)
    assert content_of(path) == b"Dear diary, " * 1000


async def test_folder_that_is_gone_is_made_again(path: Path):
    async with opened(path) as store:
        await store.check()
        rmtree(path.parent)
        await store.check()
        rmtree(path.parent)
        path.parent.touch()
        assert "cannot be opened" in await problem_of(store)
        path.parent.unlink()
        await store.check()


async def test_place_that_cannot_be_made_is_told_when_it_is_used():
    async with opened(PROC / "nowhere" / "portcall.db") as store:
        assert "cannot be opened" in await problem_of(store)


async def test_lock_that_somebody_holds_is_told_and_holds_up_neither_reading_nor_the_loop(path: Path):
    async with opened(path, patience=1.0) as store:
        await store.put("grant", "one", b"value", 60)
        with closing(sqlite3.connect(path, isolation_level=None)) as somebody:
            somebody.execute("BEGIN IMMEDIATE")
            began = asyncio.get_running_loop().time()
            writing = [asyncio.ensure_future(store.count("attempts", "ada", 60)) for _ in range(5)]
            reads = 0
            while not all(each.done() for each in writing):
                assert await store.get("grant", "one") == b"value"
                reads += 1
            assert asyncio.get_running_loop().time() - began < 3
            assert reads > 10
            told = await asyncio.gather(*writing, return_exceptions=True)
            assert all(isinstance(each, UnreachableError) for each in told)
            assert "locked by another process" in str(told[0])
        await asyncio.sleep(0.1)
        assert await store.count("attempts", "ada", 60) <= 6


async def test_short_lock_is_waited_for(path: Path):
    async with opened(path, patience=5.0) as store:
        await store.check()
        with closing(sqlite3.connect(path, isolation_level=None)) as somebody:
            somebody.execute("BEGIN IMMEDIATE")
            writing = asyncio.ensure_future(store.count("attempts", "ada", 60))
            await asyncio.sleep(0.3)
            assert not writing.done()
            somebody.execute("ROLLBACK")
            assert await writing == 1
