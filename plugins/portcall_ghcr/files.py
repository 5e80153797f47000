"""Files of repositories: one by its path, and all paths at once.

Source: gh-spec, ``/repos/{owner}/{repo}/contents/{path}`` and ``/git/trees/{tree_sha}``.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.errors import NotFoundError, TooLargeError
from portcall.plugin import count, mapping, text

if TYPE_CHECKING:
    from portcall_ghcr.api import GitHubApi
    from portcall_ghcr.names import SourceName

_DOCKERFILES = frozenset({"dockerfile", "containerfile"})
#: Folders where Dockerfiles of a product are, before others; and where others' or trial ones are.
_LIKELY = frozenset({"docker", ".docker", "build", "container", "containers", "deploy", "package"})
_UNLIKELY = frozenset({"vendor", "node_modules", "third_party", "test", "tests", "examples", "example"})


@dataclass(frozen=True, slots=True)
class File:
    """A file.

    Args:
        path: From the top of the repository.
        content: Its bytes.
        warnings: What the reader has to know.
    """

    path: str
    content: bytes
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The Dockerfiles of a repository.

    Args:
        sizes: Bytes by path, the likeliest first.
        is_cut: Whether GitHub told some of the paths alone.
        warnings: What the reader has to know.
    """

    sizes: dict[str, int | None]
    is_cut: bool
    warnings: tuple[str, ...] = ()


async def read_file(api: GitHubApi, name: SourceName, path: str, revision: str | None) -> File | None:
    """Return a file as anybody may read it; ``None`` where there is a directory.

    Raises:
        NotFoundError: There is no such repository, revision or file, or it is hidden; or what is there is
            no file: a submodule, or a link that leads nowhere.
        TooLargeError: It has more than a megabyte, which no Dockerfile has.
    """
    what = f"file {path} of {name.full}"
    query = {"ref": revision} if revision else None
    told = await api.ask((*name.api_path, "contents", *path.split("/")), query, what=what, anonymous=True)
    if isinstance(told.document, list):
        return None
    kind, encoding = told.document.get("type"), told.document.get("encoding")
    if kind in {"symlink", "submodule"}:
        raise NotFoundError(
            f"what is at {path} of {name.full} is a {kind}, and no file of that repository",
            hint="Look where it leads.",
            registry=api.registry,
        )
    if encoding == "none":
        raise TooLargeError(f"the {what} is too large", hint="No Dockerfile is.", registry=api.registry)
    content = text(told.document.get("content")) or ""
    if kind != "file" or encoding != "base64":
        raise api.nonsense(what)
    try:
        return File(path, base64.b64decode(content), told.warnings)
    except (binascii.Error, ValueError) as error:
        raise api.nonsense(what) from error


async def find_dockerfiles(
    api: GitHubApi, name: SourceName, revision: str | None = None, *, anonymous: bool = False
) -> Found:
    """Return the Dockerfiles of a repository by their names; the default branch's without a revision.

    Args:
        api: The API.
        name: The repository.
        revision: Commit, tag or branch.
        anonymous: Whether no token is shown for it.

    Raises:
        NotFoundError: There is no such repository or revision, it is hidden, or nothing was committed yet.
    """
    what = f"tree of {name.full}"
    tree = (*name.api_path, "git", "trees", revision or "HEAD")
    told = await api.ask(tree, {"recursive": "1"}, what=what, anonymous=anonymous)
    entries = map(mapping, api.rows(told, what, "tree"))
    files = {path: count(entry.get("size")) for entry in entries if (path := _file(entry)) and is_dockerfile(path)}
    is_cut = mapping(told.document).get("truncated") is True
    return Found({path: files[path] for path in sorted(files, key=_unlikeliness)}, is_cut, told.warnings)


def is_dockerfile(path: str) -> bool:
    """Tell whether a file is called as Dockerfiles are: ``Dockerfile.prod``, ``app.Dockerfile``."""
    name = path.rpartition("/")[2].lower()
    if name.endswith(".dockerignore"):
        return False
    return name.partition(".")[0] in _DOCKERFILES or name.rpartition(".")[2] in _DOCKERFILES


def _file(entry: dict[str, object]) -> str | None:
    return text(entry.get("path")) if entry.get("type") == "blob" else None


def _unlikeliness(path: str) -> tuple[object, ...]:
    *folders, name = path.lower().split("/")
    rank = 0 if not folders else 2 - (folders[0] in _LIKELY)
    return (any(folder in _UNLIKELY for folder in folders), rank, len(folders), name not in _DOCKERFILES, path)
