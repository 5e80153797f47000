"""What the cache holds, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.render.prose import prose
from portcall.render.quantity import counted, size
from portcall.render.untrusted import code

if TYPE_CHECKING:
    from portcall.models import CacheContents, CacheTier


def cache_text(answer: CacheContents) -> str:
    """Return one line for each tier."""
    return "\n".join(["# Cache", "", *(f"- {_line(tier)}" for tier in answer.tiers)])


def _line(tier: CacheTier) -> str:
    told = f"{tier.name}, {code(tier.where, 200)}"
    if tier.problem:
        return f"{told}: **{prose(tier.problem)}**"
    entries = "" if tier.entries is None else f": {counted(tier.entries, 'answer')}"
    return f"{told}{entries}" + ("" if tier.bytes is None else f", {size(tier.bytes)}")
