"""The shelf that a document is: its own entries, its helpers, and the store that holds the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.credentials.helper import HelperCredentials
from portcall.credentials.key import HUB_KEY, prefix_of_key
from portcall.credentials.note import CredentialNote
from portcall.credentials.shelf import reported
from portcall.errors import UnauthorizedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from portcall.credentials.document import Document
    from portcall.credentials.helper import Helper
    from portcall.credentials.shelf import Held
    from portcall.reference import Prefix

_MEND = "The other entries count. Correct this one, or log in to its registry again."


class DocumentShelf:
    """What one document holds.

    A key's own helper outranks the store, and the store what the document itself holds under the key: that
    was written before the store was there.

    Args:
        source: Where the document is, for people.
        document: What it says.
        helper_named: Gives the helper of a name; the same one each time.
        notes: What is to be said about the place.
    """

    def __init__(
        self,
        source: str,
        document: Document,
        helper_named: Callable[[str], Helper],
        notes: Sequence[CredentialNote] = (),
    ) -> None:
        self._source = source
        self._document = document
        self._helper_named = helper_named
        self._store = helper_named(document.store) if document.store else None
        self._listed: dict[str, str] | None = None
        self._logins = self._collected()
        self._problems = [*notes, *(reported(CredentialNote(source, fault, _MEND)) for fault in document.faults)]
        self._problems += self._missing_helpers()

    @property
    def prefixes(self) -> frozenset[Prefix]:
        """All that the document names, and all that its store lists."""
        named = {entry.prefix for entry in self._document.entries}
        helped = {entry.prefix for entry in self._document.helpers}
        return frozenset(named | helped | self._logins.keys())

    @property
    def notes(self) -> tuple[CredentialNote, ...]:
        """What it holds credentials for, and what is wrong."""
        hosts = tuple(sorted(map(str, self._logins)))
        return ((CredentialNote(self._source, hosts=hosts),) if hosts else ()) + tuple(self._problems)

    def holding(self, prefix: Prefix) -> Sequence[Held]:
        """Return what covers ``prefix``, the longest key's first."""
        covering = [key for key in self._logins if key.covers(prefix.registry, prefix.path)]
        return [self._logins[key] for key in sorted(covering, key=lambda key: -key.depth)]

    async def load(self) -> None:
        """Have the store list what it holds, once."""
        if self._store is None or self._listed is not None or self._store.problem:
            return
        self._listed = {}
        try:
            self._listed = await self._store.listed()
        except UnauthorizedError as error:
            self._problems.append(reported(CredentialNote(self._source, error.message, error.hint)))
        except BaseException:
            self._listed = None
            raise
        self._logins = self._collected()

    def _collected(self) -> dict[Prefix, Held]:
        entries, helpers = self._document.entries, self._document.helpers
        found: dict[Prefix, Held] = {entry.prefix: entry.credentials for entry in entries if entry.credentials}
        without_store = {entry.prefix for entry in helpers if not entry.helper}
        found |= {prefix: held for prefix, held in self._stored().items() if prefix not in without_store}
        for entry in helpers:
            if entry.helper:
                helper = self._helper_named(entry.helper)
                found[entry.prefix] = HelperCredentials(helper, entry.key, entry.prefix.registry)
        return found

    def _stored(self) -> dict[Prefix, Held]:
        """Return what the store is known to hold, by its list or by the empty entries that stand for it."""
        if self._store is None:
            return {}
        empty = {entry.prefix: entry.key for entry in self._document.entries if entry.credentials is None}
        found: dict[Prefix, Held] = {
            prefix: HelperCredentials(self._store, key, prefix.registry) for prefix, key in empty.items()
        }
        # Of two keys for the same registry the document's own is read last, and before it Docker's.
        listed = self._listed or {}
        for key in sorted(listed, key=lambda key: (key in empty.values(), key == HUB_KEY, key)):
            prefix = prefix_of_key(key)
            if prefix is not None:
                found[prefix] = HelperCredentials(self._store, key, prefix.registry, listed[key])
        return found

    def _missing_helpers(self) -> list[CredentialNote]:
        names = dict.fromkeys(entry.helper for entry in self._document.helpers if entry.helper)
        helpers = [self._helper_named(name) for name in dict.fromkeys((self._document.store, *names)) if name]
        return [
            reported(
                CredentialNote(
                    self._source, f"{helper.program} {helper.problem}", f"Install it, or correct {self._source}."
                )
            )
            for helper in helpers
            if helper.problem
        ]
