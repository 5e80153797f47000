"""Freshness hints (2026 protocol): how long a client may keep what it was told, and whether others may see it.

A host that keeps what it read for as long as that stays true asks less, and reads nothing twice. What was told to
somebody who signed in, or with anybody's credentials, is never one to be shared.
"""

from __future__ import annotations

import enum
import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from mcp.server.caching import CacheHint

from portcall.http.cache import BRIEF_SECONDS

if TYPE_CHECKING:
    from mcp.server.caching import CacheableMethod
    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

    from portcall.call import Call
    from portcall.models import Answer

_Scope = Literal["public", "private"]
_READ = "resources/read"
_OFFERS: tuple[CacheableMethod, ...] = (
    "tools/list",
    "prompts/list",
    "resources/list",
    "resources/templates/list",
    "server/discover",
)
#: What a server offers changes when it is started anew, with another configuration or version.
_OFFERED_MS = 600_000


class Lasting(enum.Enum):
    """How long an answer of a kind stays worth reading, in seconds."""

    FIXED = 86_400.0
    """Named by its digest: for ever, but told by a portcall that may be another tomorrow."""
    BY_TAG = BRIEF_SECONDS
    """Named by a tag: as long as portcall itself believes what it stands for."""
    LISTED = 300.0
    """A list, or a search: some minutes, for one that lacks the newest does no harm."""


@dataclass(slots=True)
class _Noted:
    hint: CacheHint | None = None


_at_hand: ContextVar[_Noted | None] = ContextVar("portcall_freshness", default=None)


def note_freshness(hint: CacheHint) -> None:
    """Let the result of the read at hand carry ``hint``."""
    noted = _at_hand.get()
    if noted is not None:
        noted.hint = hint


class FreshnessHints:
    """A middleware of the SDK's: puts the hint of a read on its result, which the SDK has no way to tell it of."""

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Serve a request."""
        if ctx.method != _READ:
            return await call_next(ctx)
        noted = _Noted()
        token = _at_hand.set(noted)
        try:
            result = await call_next(ctx)
        finally:
            _at_hand.reset(token)
        # The revisions before know no hints, and the SDK has left its own out for them.
        if noted.hint is None or not isinstance(result, dict) or "ttlMs" not in result:
            return result
        return {**result, "ttlMs": noted.hint.ttl_ms, "cacheScope": noted.hint.scope}


def hint_of(answer: Answer, call: Call, lasting: Lasting, *, is_own: bool) -> CacheHint:
    """Return how long an answer may be kept, and by whom.

    Args:
        answer: What was answered.
        call: What was learnt on the way to it.
        lasting: What kind of answer it is.
        is_own: Whether it is whoever asked who was answered, and not just anybody.
    """
    scope: _Scope = "private" if is_own or call.is_private else "public"
    if answer.stale:
        return CacheHint(0, scope)
    seconds = lasting.value
    if answer.warnings:
        # Something could not be looked up, or is in doubt: it may go better soon.
        seconds = min(seconds, BRIEF_SECONDS)
    if call.oldest is not None:
        seconds -= max(time.time() - call.oldest, 0.0)
    return CacheHint(max(int(seconds * 1000), 0), scope)


def offer_hints(*, tells_callers_apart: bool) -> dict[CacheableMethod, CacheHint]:
    """Return the hints for what a server tells of itself: tools, prompts, resources, who it is.

    Args:
        tells_callers_apart: Whether what is offered depends on who asks.
    """
    hint = CacheHint(_OFFERED_MS, "private" if tells_callers_apart else "public")
    return dict.fromkeys(_OFFERS, hint)
