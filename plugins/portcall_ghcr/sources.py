"""Addresses of source code, as labels and BuildKit's provenance write them.

``https://github.com/acme/app.git``, ``git@github.com:acme/app``, ``https://github.com/acme/app/tree/v1/docker``,
``https://github.com/acme/app.git#refs/heads/main:docker`` (docs.docker.com, "Git repositories as build context").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from portcall.errors import InvalidArgumentError
from portcall_ghcr.names import SourceName

_SSH = re.compile(r"(?:[A-Za-z0-9_.-]+@)?([A-Za-z0-9.-]+):(?!//)(.+)\Z")
_SCHEMES = frozenset({"http", "https", "git", "ssh"})
_PAGES = frozenset({"tree", "blob"})
#: What git forbids in the name of a ref (git-check-ref-format), and what would leave its place.
_NOT_IN_REVISIONS = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|//|@\{")
_NOT_IN_PATHS = re.compile(r"[\x00-\x1f\x7f\\]")
_LONGEST = 1024


@dataclass(frozen=True, slots=True)
class Source:
    """A place in a repository of source code.

    Args:
        host: ``github.com``.
        name: The repository.
        revision: Commit, tag or branch; ``None``: the default branch.
        path: A file or a directory; empty: the top.
    """

    host: str
    name: SourceName
    revision: str | None = None
    path: str = ""

    @classmethod
    def parse(cls, text: str) -> Source | None:
        """Read an address; ``None`` for what is none, whatever it is. Never raises."""
        text = text.strip().removeprefix("git+")
        if len(text) > _LONGEST:
            return None
        ssh = _SSH.match(text)
        if ssh is not None:
            text = f"ssh://{ssh[1]}/{ssh[2]}"
        try:
            url = urlsplit(text if "://" in text else f"https://{text}")
            host = (url.hostname or "").removeprefix("www.")
        except ValueError:
            return None
        if url.scheme not in _SCHEMES or not host:
            return None
        owner, _, rest = unquote(url.path).strip("/").partition("/")
        repository, _, below = rest.partition("/")
        name = SourceName.parse(f"{owner}/{repository.removesuffix('.git')}")
        if name is None:
            return None
        revision, path = _place(below, url.query, unquote(url.fragment))
        return cls(host, name, revision or None, path.strip("/"))

    @property
    def full(self) -> str:
        """``github.com/acme/app``."""
        return f"{self.host}/{self.name.full}"


def _place(below: str, query: str, fragment: str) -> tuple[str, str]:
    """Return revision and path: of BuildKit's fragment, of its newer query, or of a web page's address."""
    if fragment:
        revision, _, path = fragment.partition(":")
        return revision, path
    asked = {name: values[0] for name, values in parse_qs(query).items()}
    if asked.keys() & {"ref", "subdir"}:
        return asked.get("ref", ""), asked.get("subdir", "")
    page, _, rest = below.partition("/")
    if page not in _PAGES:
        return "", ""
    revision, _, path = rest.partition("/")
    return revision, path


def checked_revision(revision: str | None) -> str | None:
    """Return a revision that may be asked for; ``None``: the default branch's.

    Raises:
        InvalidArgumentError: Git has no revision of that name.
    """
    if not revision or not revision.strip():
        return None
    revision = revision.strip()
    if _NOT_IN_REVISIONS.search(revision) or revision.strip("./-") != revision or len(revision) > _LONGEST // 4:
        raise InvalidArgumentError("a revision is none that git could have", hint="Give a commit, tag or branch.")
    return revision


def checked_path(path: str) -> str:
    """Return a path below the top of a repository, without ``./``; empty for the top itself.

    Raises:
        InvalidArgumentError: It leads elsewhere, or is none.
    """
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if ".." in parts or _NOT_IN_PATHS.search(path) or len(path) > _LONGEST:
        raise InvalidArgumentError("a path leaves its repository, or is none", hint="E.g. docker/Dockerfile.")
    return "/".join(parts)
