"""Replies on a real disk: whose folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.core.http.stores.disk.folders import NOBODY, waited_for
from tests.core.http.stores.keeping import files_in
from tests.core.http.stores.questions import MIB

from portcall.errors import ConfigurationError
from portcall.http.stores import StoreRefusesError
from portcall.http.stores.disk import DiskStore

pytestmark = pytest.mark.anyio


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
