"""What is told of a Redis server that does not work."""

from __future__ import annotations

from portcall.errors import UnreachableError

_AGAIN = "Portcall uses it again as soon as it works."


def _faults() -> tuple[tuple[type[Exception], str, str], ...]:
    """Return kinds of errors, what is the matter with each, and what to do; the first that fits counts."""
    from redis import exceptions  # late: an extra, which those with another store do not have

    return (
        (exceptions.OutOfMemoryError, "is full", "Give it more maxmemory."),
        (exceptions.ReadOnlyError, "is a replica, for reading only", "Name the primary in auth.store."),
        (exceptions.AuthenticationError, "refuses the password", "See user name and password in auth.store."),
        (exceptions.NoPermissionError, "refuses a command to this user", "Allow it in the server's ACL."),
        (exceptions.ResponseError, "refuses to keep state", "See its log; version 6.2 or later is needed."),
        (Exception, "does not answer", "See that the server that auth.store names runs and can be reached."),
    )


def told(error: Exception, where: str) -> UnreachableError:
    """Return what callers are told: no password, no key, nothing that was to be kept.

    Args:
        error: What the client raised.
        where: The server's address, for people.
    """
    problem, step = next((problem, step) for kind, problem, step in _faults() if isinstance(error, kind))
    return UnreachableError(f"the state in {where} {problem} ({type(error).__name__})", hint=f"{step} {_AGAIN}")
