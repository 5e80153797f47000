"""The call at hand: its name in the log, and what it learns on the way that its answer has to tell."""

from __future__ import annotations

import contextlib
import secrets
from collections import Counter
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from structlog.contextvars import bound_contextvars

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class Call:
    """One call of a tool, from its arguments to its answer.

    Args:
        tool: The tool's name; empty outside of one.
        caller: The identity of whoever asks over HTTP; empty where that is the person at this machine.
        id: Ties the events of this call together in the log.
        registry: The registry that it is about, once that is known.
        reference: The image that it is about, in its familiar form, once that is known.
        warnings: What the answer's reader has to know, each once, in the order in which it turned up.
        as_of: Where an answer past its time had to do: when the oldest of them was true, in seconds since 1970.
        oldest: When the oldest was obtained of what may change, like where a tag points, in seconds since 1970.
        is_private: Whether credentials had a part in it: others might not have been told the same.
        requests: How many requests went to registries and token services for it.
        received: How many bytes of bodies they were answered with.
        is_fresh: Whether what a tag stands for is asked anew, whatever is kept.
        looked_up: How its questions were answered, by outcome: ``memory``, ``disk``, ``upstream`` …
    """

    tool: str = ""
    caller: str = ""
    id: str = field(default_factory=lambda: secrets.token_hex(6))
    registry: str | None = None
    reference: str | None = None
    warnings: dict[str, None] = field(default_factory=dict)
    as_of: float | None = None
    oldest: float | None = None
    is_private: bool = False
    requests: int = 0
    received: int = 0
    is_fresh: bool = False
    looked_up: Counter[str] = field(default_factory=Counter)

    def warn(self, *warnings: str) -> None:
        """Let the answer carry these warnings."""
        self.warnings.update(dict.fromkeys(warnings))

    def rely_on(self, obtained: float) -> None:
        """Note that something past its time, obtained then, had to do."""
        self.as_of = obtained if self.as_of is None else min(self.as_of, obtained)

    def note_age(self, obtained: float) -> None:
        """Note that something which may change since was obtained then."""
        self.oldest = obtained if self.oldest is None else min(self.oldest, obtained)

    def include(self, part: Call) -> None:
        """Note what holds for the whole of a call because it holds for a part of it."""
        self.is_private |= part.is_private
        if part.oldest is not None:
            self.note_age(part.oldest)


_at_hand: ContextVar[Call | None] = ContextVar("portcall_call", default=None)


def call_at_hand() -> Call:
    """Return the call at hand; outside of one, a blank that nobody reads."""
    return _at_hand.get() or Call(id="")


@contextlib.contextmanager
def calling(tool: str, caller: str = "") -> Iterator[Call]:
    """Make the block one call of ``tool``: what is logged inside carries its id.

    Inside another call it is a part of that.
    """
    call, whole = Call(tool, caller), call_at_hand()
    token = _at_hand.set(call)
    try:
        with bound_contextvars(request_id=call.id, tool=tool):
            yield call
    finally:
        _at_hand.reset(token)
        whole.include(call)


@contextlib.contextmanager
def aside() -> Iterator[Call]:
    """Let what the block learns concern one row of the answer alone; what it cost counts all the same."""
    call = call_at_hand()
    own = replace(call, warnings={}, as_of=None, requests=0, received=0)
    token = _at_hand.set(own)
    try:
        yield own
    finally:
        _at_hand.reset(token)
        call.requests += own.requests
        call.received += own.received
        call.include(own)
