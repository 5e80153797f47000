"""What GNU tar writes, and lists, is what is read."""

from __future__ import annotations

import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from tests.core.oci.layers.tar_cases import scan

from portcall.oci.layers.entry import LayerEntry

TAR = shutil.which("gtar") or shutil.which("tar") or ""
KINDS = {"-": "file", "d": "directory", "l": "symlink", "h": "hardlink", "p": "fifo"}
WAYS = {
    "v7": ["--format=v7", "--exclude=pipe"],
    "oldgnu": ["--format=oldgnu", "--sparse"],
    "gnu": ["--format=gnu", "--sparse"],
    "ustar": ["--format=ustar"],
    "posix": ["--format=posix"],
    "sparse 0.0": ["--format=posix", "--sparse", "--sparse-version=0.0"],
    "sparse 0.1": ["--format=posix", "--sparse", "--sparse-version=0.1"],
    "sparse 1.0": ["--format=posix", "--sparse", "--sparse-version=1.0"],
}


@pytest.fixture(scope="module")
def gnu_tar() -> str:
    version = subprocess.run([TAR or "tar", "--version"], capture_output=True, check=False) if TAR else None
    if version is None or b"GNU tar" not in version.stdout:
        pytest.skip("GNU tar is not installed")
    return TAR


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    (root / "usr/lib").mkdir(parents=True)
    (root / "usr/lib/hello.txt").write_bytes(b"hello\n" * 200)
    (root / "usr/lib/empty").touch()
    (root / "lib").symlink_to("usr/lib")
    (root / "zz").hardlink_to(root / "usr/lib/hello.txt")
    os.mkfifo(root / "pipe")
    with (root / "disk.img").open("wb") as disk:
        for number in range(40):
            disk.seek(number * 65536)
            disk.write(b"%d" % number)
        disk.truncate(50 * 65536)
    for path in (root / "usr/lib/hello.txt", root / "usr"):
        os.utime(path, (1_000_000_000, 1_000_000_000.7))
    return root


def listed(line: str) -> tuple[str, str, int, str | None]:
    """Return what a line of the listing says: ``-rw-r--r-- 0/0 6 2001-09-09 01:46 name``."""
    kind, size, name = KINDS[line[0]], line.split()[2], line.split(maxsplit=5)[5]
    name, _, target = name.partition({"symlink": " -> ", "hardlink": " link to "}.get(kind, "\0"))
    return name.removeprefix("./").rstrip("/").lstrip("."), kind, int(size), target.removeprefix("./") or None


def row(entry: LayerEntry) -> tuple[str, str, int, str | None]:
    return entry.path, entry.kind, entry.size, entry.target


@pytest.mark.parametrize("way", WAYS)
def test_what_gnu_tar_writes_is_read_as_it_lists_it(way: str, gnu_tar: str, tree: Path, tmp_path: Path):
    path = tmp_path / "a.tar"
    subprocess.run([gnu_tar, "-cf", path, "--sort=name", *WAYS[way], "-C", tree, "."], check=True)
    command = [gnu_tar, "-tvf", path, "--numeric-owner"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()

    index = scan(path.read_bytes()).index

    assert [row(entry) for entry in index.entries] == [listed(line) for line in told]
    for entry in index.entries:
        if entry.kind == "file":
            assert entry.digest == sha256((tree / entry.path).read_bytes()).digest(), entry.path
    assert next(entry.mtime for entry in index.entries if entry.path == "usr") == 1_000_000_000
