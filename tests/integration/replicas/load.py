"""Clients of both eras that ask without a pause, and compare what they are told with the truth.

They follow the protocol: what is broken on its way (no answer, or one that comes from the balancer) is asked once
more, for all of it is idempotent; whoever listens, and is told that this is over, listens again, and looks.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx2
from mcp.client.subscriptions import SubscriptionLost
from mcp.shared.exceptions import MCPError
from mcp_types import CONNECTION_CLOSED, INTERNAL_ERROR, PARSE_ERROR
from tests.integration.replicas.catalogue import MOVING
from tests.integration.replicas.questions import Question, RefusedError, questions
from tests.testbed.team_server import connected

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from mcp.client.client import Client
    from tests.integration.replicas.catalogue import Shelf

#: What the SDK's client says for an answer that never came, or came from the balancer.
_BROKEN = {
    (INTERNAL_ERROR, "Server returned an error response"),
    (CONNECTION_CLOSED, "SSE stream ended without a response"),
    (CONNECTION_CLOSED, "Connection closed"),
}
_TRIES = 2


@dataclass(slots=True)
class Tally:
    """What came of it all.

    Attributes:
        right: Right answers, by kind.
        wrong: Others, in words.
        refused: Errors that a server told, where there was nothing wrong.
        broken: What was broken on its way, and asked once more: when, and how.
        lost: What was broken twice.
        streams: Ends of streams: told (``"ended"``), or not (``"broken"``).
        heard: Events on streams.
        seconds: How long each answer took.
    """

    right: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    broken: list[tuple[float, str]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    streams: Counter[str] = field(default_factory=Counter)
    heard: int = 0
    seconds: list[float] = field(default_factory=list)

    def broken_since(self, moment: float) -> list[str]:
        """Return how requests were broken after a moment of :func:`time.monotonic`."""
        return [how for when, how in self.broken if when >= moment]

    def milliseconds(self, share: float) -> float:
        """Return the milliseconds within which that share of all answers came."""
        ordered = sorted(self.seconds) or [0.0]
        return ordered[int(len(ordered) * share)] * 1000

    def __str__(self) -> str:
        p50, p99 = self.milliseconds(0.5), self.milliseconds(0.99)
        return (
            f"{self.right.total()} right, {len(self.wrong)} wrong, {len(self.refused)} refused, "
            f"{len(self.broken)} asked again, {len(self.lost)} lost; p50 {p50:.0f} ms, p99 {p99:.0f} ms; "
            f"{self.heard} moves heard, streams {dict(self.streams)}"
        )


class Asker:
    """One client that asks.

    Args:
        url: The server's ``/mcp``.
        token: Its own.
        mode: Its era, as :func:`connected` takes it.
        shelf: What it asks about.
        tally: What becomes of it.
        pause: Seconds at most between an answer and the next question.
    """

    def __init__(self, url: str, token: str, mode: str, shelf: Shelf, tally: Tally, pause: float = 0.0) -> None:
        self._url, self._token, self._mode = url, token, mode
        self._chance, self._pause = random.Random(shelf.owner), pause
        self._questions = questions(shelf, self._chance)
        self._tally = tally
        self._pending: Question | None = None
        self._tries = 0
        self.stops = False

    async def run(self) -> None:
        """Ask until told to stop."""
        while not self.stops:
            try:
                async with connected(self._url, self._token, mode=self._mode) as client:
                    while not self.stops:
                        await self._ask(client)
                        await asyncio.sleep(self._chance.uniform(0, self._pause))
            except* httpx2.TransportError as group:
                self._was_broken(repr(group.exceptions[0]))
            except* MCPError as group:
                self._failed(group)

    async def _ask(self, client: Client) -> None:
        question = self._pending = self._pending or next(self._questions)
        began = time.perf_counter()
        try:
            answer = await question.ask(client)
        except RefusedError as error:
            self._tally.refused.append(f"{question.kind}: {error}")
        except MCPError as error:
            if not is_broken(error):
                raise
            self._was_broken(str(error))
            return
        else:
            self._judge(question, answer)
        self._tally.seconds.append(time.perf_counter() - began)
        self._pending, self._tries = None, 0

    def _judge(self, question: Question, answer: object) -> None:
        if question.is_right(answer):
            self._tally.right[question.kind] += 1
        else:
            self._tally.wrong.append(f"{question}: {answer!r}"[:1000])

    def _was_broken(self, how: str) -> None:
        """Have the question at hand asked once more, and no more than once."""
        self._tally.broken.append((time.monotonic(), how))
        self._tries += 1
        if self._tries >= _TRIES:
            self._tally.lost.append(f"{self._pending}: {how}")
            self._pending, self._tries = None, 0

    def _failed(self, group: BaseExceptionGroup[MCPError]) -> None:
        for error in flat(group):
            if is_broken(error):
                self._was_broken(str(error))
            else:
                self._tally.refused.append(f"{error.code}: {error}")


class Listener:
    """One client that listens for a tag, and listens again when that is over; it reads the tag's page each time.

    Args:
        url: The server's ``/mcp``.
        token: Its own.
        shelf: Whose tag.
        tally: What becomes of it.

    Attributes:
        shelf: As above.
        heard: How often it heard of a move.
    """

    def __init__(self, url: str, token: str, shelf: Shelf, tally: Tally) -> None:
        self._url, self._token = url, token
        self._uri = f"docker://image/{shelf.name}/{MOVING}"
        self._tally = tally
        self.shelf = shelf
        self.heard = 0

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            try:
                await self._listen()
                self._tally.streams["ended"] += 1
            except* (SubscriptionLost, httpx2.TransportError):
                self._tally.streams["broken"] += 1
            except* MCPError as group:
                for error in flat(group):
                    if is_broken(error):
                        self._tally.streams["broken"] += 1
                    else:
                        self._tally.refused.append(f"listen: {error.code}: {error}")
            await asyncio.sleep(0.05)

    async def _listen(self) -> None:
        async with (
            connected(self._url, self._token) as client,
            client.listen(resource_subscriptions=[self._uri]) as events,
        ):
            async for _ in events:
                self.heard += 1
                self._tally.heard += 1
                await client.read_resource(self._uri)

    async def one_more(self, seconds: float = 15) -> None:
        """Return once it has heard of one more move.

        Raises:
            TimeoutError: It did not.
        """
        before = self.heard
        async with asyncio.timeout(seconds):
            while self.heard == before:  # noqa: ASYNC110 - what is awaited is another task's state
                await asyncio.sleep(0.02)


def is_broken(error: MCPError) -> bool:
    """Tell whether a request was broken on its way, as far as the SDK's client tells."""
    return (error.code, error.message) in _BROKEN or error.code == PARSE_ERROR


def flat(group: BaseExceptionGroup[MCPError]) -> list[MCPError]:
    """Return all errors of a group, however deep."""
    found: list[MCPError] = []
    for error in group.exceptions:
        found += flat(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


@asynccontextmanager
async def load(
    url: str, tokens: Sequence[str], shelves: Sequence[Shelf], *, listeners: int = 6, pause: float = 0.0
) -> AsyncIterator[tuple[Tally, list[Listener]]]:
    """Run a client for each token while the block lasts, every other one of the older era; and some who listen."""
    tally = Tally()
    eras = [("auto", "legacy")[place % 2] for place in range(len(tokens))]
    askers = [Asker(url, *each, tally, pause) for each in zip(tokens, eras, shelves, strict=True)]
    listening = [Listener(url, tokens[place], shelves[place], tally) for place in range(listeners)]
    async with asyncio.TaskGroup() as group:
        asking = [group.create_task(asker.run()) for asker in askers]
        hearing = [group.create_task(listener.run()) for listener in listening]
        yield tally, listening
        for asker in askers:
            asker.stops = True
        await asyncio.wait(asking)
        for task in hearing:
            task.cancel()
