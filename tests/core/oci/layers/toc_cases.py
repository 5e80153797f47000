"""A tree with one of everything, layers that hold it, and what fetches their bytes.

Run as a program it writes the tree as a tar archive, of which the layers in ``data`` were made.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from portcall.digest import digest_of
from portcall.oci.descriptor import Descriptor
from portcall.oci.layers.bounds import Bounds
from portcall.oci.layers.entry import LayerEntry
from portcall.oci.layers.index import LayerIndex
from portcall.oci.layers.toc import read_part, read_toc
from portcall.testing import (
    Layer,
    device,
    directory,
    executable,
    fifo,
    file,
    hardlink,
    symlink,
    tar_of,
)

DATA = Path(__file__).parent / "data"
LINES = "".join(f"{number} bottles\n" for number in range(900)).encode()

#: In exactly this order; no name twice.
TREE: list[tuple[str, Any]] = [
    ("./", directory(mode=0o755)),
    ("./etc", directory()),
    ("./etc/os-release", file(b"ID=debian\nVERSION_ID=12\n", mtime=1714564801)),
    ("./etc/motd", file(b"", mode=0o600, uid=7, gid=8)),
    ("./bin", symlink("usr/bin")),
    ("./usr", directory()),
    ("./usr/bin", directory()),
    ("./usr/bin/sudo", executable(b"\x7fELF" * 40, mode=0o4755)),
    ("./usr/bin/doas", hardlink("./usr/bin/sudo")),
    ("./usr/share", directory(mode=0o1777)),
    ("./usr/share/lines", file(LINES, xattrs={"user.comment": "many"})),
    ("./usr/share/holes", file(b"before" + bytes(5000) + b"after" + bytes(2000))),
    ("./usr/share/grüße", file("hallo\n")),
    ("./dev", directory()),
    ("./dev/null", device("character", 1, 3, mode=0o666)),
    ("./dev/sda", device("block", 8, 0)),
    ("./run", fifo()),
    ("./opt", directory()),
    ("./opt/.wh.old", file()),
    ("./opt/.wh..wh..opq", file()),
]
ARCHIVE = tar_of(TREE)
#: What is in its files, by path.
FILES = {name.removeprefix("./"): node.content for name, node in TREE if node.kind == "file"}

_Result = TypeVar("_Result")


@dataclass
class Stored:
    """A layer as a registry stores it; ``asked`` lists the ranges that were fetched from it."""

    layer: Layer
    asked: list[tuple[int, int]] = field(default_factory=list)

    async def fetch(self, start: int, length: int) -> bytes:
        assert start >= 0
        assert length > 0
        assert start + length <= self.layer.size, "a range that leads out of the layer"
        self.asked.append((start, length))
        return self.layer.blob[start : start + length]

    @property
    def fetched(self) -> int:
        return sum(length for _, length in self.asked)

    @property
    def descriptor(self) -> Descriptor:
        return Descriptor.parse(self.layer.descriptor())

    def toc(self, bounds: Bounds | None = None) -> LayerIndex | None:
        return run(read_toc(self.descriptor, self.fetch, bounds or Bounds()))

    def index(self) -> LayerIndex:
        found = self.toc()
        assert found is not None
        return found

    def part(self, index: LayerIndex, path: str, start: int = 0, length: int = 1 << 20) -> bytes:
        numbers = [number for number, entry in enumerate(index.entries) if entry.path == path]
        return run(read_part(index, numbers[-1], start, length, self.fetch))


def expected() -> list[LayerEntry]:
    """What any reader has to tell of :data:`TREE`."""
    return [
        LayerEntry(
            path=name.removeprefix("./"),
            kind=node.kind,
            size=len(node.content),
            mode=node.mode,
            uid=node.uid,
            gid=node.gid,
            mtime=node.mtime,
            target=node.target.removeprefix("./") or None,
            digest=sha256(node.content).digest() if node.kind == "file" else None,
        )
        for name, node in TREE
    ]


def run(work: Awaitable[_Result]) -> _Result:
    async def main() -> _Result:
        return await work

    return asyncio.run(main())


def altered(layer: Layer, blob: bytes, annotations: Mapping[str, str] | None = None) -> Layer:
    """Return a layer with other bytes, or other annotations."""
    told = layer.annotations if annotations is None else annotations
    return Layer(blob, layer.diff_id, layer.compression, annotations=told)


def real(name: str) -> Layer:
    """Return a layer of :data:`TREE` that the format's own library wrote."""
    told = json.loads((DATA / f"{name}.json").read_text())
    blob = (DATA / f"{name}.blob").read_bytes()
    return Layer(blob, digest_of(ARCHIVE), "gzip" if "estargz" in name else "zstd", annotations=told)


if __name__ == "__main__":
    sys.stdout.buffer.write(ARCHIVE)
