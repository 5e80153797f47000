"""Quirks of time and of the line."""

# ruff: noqa: D102 - what a quirk does, its class says.

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.testing.quirk import Context, Quirk

if TYPE_CHECKING:
    from portcall.testing.wire import Reply, Request


@dataclass(frozen=True)
class Latency(Quirk):
    """Every answer takes its time."""

    seconds: float = 0.1

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        return reply.delivered(delay=reply.delivery.delay + self.seconds)


@dataclass(frozen=True)
class Stall(Quirk):
    """Nothing comes any more, and the connection stays open."""

    after: int = -1  #: Bytes of the body that still arrive; -1: not even the head.

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        return reply.delivered(stall_after=self.after)


@dataclass(frozen=True)
class Dribble(Quirk):
    """The body comes a few bytes at a time."""

    slice: int = 1  #: Bytes at a time.
    pause: float = 0.01  #: Seconds in between.

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        return reply.delivered(slice=self.slice, pause=self.pause)


@dataclass(frozen=True)
class HangUp(Quirk):
    """The connection closes without an answer.

    Seen: everywhere, when a kept-alive connection is used just as the server lets go of it. Needs
    :func:`portcall.testing.serve`.
    """

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        return reply.delivered(cut_after=-1)
