"""A request to ``/api/v1``, understood: who asks for what, with arguments read as Quay reads them.

Source: q: endpoints/api/__init__.py (``parse_args``), util/parsing.py (``truthy_bool``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.doubles.quay.refusals import RefusedError, message

if TYPE_CHECKING:
    from tests.doubles.quay.accounts import Caller
    from tests.doubles.quay.operations import Operation

    from portcall.testing import Request

_FALSE = frozenset({"", "0", "false", "False", "FALSE", "null"})


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an operation."""

    request: Request
    operation: Operation
    caller: Caller

    @property
    def repository(self) -> str:
        """``namespace/name``."""
        return self.operation.repository

    @property
    def subject(self) -> str:
        """The digest, the user, the organisation or the prefix that the path names."""
        return self.operation.subject

    def text(self, name: str) -> str:
        """Return an argument as it stands; ``""`` where it was not given."""
        return self.request.parameter(name) or ""

    def number(self, name: str, default: int) -> int:
        """Return a whole number.

        Raises:
            RefusedError: 400, as the argument is none. The text of its ``message`` is **U**.
        """
        given = self.request.parameter(name)
        if given is None:
            return default
        try:
            return int(given)
        except ValueError:
            complaint = f"invalid literal for int() with base 10: {given!r}"
            raise RefusedError(message(400, {name: complaint})) from None

    def truth(self, name: str, *, default: bool = False) -> bool:
        """Return a yes or no; whatever is no kind of ``false`` is yes."""
        given = self.request.parameter(name)
        return default if given is None else given not in _FALSE
