"""Files are replaced whole, by what takes after them."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from portcall.draft import draft, write_new


def test_reader_finds_the_old_file_until_the_new_one_is_whole(tmp_path: Path):
    target = tmp_path / "settings.json"
    target.write_text("old")
    with draft(target, b"new") as written:
        assert target.read_text() == "old"
        assert written.read_text() == "new"
        written.replace(target)
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_draft_that_is_given_up_leaves_nothing(tmp_path: Path):
    target = tmp_path / "settings.json"
    with pytest.raises(KeyError), draft(target, b"new"):
        raise KeyError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_mode_stays(mode: int, tmp_path: Path):
    target = tmp_path / "settings.json"
    target.write_text("old")
    target.chmod(mode)
    with draft(target, b"new", mode=0o666) as written:
        assert stat.S_IMODE(written.stat().st_mode) == mode


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_owner_stays(tmp_path: Path):
    target = tmp_path / "settings.json"
    target.write_text("old")
    os.chown(target, 1234, 4321)
    with draft(target, b"new") as written:
        assert (written.stat().st_uid, written.stat().st_gid) == (1234, 4321)


def test_new_file_is_its_owners_alone_unless_more_is_asked_for(tmp_path: Path):
    write_new(tmp_path / "mine", b"", like=tmp_path / "absent")
    write_new(tmp_path / "everybodys", b"", like=tmp_path / "absent", mode=0o666)
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE((tmp_path / "mine").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "everybodys").stat().st_mode) == 0o666 & ~umask


def test_system_without_owners_and_modes_has_files_replaced_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Windows' Python has none of these."""
    for name in ("geteuid", "getegid", "fchown", "fchmod", "O_NOFOLLOW", "O_CLOEXEC"):
        monkeypatch.delattr(os, name, raising=False)
    target = tmp_path / "settings.json"
    target.write_text("old")
    with draft(target, b"new") as written:
        written.replace(target)
    assert target.read_text() == "new"


def test_half_a_file_is_not_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_new(tmp_path / "new", b"data", like=tmp_path / "absent")
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_overwritten(tmp_path: Path):
    (tmp_path / "taken").write_text("somebody's")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "taken", b"", like=tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "somebody's"
