"""What all models share: frozen, strict about their fields, quiet about what is not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, PrivateAttr, SerializerFunctionWrapHandler, model_serializer


class Model(BaseModel):
    """A frozen value with known fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Answer(Model):
    """What every answer may carry beside its own fields; left out of JSON where there is none."""

    warnings: tuple[str, ...] = ()
    """What the reader should know before trusting the rest."""
    stale: bool = False
    """Whether this came from a cache past its time, because the registry could not be asked."""
    as_of: str | None = None
    """When a stale answer was true, RFC 3339."""

    silent_when_empty: ClassVar[frozenset[str]] = frozenset({"warnings", "stale", "as_of"})

    @model_serializer(mode="wrap")
    def _leave_out_the_empty(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields: dict[str, Any] = handler(self)
        for name in self.silent_when_empty:
            if not fields.get(name):
                fields.pop(name, None)
        return fields

    def with_warnings(self, *warnings: str) -> Self:
        """Return the same answer with more warnings."""
        return self.model_copy(update={"warnings": (*self.warnings, *warnings)})


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

    def paged_by(self, cursor_at: Callable[[int], str]) -> Self:
        """Teach the page to be cut: ``cursor_at(n)`` is the cursor of the row numbered ``n`` from 0."""
        self._cursor_at = cursor_at
        return self

    def first(self, count: int) -> Self:
        """Return the page's first ``count`` rows, with the cursor of the first row left out."""
        if count >= len(self.rows):
            return self
        cursor = self._cursor_at(count) if self._cursor_at else self.next_cursor
        return self.model_copy(update={self.rows_field: self.rows[:count], "next_cursor": cursor})
