"""Scopes: what of a registry's wishes is asked of its token service.

A challenge names the scope that its registry wants to see. It is followed, for only the registry knows
(ACR lists tags to ``metadata_read``, a mirror names the repository as its source does), but within bounds:

- Never more than reading: ``push``, ``delete`` and ``*`` are dropped, so that no token of ours can do harm.
- Catalogues only where the request is about one.
- Another repository than the one that is read only where that cannot matter: anonymously, or where the
  registry is its own token service and sees the credentials anyhow. A token service that several
  registries share would make one of them a token that is good at another.
"""

from __future__ import annotations

#: Actions that read. Azure lists tags to the second alone (goharbor/harbor#16947).
_READING = frozenset({"pull", "metadata_read"})


def scopes_to_ask(told: str, needed: str, *, own_only: bool = False) -> tuple[str, ...]:
    """Return the scopes to ask for, sorted.

    Args:
        told: The challenge's ``scope``: several with spaces between; may be empty, or anything else.
        needed: What the request needs by itself; counts where nothing of ``told`` is left.
        own_only: Whether scopes of other repositories are dropped, too.
    """
    kept = {_bounded(scope, needed, own_only=own_only) for scope in told.split()} - {""}
    return tuple(sorted(kept or set(needed.split())))


def _bounded(scope: str, needed: str, *, own_only: bool) -> str:
    if scope == needed:
        return scope
    resource, _, actions = scope.rpartition(":")
    kind, _, name = resource.partition(":")
    if kind.partition("(")[0] != "repository" or not name:
        return ""
    if own_only and resource != needed.rpartition(":")[0]:
        return ""
    reading = sorted(_READING.intersection(actions.split(",")))
    return f"{resource}:{','.join(reading)}" if reading else ""
