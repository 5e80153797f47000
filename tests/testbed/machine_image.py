"""An image of files of this very machine, in three layers that GNU tar has written.

Nothing of it is made by the code that it tests: modes, times, links and holes are the file system's, the archives
are GNU tar's, each in another format. What machines differ in does not matter, as both who read it read the same.
"""

from __future__ import annotations

import encodings
import os
import shutil
import stat
from pathlib import Path

from tests.testbed.layout import run
from tests.testbed.process import require_binary

from portcall.testing.images import BuiltImage, image, layer

#: Real trees, where they are: many small files, links of both kinds, and names in other alphabets.
_TREES = ("/etc/alternatives", "/etc/default", "/etc/skel", "/usr/share/zoneinfo/Europe", "/usr/share/i18n")
_FILES = ("/etc/os-release", "/etc/debian_version", "/etc/passwd", "/etc/group", "/etc/services", "/bin/true")
#: Files of a tree that are taken; what is left out is more of the same.
_MOST = 60
_MIB = 1 << 20


def machine_image(folder: Path, *, old_holes: bool = False) -> BuiltImage:
    """Return the image.

    Args:
        folder: An empty one, which may be removed afterwards.
        old_holes: Leaves holes out of the lowest layer too, in GNU's old way, which engines refuse and tar reads.
    """
    lowest, middle, top = (folder / name for name in ("lowest", "middle", "top"))
    _fill_lowest(lowest)
    _fill_middle(middle)
    _fill_top(top)
    archives = (
        _archived(lowest, "--format=gnu", *(["--sparse"] if old_holes else [])),
        _archived(middle, "--format=pax", "--sparse", "--transform=flags=h;s,linked/original,linked/first,"),
        _archived(top, "--format=ustar"),
    )
    first, second, third = (archive.read_bytes() for archive in archives)
    return image(
        [
            layer(tar=first, command="ADD rootfs.tar /"),
            layer(tar=second, command="RUN change-everything", compression="gzip-members"),
            layer(tar=third, command="COPY . /", compression="none"),
        ]
    )


def _fill_lowest(root: Path) -> None:
    for tree in (str(Path(encodings.__file__).parent), *_TREES):
        _copy_tree(Path(tree), root / tree.lstrip("/"))
    for file in map(Path, _FILES):
        if file.is_file():
            _write(root, str(file).lstrip("/"), file.read_bytes(), mode=stat.S_IMODE(file.stat().st_mode))
    _fill_with_oddities(root)
    for name in ("gone/a", "gone/deep/b", "hidden/old", "hidden/sub/old", "kept/old", "gives-way/a", "both"):
        _write(root, name, f"lowest {name}\n".encode() * 40)
    _write(root, "becomes-a-directory", b"a file\n")
    _write(root, "linked/first", b"one file of two names\n")
    os.link(root / "linked/first", root / "linked/second")


def _fill_with_oddities(root: Path) -> None:
    """Write what file systems hold beside plain files."""
    _write(root, "odd/setuid", b"#!/bin/sh\n", mode=0o4755)
    _write(root, "odd/empty", b"")
    _write(root, "odd/old", b"of 1970\n")
    os.utime(root / "odd/old", (1, 1))
    _write(root, "odd/" + "long/" * 12 + "n" * 120, b"names past a hundred letters\n")
    _write(root, "odd/Grüße 日本 \n line", b"names of any letters\n")
    (root / os.fsdecode(b"odd/latin-\xe9")).write_bytes(b"a name that is no UTF-8\n")
    _sparse(root / "odd/sparse")
    (root / "odd/sticky").mkdir(mode=0o755)
    (root / "odd/sticky").chmod(0o1777)
    os.mkfifo(root / "odd/pipe")
    for name, target in {"absolute": "/etc/passwd", "up": "../etc", "loop": "loop", "nowhere": "no/such"}.items():
        (root / "odd" / name).symlink_to(target)
    (root / "usr/lib64").symlink_to("lib")


def _fill_middle(root: Path) -> None:
    for whiteout in ("gone/.wh.a", ".wh.both", "hidden/.wh..wh..opq", "odd/.wh.setuid"):
        _write(root, whiteout, b"")
    _write(root, "hidden/new", b"all that is left\n")
    _write(root, "kept/new", b"beside the old\n")
    _write(root, "becomes-a-directory/inside", b"now a directory\n")
    (root / "gives-way").symlink_to("kept")
    _write(root, "etc/os-release", b"ID=portcall\n")
    # As it is archived, the second of the pair is a link to a file of the layer below.
    _write(root, "linked/original", b"a file of one name\n")
    os.link(root / "linked/original", root / "linked/third")
    _sparse(root / "kept/sparse")
    os.utime(root / "kept/new", ns=(1_700_000_000_123_456_789,) * 2)


def _fill_top(root: Path) -> None:
    _write(root, "both", b"deleted, and written anew\n")
    _write(root, "gone/.wh.deep", b"")
    _write(root, "gone/again", b"into what was emptied\n", mode=0o600)
    _write(root, "odd/setuid", b"back, and harmless\n")


def _copy_tree(source: Path, target: Path) -> None:
    """Copy the first files of a tree, with their times and links; those that may not be read are left out."""
    taken = 0
    for path in sorted(source.rglob("*")):
        there = target / path.relative_to(source)
        if taken == _MOST or "__pycache__" in path.parts or there.exists() or there.is_symlink():
            continue
        if path.is_symlink() or (path.is_file() and os.access(path, os.R_OK)):
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, there, follow_symlinks=False)
            taken += 1


def _sparse(path: Path) -> None:
    """Write a file that is hardly more than holes; more pieces than the oldest header has room for."""
    with path.open("wb") as file:
        file.write(b"begins")
        for at in range(1, 9):
            file.seek(at * _MIB // 4)
            file.write(b"here %d" % at)
        file.truncate(3 * _MIB)


def _write(root: Path, name: str, content: bytes, *, mode: int = 0o644) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)


def _archived(root: Path, *options: str) -> Path:
    archive = root.with_suffix(".tar")
    made = [require_binary("tar"), "--create", "--sort=name", f"--file={archive}", f"--directory={root}"]
    run(*made, *options, ".")
    return archive
