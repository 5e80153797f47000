"""``cache.url``: where replies are to be kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from portcall.settings.redis_location import RedisLocation, redis_location

if TYPE_CHECKING:
    from urllib.parse import SplitResult

__all__ = ["DiskLocation", "RedisLocation", "parse_location"]

_CHOICES = "use memory://, disk:///path, disk:// (your own cache folder), redis://host:port/db or rediss://…"


@dataclass(frozen=True, slots=True)
class DiskLocation:
    """A folder; ``None`` for the one that the platform gives each user for such things."""

    folder: Path | None


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
        try:
            return redis_location(parts, port)
        except ValueError as error:
            raise _refusal(str(error)) from None
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


def _refusal(reason: str) -> ValueError:
    return ValueError(f"{reason}; {_CHOICES}")
