"""Replacing a file that its own program may be writing, too: nobody's change is lost."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from portcall.errors import ConfigurationError
from portcall.hosts.foreign_file import replace_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mcp.json"


def while_writing(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object], *, nth: int) -> None:
    """Have something happen as the ``nth`` file of ours reaches the disk, the moment before it is used."""
    sync, calls = os.fsync, iter(range(1, 100))

    def fsync(descriptor: int) -> None:
        sync(descriptor)
        if next(calls) == nth:
            happens()

    monkeypatch.setattr(os, "fsync", fsync)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_that_its_host_changed_since_it_was_read_is_not_overwritten(file: Path) -> None:
    file.write_text("{}")
    with pytest.raises(ConfigurationError, match="was changed meanwhile"):
        replace_file(file, b'{"older": 1}', b"{...}")
    with pytest.raises(ConfigurationError, match="was changed meanwhile"):
        replace_file(file, None, b"{...}")
    assert file.read_text() == "{}"
    assert names(file.parent) == ["mcp.json"]


@pytest.mark.parametrize("nth", [1, 2], ids=["the new file is written", "the copy is written"])
def test_nor_is_one_that_its_host_changes_while(file: Path, nth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("{}")
    while_writing(monkeypatch, lambda: file.write_text('{"the host": "s own"}'), nth=nth)
    with pytest.raises(ConfigurationError, match="was changed meanwhile") as caught:
        replace_file(file, b"{}", b"{...}")
    assert "Close the host" in caught.value.hint
    assert file.read_text() == '{"the host": "s own"}'
    assert names(file.parent) == ["mcp.json"], "a copy of nothing that was replaced is in the way"


def test_nor_is_one_that_its_host_takes_away_made_again(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("{}")
    while_writing(monkeypatch, file.unlink, nth=2)
    with pytest.raises(ConfigurationError, match="was changed meanwhile"):
        replace_file(file, b"{}", b"{...}")
    assert names(file.parent) == []


@pytest.mark.parametrize("has_links", [True, False], ids=["links", "no links"])
def test_nor_is_one_that_its_host_makes_first(
    file: Path, has_links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_links:
        without_links(monkeypatch)
    while_writing(monkeypatch, lambda: file.write_text("the host's own"), nth=1)
    with pytest.raises(ConfigurationError, match="was changed meanwhile"):
        replace_file(file, None, b"{...}")
    assert file.read_text() == "the host's own"
    assert names(file.parent) == ["mcp.json"]


def test_nor_is_one_that_its_host_makes_at_the_last_moment(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between any look whether it is there and what puts ours in its place."""

    def late(call: Callable[[Path, Path], None]) -> Callable[[Path, Path], None]:
        def called(source: Path, target: Path) -> None:
            file.write_text("the host's own")
            call(source, target)

        return called

    for name in ("link", "rename", "replace"):
        monkeypatch.setattr(os, name, late(getattr(os, name)))
    with pytest.raises(ConfigurationError, match="was changed meanwhile"):
        replace_file(file, None, b"{...}")
    assert file.read_text() == "the host's own"
    assert names(file.parent) == ["mcp.json"]


def test_a_new_file_is_made_where_the_file_system_has_no_links(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_links(monkeypatch)
    assert replace_file(file, None, b"{...}") is None
    assert file.read_text() == "{...}"
    assert names(file.parent) == ["mcp.json"]


def test_a_new_file_is_one_file_and_as_open_as_its_owner_has_it(file: Path) -> None:
    assert replace_file(file, None, b"{...}") is None
    umask = os.umask(0)
    os.umask(umask)
    assert (file.stat().st_nlink, file.stat().st_mode & 0o777) == (1, 0o666 & ~umask)


def without_links(monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")  # as FAT has it

    monkeypatch.setattr(os, "link", link)
