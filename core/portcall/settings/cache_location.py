"""``cache.url``: where replies are to be kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from urllib.parse import SplitResult

_CHOICES = "use memory://, disk:///path, disk:// (your own cache folder), redis://host:port/db or rediss://…"
_DEFAULT_PORT = 6379


@dataclass(frozen=True, slots=True)
class DiskLocation:
    """A folder; ``None`` for the one that the platform gives each user for such things."""

    folder: Path | None


@dataclass(frozen=True, slots=True)
class RedisLocation:
    """A database of a Redis server.

    Args:
        host: Its name or address.
        port: Its port.
        database: The database's number.
        username: Of an ACL's user, where there are any.
        password: What it asks for, if anything.
        tls: Whether to speak TLS (``rediss://``).
        ca_file: PEM file of the authority to trust (``?ca_file=/path``); else the system's.
    """

    host: str
    port: int = _DEFAULT_PORT
    database: int = 0
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca_file: str | None = None

    @property
    def where(self) -> str:
        """Its URL without user name and password."""
        scheme = "rediss" if self.tls else "redis"
        masked = "***@" if self.username or self.password else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{masked}{host}:{self.port}/{self.database}"


def parse_location(url: str) -> DiskLocation | RedisLocation | None:
    """Return where ``url`` says that replies are kept; ``None`` for this process's memory alone.

    Raises:
        ValueError: It names no such place. Nothing of the URL is repeated: it may hold a password.
    """
    if url == "memory://":
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refusal("cannot be read; what is special in a password has to be percent-encoded") from None
    if parts.scheme == "disk" and url.startswith("disk://"):
        return _disk(parts)
    if parts.scheme in ("redis", "rediss"):
        return _redis(parts, port)
    raise _refusal("names no place that portcall knows")


def _disk(parts: SplitResult) -> DiskLocation:
    if parts.netloc:
        raise _refusal("names a host: a folder's URL has three slashes")
    if parts.query or parts.fragment:
        raise _refusal("has a ? or a #: in a folder's name they are written %3F and %23")
    path = unquote(parts.path)
    if "\0" in path or (path and not path.strip("/.")):
        raise _refusal("names no folder that could be portcall's own")
    return DiskLocation(Path(path) if path else None)


def _redis(parts: SplitResult, port: int | None) -> RedisLocation:
    if not parts.hostname:
        raise _refusal("names no host")
    database = parts.path.removeprefix("/") or "0"
    if not (database.isascii() and database.isdigit() and len(database) < 6):
        raise _refusal("names no database: after the host comes its number")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    ca_file = options.pop("ca_file", None)
    if options or parts.fragment or (ca_file is not None and parts.scheme != "rediss"):
        raise _refusal("has options that portcall does not know; there is ca_file alone, with rediss://")
    return RedisLocation(
        unquote(parts.hostname),
        port or _DEFAULT_PORT,
        int(database),
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
        parts.scheme == "rediss",
        ca_file,
    )


def _refusal(reason: str) -> ValueError:
    return ValueError(f"{reason}; {_CHOICES}")
