"""``auth.store``: where what a server has to remember is to be kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from portcall.settings.redis_location import RedisLocation, redis_location

if TYPE_CHECKING:
    from urllib.parse import SplitResult

__all__ = ["RedisLocation", "SqliteLocation", "parse_state_location"]

_CHOICES = (
    "use sqlite:///path/state.db, sqlite:/// (a file of your own state folder), redis://host:port/db or rediss://…"
)


@dataclass(frozen=True, slots=True)
class SqliteLocation:
    """A file; ``None`` for the one in the folder that the platform gives each user for such things."""

    file: Path | None


def parse_state_location(url: str) -> SqliteLocation | RedisLocation:
    """Return where ``url`` says that state is kept.

    Raises:
        ValueError: It names no such place. Nothing of the URL is repeated: it may hold a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refusal("cannot be read; what is special in a password has to be percent-encoded") from None
    try:
        if parts.scheme == "sqlite" and url.startswith("sqlite://"):
            return _sqlite(parts)
        if parts.scheme in ("redis", "rediss"):
            return redis_location(parts, port)
    except ValueError as error:
        raise _refusal(str(error)) from None
    raise _refusal("names no place that portcall knows")


def _sqlite(parts: SplitResult) -> SqliteLocation:
    if parts.netloc:
        raise ValueError("names a host: a file's URL has three slashes")
    if parts.query or parts.fragment:
        raise ValueError("has a ? or a #: in a file's name they are written %3F and %23")
    # Elsewhere a fourth slash marks an absolute path; here every path is one.
    path = unquote(parts.path).lstrip("/")
    if not path:
        return SqliteLocation(None)
    if "\0" in path or path.endswith("/") or path.rpartition("/")[2] in (".", "..", ":memory:"):
        raise ValueError("names no file that could be portcall's own")
    return SqliteLocation(Path("/", path))


def _refusal(reason: str) -> ValueError:
    return ValueError(f"{reason}; {_CHOICES}")
