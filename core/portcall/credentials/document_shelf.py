"""The shelf that a document is: its own entries, its helpers, and the store that holds the others."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from portcall.credentials.helper import HelperCredentials
from portcall.credentials.key import HUB_KEY, prefix_of_key
from portcall.credentials.note import CredentialNote
from portcall.credentials.shelf import Shelf, reported
from portcall.errors import UnauthorizedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from portcall.credentials.document import Document
    from portcall.credentials.helper import Helper
    from portcall.credentials.shelf import Held
    from portcall.reference import Prefix

#: Seconds until a store that could not tell what it holds is asked again: somebody may have unlocked it.
RETRY_AFTER = 60.0

_MEND = "The other entries count. Correct this one, or log in to its registry again."


class DocumentShelf(Shelf):
    """What one document holds.

    A key's own helper outranks the store, and the store what the document itself holds under the key: that
    was written before the store was there.

    Args:
        source: Where the document is, for people.
        document: What it says.
        helper_named: Gives the helper of a name; the same one each time.
        notes: What is to be said about the place.
        clock: Where the time comes from, in seconds; never set back.
    """

    def __init__(
        self,
        source: str,
        document: Document,
        helper_named: Callable[[str], Helper],
        notes: Sequence[CredentialNote] = (),
        *,
        clock: Callable[[], float],
    ) -> None:
        self._source = source
        self._document = document
        self._helper_named = helper_named
        self._store = helper_named(document.store) if document.store else None
        self._clock = clock
        self._listed: dict[str, str] | None = None
        self._unlisted: CredentialNote | None = None
        self._list_at = -math.inf
        self._edition = 0
        self._logins = self._collected()
        self._problems = [*notes, *(reported(CredentialNote(source, fault, _MEND)) for fault in document.faults)]
        self._problems += self._missing_helpers()

    @property
    def prefixes(self) -> frozenset[Prefix]:
        """All that there is a login for, here, with a helper or in the store."""
        return frozenset(self._logins)

    @property
    def notes(self) -> tuple[CredentialNote, ...]:
        """What it holds credentials for, and what is wrong."""
        hosts = tuple(sorted(map(str, self._logins)))
        held = [CredentialNote(self._source, hosts=hosts)] if hosts else []
        return (*held, *self._problems, *([self._unlisted] if self._unlisted else []))

    @property
    def edition(self) -> int:
        """Grows whenever its store tells something else."""
        return self._edition

    @property
    def is_due(self) -> bool:
        """Whether its store has yet to list what it holds, and is to be asked now."""
        waits = self._store is not None and self._listed is None and not self._store.problem
        return waits and self._clock() >= self._list_at

    @property
    def unasked(self) -> str:
        """Why its store could not tell what it holds."""
        return self._unlisted.problem if self._unlisted else ""

    def holding(self, prefix: Prefix) -> Sequence[Held]:
        """Return what covers ``prefix``, the longest key's first."""
        covering = [key for key in self._logins if key.covers(prefix.registry, prefix.path)]
        return [self._logins[key] for key in sorted(covering, key=lambda key: -key.depth)]

    async def load(self) -> None:
        """Have the store list what it holds: once, or once a minute for as long as it fails."""
        if self._store is None or not self.is_due:
            return
        try:
            self._listed = await self._store.listed()
        except UnauthorizedError as error:
            self._list_at = self._clock() + RETRY_AFTER
            note = CredentialNote(self._source, error.message, error.hint)
            if note != self._unlisted:
                self._unlisted = reported(note)
                self._edition += 1
        else:
            self._unlisted = None
            self._logins = self._collected()
            self._edition += 1

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
