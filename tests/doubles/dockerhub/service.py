"""One of Docker Hub's hosts as an ASGI application."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.doubles.dockerhub.errors import refusal
from tests.doubles.dockerhub.journal import Asked, Journal, ServiceName

from portcall.testing.answers import understood
from portcall.testing.asgi import deliver, live, read_request
from portcall.testing.server import Serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.doubles.dockerhub.failures import Failures

    from portcall.testing.asgi import Receive, Scope, Send
    from portcall.testing.wire import Reply, Request

#: Names on Docker Hub: namespaces, repositories (hub-spec repo_creation_request), tags (dist), digests.
_HONEST_SEGMENT = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*|[a-z0-9]+:[0-9a-f]+)\Z")


class HubService(Serving):
    """Answers, and writes down everything that it was asked.

    Args:
        name: Which one it is.
        journal: Where requests are written down.
        failures: What is switched to fail.
        answer: Gives the answers.
    """

    def __init__(
        self, name: ServiceName, journal: Journal, failures: Failures, answer: Callable[[Request], Reply]
    ) -> None:
        super().__init__()
        self.name = name
        self._journal, self._failures, self._answer = journal, failures, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Speak ASGI."""
        if scope["type"] == "lifespan":
            await live(receive, send)
            return
        request = await read_request(scope, receive)
        hostile = is_hostile(request.path)
        reply = refusal(404, "page not found") if hostile else self.answer(request)
        # Recorded before the first byte leaves: a client that has its answer finds its request here.
        told = request if self.name == "api" else understood(request)
        asked = Asked.at_service(self.name, told, reply.status, hostile=hostile)
        self._journal.requests.append(asked)
        await deliver(reply, request, scope, receive, send)

    def answer(self, request: Request) -> Reply:
        """Return the answer, or the failure that was asked for."""
        failure = self._failures.reply_for(self.name)
        return self._answer(request) if failure is None else failure


def is_hostile(path: str) -> bool:
    """Tell whether a path, as sent, holds a segment that leads elsewhere: encoded, dotted or empty."""
    segments = path.removeprefix("/").removesuffix("/").split("/")
    return path != "/" and any(not _HONEST_SEGMENT.match(segment) for segment in segments)
