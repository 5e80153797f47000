"""The shelf that a file is: read at the start, and again when somebody has logged in since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.credentials.document import Document, UnfitDocumentError
from portcall.credentials.document_shelf import DocumentShelf
from portcall.credentials.file import UnreadableFileError, read_stored
from portcall.credentials.note import CredentialNote
from portcall.credentials.shelf import Shelf, UnfitShelf

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from portcall.credentials.helper import Helper
    from portcall.credentials.shelf import Held
    from portcall.reference import Prefix

#: Seconds between two looks at whether the file has changed.
LOOK_EVERY = 2.0

_MEND = "Correct or remove it; docker login and podman login write it anew."


class FileShelf(Shelf):
    """What a file of Docker's or Podman's holds.

    Args:
        file: Where it is; there may be none.
        source: The same, for people.
        helper_named: Gives the helper of a name; the same one each time.
        must_exist: Whether somebody named it.
        clock: Where the time comes from, in seconds; never set back.
    """

    def __init__(
        self,
        file: Path,
        source: str,
        helper_named: Callable[[str], Helper],
        *,
        must_exist: bool = False,
        clock: Callable[[], float],
    ) -> None:
        self._file = file
        self._source = source
        self._helper_named = helper_named
        self._must_exist = must_exist
        self._clock = clock
        self._editions_before = 0
        self._stamp = self._stamped()
        self._read_now = self._read()

    @property
    def prefixes(self) -> frozenset[Prefix]:
        """All that its document has a login for."""
        return self._read_now.prefixes

    @property
    def notes(self) -> tuple[CredentialNote, ...]:
        """What its document holds, and what is wrong with it."""
        return self._read_now.notes

    @property
    def edition(self) -> int:
        """Grows whenever the file was read anew, and with its document's."""
        return self._editions_before + self._read_now.edition

    @property
    def is_due(self) -> bool:
        """Whether the file is to be looked at, or its document's store to be asked."""
        return self._clock() >= self._look_at or self._read_now.is_due

    @property
    def unasked(self) -> str:
        """Why its document's store could not tell what it holds."""
        return self._read_now.unasked

    def holding(self, prefix: Prefix) -> Sequence[Held]:
        """Return what its document has for ``prefix``."""
        return self._read_now.holding(prefix)

    async def load(self) -> None:
        """Read the file anew, if it was written since; and have the store list what it holds."""
        stamp = self._stamped()
        if stamp != self._stamp:
            self._stamp = stamp
            self._editions_before += self._read_now.edition + 1
            self._read_now = self._read()
        await self._read_now.load()

    def _stamped(self) -> tuple[int, ...] | None:
        """Return what changes when the file does; taken before it is read, lest a change be missed."""
        self._look_at = self._clock() + LOOK_EVERY
        try:
            told = self._file.stat()
        except (OSError, ValueError):
            return None
        return told.st_mtime_ns, told.st_ctime_ns, told.st_size, told.st_ino

    def _read(self) -> Shelf:
        try:
            stored = read_stored(self._file)
            if stored is None:
                return self._missing()
            document = Document.read(stored.text, self._source)
        except UnreadableFileError as error:
            return UnfitShelf(CredentialNote(self._source, f"it {error}", _MEND))
        except UnfitDocumentError as error:
            return UnfitShelf(CredentialNote(self._source, str(error), _MEND))
        notes = [self._open_to_others()] if stored.is_open_to_others and document.holds_secrets else []
        return DocumentShelf(self._source, document, self._helper_named, notes, clock=self._clock)

    def _missing(self) -> Shelf:
        if not self._must_exist:
            return Shelf()
        return UnfitShelf(CredentialNote(self._source, "there is no such file", "Check REGISTRY_AUTH_FILE."))

    def _open_to_others(self) -> CredentialNote:
        return CredentialNote(
            self._source,
            "other users of this machine may read or write it",
            f"Its logins count. Run chmod 600 {self._source}.",
            usable=True,
        )
