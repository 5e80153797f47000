"""Git's own names for files and directories: SHA-1 of blobs, trees and commits, as GitHub shows them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MODES = {"blob": "100644", "tree": "40000"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a tree.

    Attributes:
        path: From the top of the tree that was asked for.
        kind: File or directory.
        sha: Its name.
        size: Bytes of a file.
    """

    path: str
    kind: Literal["blob", "tree"]
    sha: str
    size: int | None = None

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]

    @property
    def mode(self) -> str:
        """As the API writes it: six digits."""
        return _MODES[self.kind].rjust(6, "0")


@dataclass(frozen=True, slots=True)
class Tree:
    """A directory with all that is below it."""

    files: Mapping[str, bytes]

    @property
    def sha(self) -> str:
        """Its name."""
        lines = sorted(self.entries(), key=lambda entry: entry.name + "/" * (entry.kind == "tree"))
        body = b"".join(
            f"{_MODES[entry.kind]} {entry.name}".encode() + b"\0" + bytes.fromhex(entry.sha) for entry in lines
        )
        return _object_sha("tree", body)

    def entries(self) -> tuple[Entry, ...]:
        """Return what lies in this directory itself, by name."""
        heads = sorted({path.partition("/")[0] for path in self.files})
        return tuple(self._entry(head) for head in heads)

    def everything(self, above: str = "") -> Iterator[Entry]:
        """Yield what lies below, each directory before what is in it."""
        for entry in self.entries():
            yield Entry(above + entry.path, entry.kind, entry.sha, entry.size)
            if entry.kind == "tree":
                yield from self.below(entry.path).everything(f"{above}{entry.path}/")

    def below(self, path: str) -> Tree:
        """Return the directory at a path; an empty one where there is none."""
        prefix = f"{path}/" if path else ""
        return Tree(
            {name.removeprefix(prefix): body for name, body in self.files.items() if name.startswith(prefix)}
        )

    def trees(self) -> Iterator[Tree]:
        """Yield this directory and all below it."""
        yield self
        for entry in self.everything():
            if entry.kind == "tree":
                yield self.below(entry.path)

    def _entry(self, name: str) -> Entry:
        content = self.files.get(name)
        if content is not None:
            return Entry(name, "blob", blob_sha(content), len(content))
        return Entry(name, "tree", self.below(name).sha)


def blob_sha(content: bytes) -> str:
    """Return a file's name."""
    return _object_sha("blob", content)


def commit_sha(tree: Tree, message: str) -> str:
    """Return the name of a commit of a tree; the same one every time."""
    return _object_sha("commit", f"tree {tree.sha}\n\n{message}\n".encode())


def _object_sha(kind: str, body: bytes) -> str:
    return hashlib.sha1(f"{kind} {len(body)}\0".encode() + body, usedforsecurity=False).hexdigest()
