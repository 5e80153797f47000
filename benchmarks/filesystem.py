"""What the images of a benchmark hold: a real Debian, or, where none can be made, files of this machine."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the test bed is no package that is installed

from tests.testbed.debian import debian_tar
from tests.testbed.layout import run

MIB = 1 << 20
_PIECE = MIB
#: Of a machine without mmdebstrap: as much as a Debian has.
_ENOUGH = 120 * MIB
_TAKEN = ("/etc/os-release", "/etc/passwd", "/usr/lib/os-release", "/usr/bin", "/usr/lib", "/usr/share")


def filesystem(folder: Path) -> Path:
    """Return the archive of a system's files, ``etc/os-release`` among them."""
    try:
        return debian_tar()
    except RuntimeError as reason:
        print(f"{reason}; files of this machine take its place")
        return _of_this_machine(folder / "machine.tar")


@dataclass(frozen=True, slots=True)
class PackedLayer:
    """A layer as a file.

    Attributes:
        file: Gzip.
        digest: Of the file.
        diff_id: Of the archive in it.
        unpacked: The archive's size in bytes.
    """

    file: Path
    digest: str
    diff_id: str
    unpacked: int


def packed_layers(archive: Path, size: int, folder: Path) -> Iterator[PackedLayer]:
    """Yield layers that each hold the whole system, at a path of their own, until they are ``size`` bytes."""
    root = folder / "root"
    root.mkdir(parents=True)
    # Devices belong to root alone, and weigh nothing.
    run("tar", "xf", str(archive), "--directory", str(root), "--no-same-owner", "--exclude=./dev/*")
    made, number = 0, 0
    while made < size:
        number += 1
        layer = _packed(root, number, folder / f"layer-{number}.tar.gz")
        made += layer.unpacked
        yield layer


def _packed(root: Path, number: int, file: Path) -> PackedLayer:
    tar = [
        "tar",
        "c",
        "--sort=name",
        f"--directory={root}",
        f"--transform=flags=rh;s,^\\.,./system-{number},",
        ".",
    ]
    plain, count = hashlib.sha256(), 0
    with (
        file.open("wb") as out,
        subprocess.Popen(tar, stdout=subprocess.PIPE) as reading,
        subprocess.Popen(["gzip", "-n", "-6"], stdin=subprocess.PIPE, stdout=out) as packing,
    ):
        assert reading.stdout is not None
        assert packing.stdin is not None
        while piece := reading.stdout.read(_PIECE):
            plain.update(piece)
            count += len(piece)
            packing.stdin.write(piece)
        packing.stdin.close()
    with file.open("rb") as done:
        digest = hashlib.file_digest(done, "sha256").hexdigest()
    return PackedLayer(file, f"sha256:{digest}", f"sha256:{plain.hexdigest()}", count)


def _of_this_machine(archive: Path) -> Path:
    size = 0
    with tarfile.open(archive, "w") as out:
        for path in _files():
            out.add(path, arcname=f".{path}", recursive=False)
            size += path.lstat().st_size
            if size > _ENOUGH:
                break
    return archive


def _files() -> Iterator[Path]:
    for taken in map(Path, _TAKEN):
        found = [taken] if not taken.is_dir() else sorted(path for path in taken.rglob("*") if not path.is_dir())
        yield from (path for path in found if path.is_symlink() or os.access(path, os.R_OK))
