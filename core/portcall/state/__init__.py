"""What a server for a team remembers: in a file for the processes of one machine, in Redis for replicas.

A store knows nothing of what it keeps. Everything in it has an end, and what strangers can make it keep has a
ceiling as well: members of a group by ``enter``, which refuses when there is no more room; records, such as those
of clients that anybody may register, by :class:`~portcall.state.newest.Newest`, where the oldest make way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.errors import ConfigurationError
from portcall.seal import Seal
from portcall.settings.state_location import SqliteLocation, parse_state_location
from portcall.state.newest import Newest
from portcall.state.record import MAX_VALUE_BYTES
from portcall.state.store import StateStore

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MAX_VALUE_BYTES", "Newest", "StateStore", "open_state", "state_seal"]

_KEY_HINT = (
    "Set PORTCALL_STORE_KEY (or what auth.key_env names), e.g. to what this prints: openssl rand -base64 32"
)


def open_state(url: str) -> StateStore:
    """Return the store that ``url`` names; nothing is opened before it is used.

    Args:
        url: ``auth.store`` of the configuration.

    Raises:
        ConfigurationError: The place is not safe to use, or its client is missing.
        ValueError: It names no such place; the settings refuse it earlier.
    """
    location = parse_state_location(url)
    # Late: who uses one loads the client of no other.
    if isinstance(location, SqliteLocation):
        from portcall.state.sqlite import SqliteState

        return SqliteState(_file_of(location))
    from portcall.state.redis import RedisState

    return RedisState(location)


def state_seal(url: str, key: str | None) -> Seal:
    """Return the seal for what is secret in the store that ``url`` names; it opens nothing that the cache sealed.

    Args:
        url: ``auth.store`` of the configuration.
        key: The operator's own, if there is one; a file else has a key file beside it, made on first use.

    Raises:
        ConfigurationError: There is none for Redis, it is too short, or its file is not one to rely on.
        ValueError: ``url`` names no such place; the settings refuse it earlier.
    """
    location = parse_state_location(url)
    if key:
        seal = Seal.from_text(key)
    elif isinstance(location, SqliteLocation):
        seal = _own_seal(_file_of(location))
    else:
        raise ConfigurationError(
            "auth.store names a Redis server, and there is no key to seal what is secret there", hint=_KEY_HINT
        )
    return Seal(seal.derived("state"))


def _own_seal(file: Path) -> Seal:
    path = file.with_name(f"{file.name}.key")
    try:
        return Seal.from_file(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigurationError(
            f"the key file {path} can be neither read nor made: {reason}", hint=_KEY_HINT
        ) from None


def _file_of(location: SqliteLocation) -> Path:
    if location.file is not None:
        return location.file
    from platformdirs import user_state_path  # late: mostly a file is named

    return user_state_path("portcall") / "state.db"
