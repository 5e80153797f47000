"""Where replies outlive the process: on a disk for one machine, in Redis for replicas.

A store holds named bytes and knows nothing of replies: :mod:`portcall.http.stores.entry` says what is in them,
:class:`portcall.http.replies.ReplyCache` what may be kept, under which name, sealed or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.http.stores.store import MAX_ENTRY_BYTES, ReplyStore, StoreInfo, StoreRefusesError
from portcall.logs import get_logger
from portcall.seal import Seal
from portcall.settings.cache_location import DiskLocation, parse_location

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "MAX_ENTRY_BYTES",
    "ReplyStore",
    "StoreInfo",
    "StoreRefusesError",
    "open_seal",
    "open_store",
]

_HINT = "Private answers stay in memory. See that cache.url names a folder that you may write to."

_log = get_logger("portcall.http.stores")


def open_store(url: str, max_bytes: int) -> ReplyStore | None:
    """Return the store that ``url`` names; ``None`` for ``memory://``.

    Args:
        url: ``cache.url`` of the configuration.
        max_bytes: Ceiling of what a folder holds; a Redis server has a ``maxmemory`` of its own.

    Raises:
        ConfigurationError: The place is not safe to use, or its client is missing.
        ValueError: It names no such place; the settings refuse it earlier.
    """
    location = parse_location(url)
    if location is None:
        return None
    # Late: whoever keeps replies in memory loads neither of them.
    if isinstance(location, DiskLocation):
        from portcall.http.stores.disk import DiskStore

        return DiskStore(location.folder or _own_folder(), max_bytes)
    from portcall.http.stores.redis import RedisStore

    return RedisStore(url)


def open_seal(url: str, key: str | None) -> Seal | None:
    """Return the seal for private replies in the store that ``url`` names.

    Args:
        url: ``cache.url`` of the configuration.
        key: The operator's own, if there is one. A folder else has a key file of its own; without a key nothing
            that is private goes to Redis.

    Returns:
        ``None`` also where the folder's own key can be neither read nor made: such a folder keeps nothing, or
        nothing that is private, which is no reason not to start.

    Raises:
        ConfigurationError: The key is too short, or its file is not one to rely on.
    """
    if key:
        return Seal.from_text(key)
    location = parse_location(url)
    if not isinstance(location, DiskLocation):
        return None
    path = (location.folder or _own_folder()) / "key"
    try:
        return Seal.from_file(path)
    except OSError as error:
        _log.warning("cache_not_sealed", path=str(path), error=error.strerror or type(error).__name__, hint=_HINT)
        return None


def _own_folder() -> Path:
    from platformdirs import user_cache_path  # late: mostly a folder is named

    return user_cache_path("portcall") / "replies"
