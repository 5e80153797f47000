"""Images unpacked by other people's tools: the oracles of what is inside an image."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.testbed.layout import TAG, run, skopeo_copy
from tests.testbed.process import require_binary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NO_TEXT = re.compile("[\udc80-\udcff]")
_WHITEOUT, _OPAQUE = ".wh.", ".wh..wh..opq"


@dataclass(frozen=True, slots=True)
class Seen:
    """One path as the file system shows it.

    Attributes:
        mode: As ``ls -l`` shows it.
        owner: ``uid:gid``.
        size: Bytes; 0 of all but files.
        modified: Whole seconds since 1970; ``None`` for directories, whose times change while others are unpacked.
        target: A symlink's.
        digest: SHA-256 of a file's contents.
    """

    mode: str
    owner: str
    size: int = 0
    modified: int | None = None
    target: str | None = None
    digest: str | None = None


def by_umoci(layout: Path, folder: Path) -> Path:
    """Return the root that umoci unpacks of an OCI layout's image tagged :data:`TAG`."""
    rootless = [] if os.geteuid() == 0 else ["--rootless"]
    root = folder / "root"
    folder.mkdir(parents=True, exist_ok=True)
    run(require_binary("umoci"), "raw", "unpack", *rootless, "--image", f"{layout}:{TAG}", str(root))
    return root


def by_tar(reference: str, folder: Path) -> Path:
    """Return the root that skopeo and GNU tar make of an image in a registry, layer upon layer."""
    copied, root = folder / "copied", folder / "root"
    root.mkdir(parents=True)
    skopeo_copy("--src-tls-verify=false", "--dest-decompress", f"docker://{reference}", f"dir:{copied}")
    for layer in json.loads((copied / "manifest.json").read_bytes())["layers"]:
        _apply(copied / layer["digest"].partition(":")[2], root)
    return root


def seen(root: Path) -> dict[str, Seen]:
    """Return every path below a root, as it is seen from there."""
    return {_shown(f"/{os.path.relpath(path, root)}"): _look(path) for path in _walk(root)}


def without_owners(tree: Mapping[str, Seen]) -> dict[str, Seen]:
    """Return a tree as somebody unpacks it who may give no file away."""
    return {path: replace(each, owner="") for path, each in tree.items()}


def _apply(archive: Path, root: Path) -> None:
    """Unpack a layer upon those below it: first what it deletes, then what it has."""
    tar = [require_binary("tar"), f"--file={archive}"]
    for name in run(*tar, "--list").splitlines():
        parent, marker = root / Path(name).parent, Path(name).name
        if marker == _OPAQUE:
            for child in list(parent.iterdir()) if parent.is_dir() else []:
                _remove(child)
        elif marker.startswith(_WHITEOUT):
            _remove(parent / marker.removeprefix(_WHITEOUT))
        elif not name.endswith("/") and (root / name).is_dir() and not (root / name).is_symlink():
            _remove(root / name)  # tar replaces no folder by anything else
    how = ["--preserve-permissions", "--numeric-owner", f"--exclude={_WHITEOUT}*"]
    run(*tar, "--extract", f"--directory={root}", *how)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        yield from (Path(folder, name) for name in (*folders, *files))


def _shown(path: str) -> str:
    """Return a path with each byte that is no UTF-8 as two digits."""
    return _NO_TEXT.sub(lambda found: f"\\x{ord(found[0]) - 0xDC00:02x}", path)


def _look(path: Path) -> Seen:
    found = path.lstat()
    made = Seen(stat.filemode(found.st_mode), f"{found.st_uid}:{found.st_gid}")
    if path.is_symlink():
        return replace(made, modified=found.st_mtime_ns // 10**9, target=str(path.readlink()))
    if path.is_dir():
        return made
    made = replace(made, modified=found.st_mtime_ns // 10**9)
    if not path.is_file():
        return made
    with path.open("rb") as file:
        return replace(made, size=found.st_size, digest=hashlib.file_digest(file, "sha256").hexdigest())
