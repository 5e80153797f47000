"""Shelves: the places where credentials are stored, one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from portcall.credentials.note import CredentialNote
from portcall.credentials.provider import CredentialProvider, ProviderAnswers, ProviderCredentials, matches
from portcall.http.upstream import Credentials, CredentialSource
from portcall.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portcall.reference import Prefix

#: Credentials that are known, or where to ask for them.
Held: TypeAlias = Credentials | CredentialSource

_log = get_logger("portcall.credentials")


class Shelf:
    """One place where credentials may be; by default there are none, and nothing to find out."""

    @property
    def prefixes(self) -> frozenset[Prefix]:
        """What the operator stored credentials for here."""
        return frozenset()

    @property
    def notes(self) -> tuple[CredentialNote, ...]:
        """What was found, and what is wrong."""
        return ()

    @property
    def edition(self) -> int:
        """Grows whenever something else is here than before."""
        return 0

    @property
    def is_due(self) -> bool:
        """Whether :meth:`load` would find something out."""
        return False

    @property
    def unasked(self) -> str:
        """Why it is not known what is here, as a clause; empty where it is."""
        return ""

    def holding(self, prefix: Prefix) -> Sequence[Held]:
        """Return what covers ``prefix``, the longest key's first."""
        return ()

    async def load(self) -> None:
        """Find out what else is here, where that takes asking; never fails."""

    async def aclose(self) -> None:
        """Stop whatever is being asked."""


class VariableShelf(Shelf):
    """Credentials that the environment holds for one registry.

    Args:
        prefix: The registry.
        credentials: Its credentials.
    """

    def __init__(self, prefix: Prefix, credentials: Credentials) -> None:
        self._prefix = prefix
        self._credentials = credentials

    @property
    def prefixes(self) -> frozenset[Prefix]:
        """The registry."""
        return frozenset({self._prefix})

    @property
    def notes(self) -> tuple[CredentialNote, ...]:
        """That they are there."""
        return (CredentialNote(self._credentials.source, hosts=(str(self._prefix),)),)

    def holding(self, prefix: Prefix) -> Sequence[Held]:
        """Return them, for their registry."""
        return (self._credentials,) if self._prefix.covers(prefix.registry, prefix.path) else ()


class UnfitShelf(Shelf):
    """A place that holds nothing of use, and why.

    Args:
        note: What is wrong with it.
    """

    def __init__(self, note: CredentialNote) -> None:
        self._note = reported(note)

    @property
    def notes(self) -> tuple[CredentialNote, ...]:
        """What is wrong with it."""
        return (self._note,)


class ProviderShelf(Shelf):
    """A plugin that knows credentials. What it knows is its own: the operator stored nothing there.

    Args:
        provider: The plugin's part.
    """

    def __init__(self, provider: CredentialProvider) -> None:
        self._provider = provider
        self._patterns = tuple(provider.patterns)
        self._answers = ProviderAnswers()

    @property
    def notes(self) -> tuple[CredentialNote, ...]:
        """The hosts that it declares."""
        return (CredentialNote(f"plugin {self._provider.name}", hosts=self._patterns),)

    def holding(self, prefix: Prefix) -> Sequence[Held]:
        """Return where to ask, for a host that it declared."""
        if not matches(self._patterns, prefix.registry):
            return ()
        return (ProviderCredentials(self._provider, prefix.registry, answers=self._answers),)

    async def aclose(self) -> None:
        """Stop asking it."""
        await self._answers.aclose()


def reported(note: CredentialNote) -> CredentialNote:
    """Return a note of something that is wrong, having logged it."""
    _log.warning("credentials_unusable", source=note.source, problem=note.problem, hint=note.hint)
    return note
