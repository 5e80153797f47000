"""What an engine would do: every layer is really unpacked, one over the other, into a folder of this machine.

Written after umoci's rules, by operations on files, to be held against the tree that is never unpacked. Where
no engine can go on, it does as documented in ``merging.py``.
"""

# Paths are put together as they are written: what pathlib would tidy is what is tested.
# ruff: noqa: PTH108, PTH112, PTH114, PTH115, PTH120, PTH208, PTH211

from __future__ import annotations

import os
import shutil
import stat
import tarfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

_MAX_LINKS = 255


class Seen(NamedTuple):
    """What is at a path: its kind, and a file's contents or a link's target."""

    kind: str
    value: str = ""


class NaiveImage:
    """A folder that layers are unpacked into."""

    def __init__(self, root: Path) -> None:
        root.mkdir(mode=0o755)
        self.root = str(root)
        self.failed = 0
        self._fresh: set[str] = set()

    def apply(self, archive: bytes) -> None:
        """Unpack a layer over those that are there."""
        self._fresh = set()
        with tarfile.open(fileobj=BytesIO(archive)) as tar:
            for member in tar:
                try:
                    self._unpack(tar, member)
                except OSError:
                    self.failed += 1

    def everything(self) -> dict[str, Seen]:
        """Return what a container would see."""
        found: dict[str, Seen] = {}
        for folder, folders, files in os.walk(self.root):
            for name in folders + files:
                path = f"{folder}/{name}"
                found[os.path.relpath(path, self.root)] = _seen(path)
        return found

    def read(self, path: str) -> Seen | None:
        """Return what a process in the container would find at a path, or ``None`` for nothing."""
        place, links, ahead = "", 0, path.split("/")
        while ahead:
            name = ahead.pop(0)
            if name in {"", "."}:
                continue
            if name == "..":
                place = place.rpartition("/")[0]
                continue
            real = f"{self.root}{place}/{name}"
            if not os.path.lexists(real):
                return None
            if os.path.islink(real):
                links += 1
                if links > 40:
                    return Seen("loop")
                target = os.readlink(real)
                place = "" if target.startswith("/") else place
                ahead = target.split("/") + ahead
            elif ahead and not os.path.isdir(real):
                return None
            else:
                place = f"{place}/{name}"
        return _seen(self.root + place)

    def _unpack(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        parent, _, name = member.name.strip("/").rpartition("/")
        folder = self._inside(parent)
        path = f"{folder}/{name}"
        if name.startswith(".wh."):
            self._hide(folder if name == ".wh..wh..opq" else f"{folder}/{name[4:]}", name)
            return
        self._make_folders(folder)
        if os.path.lexists(path) and not (member.isdir() and os.path.isdir(path) and not os.path.islink(path)):
            self._remove(path)
        if member.isdir():
            Path(path).mkdir(exist_ok=True)
        elif member.issym():
            os.symlink(member.linkname, path)
        elif member.islnk():
            self._link(member.linkname, path)
        else:
            contents = tar.extractfile(member)
            assert contents is not None
            Path(path).write_bytes(contents.read())
        self._note(path)

    def _link(self, target: str, path: str) -> None:
        parent, _, name = target.strip("/").rpartition("/")
        try:
            os.link(f"{self._inside(parent)}/{name}", path, follow_symlinks=False)
        except OSError:
            os.mkfifo(path)  # nothing else here is one: it stands for a link to nothing

    def _note(self, path: str) -> None:
        while path != self.root:
            self._fresh.add(path)
            path = os.path.dirname(path)

    def _remove(self, path: str) -> None:
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)
        self._fresh = {kept for kept in self._fresh if kept != path and not kept.startswith(f"{path}/")}

    def _hide(self, path: str, name: str) -> None:
        if not os.path.lexists(path):
            return
        if path not in self._fresh and name != ".wh..wh..opq":
            self._remove(path)
        elif os.path.isdir(path) and not os.path.islink(path):
            for child in os.listdir(path):
                self._hide(f"{path}/{child}", child)

    def _make_folders(self, folder: str) -> None:
        if folder == self.root:
            return
        if os.path.lexists(folder) and not os.path.isdir(folder):
            if folder in self._fresh:
                raise NotADirectoryError(folder)
            self._remove(folder)
        if not os.path.isdir(folder):
            self._make_folders(os.path.dirname(folder))
            Path(folder).mkdir(mode=0o755)
            self._note(folder)

    def _inside(self, path: str) -> str:
        """Return where a path leads, all links followed as if the folder were the root."""
        place, links, ahead = "", 0, path
        while ahead:
            name, _, ahead = ahead.partition("/")
            step = os.path.normpath(f"/{place}/{name}").replace("//", "/")
            if step == "/":
                place = ""
                continue
            if not os.path.islink(self.root + step):
                place = step.strip("/")
                continue
            links += 1
            if links > _MAX_LINKS:
                raise OSError("too many links")
            target = os.readlink(self.root + step)
            place = "" if target.startswith("/") else place
            ahead = f"{target}/{ahead}"
        return f"{self.root}/{place}".rstrip("/")


def _seen(path: str) -> Seen:
    mode = os.lstat(path).st_mode
    if stat.S_ISLNK(mode):
        return Seen("symlink", os.readlink(path))
    if stat.S_ISDIR(mode):
        return Seen("directory")
    return Seen("broken") if stat.S_ISFIFO(mode) else Seen("file", Path(path).read_text())


def unpacked(root: Path, archives: Iterable[bytes]) -> NaiveImage:
    """Return an image, unpacked."""
    image = NaiveImage(root)
    for archive in archives:
        image.apply(archive)
    return image
