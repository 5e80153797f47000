"""A call of a tool that has ended, as listeners hear of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class CallFinished:
    """One call of a tool, through whichever door, with nothing in it that was given or answered.

    Args:
        tool: The tool's name, as it is offered.
        outcome: ``"ok"``, an error's code (``"not_found"``), or ``"cancelled"``.
        registry: The registry that it was about, where it was about one.
        reference: The image that it was about, in its familiar form.
        seconds: How long it took; none where its arguments were refused before it began.
        requests: How many requests went to registries and token services for it.
        received: How many bytes of bodies they were answered with.
        arguments: What was given, by kind and length, never by value: ``{"image_name": "str[10]"}``.
        request_id: What the log's lines of this call carry; empty where its arguments were refused.
        warnings: How many the answer carried.
        looked_up: How its questions were answered, by outcome: ``memory``, ``disk``, ``upstream`` …
        caller: Who asked over HTTP, as people call them: a token's name, a user; empty on other doors.
    """

    tool: str
    outcome: str = "ok"
    registry: str | None = None
    reference: str | None = None
    seconds: float = 0.0
    requests: int = 0
    received: int = 0
    arguments: Mapping[str, str] = field(default_factory=dict)
    request_id: str = ""
    warnings: int = 0
    looked_up: Mapping[str, int] = field(default_factory=dict)
    caller: str = ""


def shape(value: object) -> str:
    """Return what kind of value it is, and how long, and nothing of what it says: ``"str[12]"``."""
    kind = type(value).__name__
    return f"{kind}[{len(value)}]" if isinstance(value, str | list | tuple | dict) else kind
