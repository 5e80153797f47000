"""What is told about a place where credentials are stored."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CredentialNote:
    """What was found in one place, or what is wrong with it; never a secret.

    Args:
        source: The place, for people: ``"~/.docker/config.json"``.
        problem: What is wrong, a clause without its full stop; empty where all is well.
        hint: The next step, whole sentences; empty where there is none.
        hosts: The registries, or parts of them, that it holds credentials for; for a plugin the patterns of
            the hosts that it knows about.
        usable: Whether what is there counts all the same.
    """

    source: str
    problem: str = ""
    hint: str = ""
    hosts: tuple[str, ...] = ()
    usable: bool = False
