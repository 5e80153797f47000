"""A database of a Redis server, as ``cache.url`` and ``auth.store`` name it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

if TYPE_CHECKING:
    from urllib.parse import SplitResult

_DEFAULT_PORT = 6379


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


def redis_location(parts: SplitResult, port: int | None) -> RedisLocation:
    """Return the database that a URL names, ``redis://[user:password@]host[:port][/db]`` or ``rediss://…``.

    Args:
        parts: The URL's.
        port: Its port, which reading may fail.

    Raises:
        ValueError: It names none; nothing of it is repeated.
    """
    if not parts.hostname:
        raise ValueError("names no host")
    database = parts.path.removeprefix("/") or "0"
    if not (database.isascii() and database.isdigit() and len(database) < 6):
        raise ValueError("names no database: after the host comes its number")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    ca_file = options.pop("ca_file", None)
    if options or parts.fragment or (ca_file is not None and parts.scheme != "rediss"):
        raise ValueError("has options that portcall does not know; there is ca_file alone, with rediss://")
    return RedisLocation(
        unquote(parts.hostname),
        port or _DEFAULT_PORT,
        int(database),
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
        parts.scheme == "rediss",
        ca_file,
    )
