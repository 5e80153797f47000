"""What all models share: frozen, strict about their fields, quiet about what is not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, PrivateAttr, SerializerFunctionWrapHandler, model_serializer


class Model(BaseModel):
    """A frozen value with known fields."""

    # What is built when it is first used need not be waited for by whoever starts a server.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class QuietModel(Model):
    """A value whose JSON leaves out what nobody asked for.

    What a registry does not tell is ``null`` in JSON, too; the fields in ``left_out`` are others: there is
    nothing to say in them unless something was asked, or went wrong.
    """

    left_out: ClassVar[frozenset[str]] = frozenset()
    """Fields that JSON has only where they differ from their default."""

    @model_serializer(mode="wrap")
    def _leave_out_the_default(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        told: dict[str, Any] = handler(self)
        fields = type(self).model_fields
        for name in self.left_out:
            if getattr(self, name) == fields[name].default:
                told.pop(name, None)
        return told


class Answer(QuietModel):
    """What every answer may carry beside its own fields."""

    left_out: ClassVar[frozenset[str]] = frozenset({"warnings", "stale", "as_of"})

    warnings: tuple[str, ...] = ()
    """What the reader should know before trusting the rest."""
    stale: bool = False
    """Whether this came from a cache past its time, because the registry could not be asked."""
    as_of: str | None = None
    """When a stale answer was true, RFC 3339."""

    _wording: Callable[[Any], str | None] | None = PrivateAttr(default=None)
    _comes_again: bool = PrivateAttr(default=False)

    @property
    def comes_again(self) -> bool:
        """Whether whoever asks the same again is given this very object, so that its forms are worth keeping."""
        return self._comes_again

    def kept(self) -> Self:
        """Return this answer, which is kept for those who ask the same again."""
        self._comes_again = True
        return self

    @property
    def own_text(self) -> str | None:
        """The answer as Markdown in its plugin's own words, where it has any."""
        return self._wording(self) if self._wording else None

    def worded_by(self, wording: Callable[[Any], str | None] | None) -> Self:
        """Return the same answer, told in these words; where they fail with ``None``, in the usual ones."""
        answer = self.model_copy()
        answer._wording = wording  # noqa: SLF001 - its own
        return answer

    def with_warnings(self, *warnings: str) -> Self:
        """Return the same answer with more warnings."""
        if not warnings:
            return self
        return self.model_copy(update={"warnings": (*self.warnings, *warnings)})


class LongText(Answer):
    """An answer that is mainly one text, which goes on past what fits into a conversation."""

    text_field: ClassVar[str]
    """The name of the field that holds the text."""

    @property
    def where_whole(self) -> str:
        """Where a reader finds what is left out; a clause, empty where nobody knows."""
        return ""

    def cut_to(self, characters: int) -> Self:
        """Return the same answer with so many characters of its text at most, saying what is left out."""
        text: str = getattr(self, self.text_field) or ""
        kept = text[:characters].rpartition("\n")[0] or text[:characters]
        lines = kept.count("\n") + 1
        whole = f"cut to its first {lines:,} of {text.count(chr(10)) + 1:,} lines to stay readable"
        note = f"{whole}; {self.where_whole}" if self.where_whole else whole
        return self.model_copy(update={self.text_field: kept}).with_warnings(note)


class Page(Answer):
    """An answer whose rows go on: ``next_cursor`` asks for those that follow, ``total`` counts all."""

    rows_field: ClassVar[str]
    """The name of the field that holds the rows."""

    next_cursor: str | None = None
    total: int | None = None

    _cursor_at: Callable[[int], str] | None = PrivateAttr(default=None)

    @property
    def rows(self) -> tuple[Any, ...]:
        """The rows of this page."""
        rows: tuple[Any, ...] = getattr(self, self.rows_field)
        return rows

    @property
    def goes_on(self) -> bool:
        """Whether rows that are left out can be asked for, by a cursor."""
        return self._cursor_at is not None

    def paged_by(self, cursor_at: Callable[[int], str]) -> Self:
        """Teach the page to be cut: ``cursor_at(n)`` is the cursor of the row numbered ``n`` from 0."""
        self._cursor_at = cursor_at
        return self

    def first(self, count: int) -> Self:
        """Return the page's first ``count`` rows, with the cursor of the first row left out.

        A page that was not taught to be cut has no cursor then: its own would skip the rows left out.
        """
        if count >= len(self.rows):
            return self
        cursor = self._cursor_at(count) if self._cursor_at else None
        return self.model_copy(update={self.rows_field: self.rows[:count], "next_cursor": cursor})
