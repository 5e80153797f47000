"""Where the installed portcall came from, as PEP 610 has it, and as it is written into files that others read."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlsplit
from urllib.request import url2pathname

if TYPE_CHECKING:
    from urllib.parse import SplitResult

_INDEX = "portcall"
#: A login that is no secret: who signs in over SSH does so with a key.
_SSH_LOGIN = re.compile(r"[A-Za-z0-9._-]+\Z")
#: What pip and uv take as it is: neither reads escapes there.
_REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]*\Z")
_VCS = frozenset({"git", "hg", "svn", "bzr"})


@dataclass(frozen=True, slots=True)
class Origin:
    """What uvx and pipx fetch to have this portcall.

    Args:
        requirement: Where it came from, without anything secret; its name where that was an index.
        remark: What to know about it; a clause, empty where there is nothing.
    """

    requirement: str
    remark: str = ""

    @classmethod
    def of(cls, direct_url: str | None) -> Self:
        """Return the origin that a ``direct_url.json`` tells; ``None`` is that of an index.

        Source: PEP 610, and pip's documentation on VCS support for ``@`` and ``#subdirectory=``.
        """
        if direct_url is None:
            return cls(_INDEX)
        try:
            told = json.loads(direct_url)
            parts = urlsplit(told["url"])
            requirement = _requirement(parts, told)
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            return cls(
                _INDEX, "where this portcall came from cannot be told, so the entry takes it from the index"
            )
        if parts.password or parts.query or (parts.username and not _keeps_login(parts)):
            return cls(
                requirement,
                "this portcall came from a URL with a login or a query, which the entry has not",
            )
        return cls(requirement)


def origin_of_installation() -> str | None:
    """Return the ``direct_url.json`` of the installed distribution; ``None`` where it came from an index."""
    from importlib.metadata import PackageNotFoundError, distribution  # late: mostly nobody asks

    try:
        return distribution("portcall").read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        return ""


def _requirement(parts: SplitResult, told: dict[str, Any]) -> str:
    """Return the requirement.

    Raises:
        ValueError: Nothing can be made of what is told; so do others, where it has not the form of PEP 610.
    """
    vcs, subdirectory = told.get("vcs_info"), told.get("subdirectory")
    if not parts.scheme or not (parts.netloc or parts.scheme == "file"):
        raise ValueError
    if parts.scheme == "file" and not vcs and not subdirectory:
        return url2pathname(parts.path)
    url = parts._replace(netloc=_without_secret(parts), query="", fragment="").geturl()
    if vcs:
        if vcs["vcs"] not in _VCS:
            raise ValueError
        url = f"{vcs['vcs']}+{url}" + (f"@{_revision(vcs)}" if vcs.get("requested_revision") else "")
    return url + (f"#subdirectory={quote(subdirectory)}" if subdirectory else "")


def _revision(vcs: dict[str, Any]) -> str:
    """Return what was asked for, or the commit that it was where a URL cannot hold its name."""
    for name in (vcs["requested_revision"], vcs["commit_id"]):
        if _REVISION.match(name):
            return str(name)
    raise ValueError


def _without_secret(parts: SplitResult) -> str:
    """Return host and port; whatever login was needed is none of a file's that others may read."""
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.username}@{host}" if _keeps_login(parts) else host


def _keeps_login(parts: SplitResult) -> bool:
    return parts.scheme.endswith("ssh") and bool(parts.username and _SSH_LOGIN.match(parts.username))
