"""One client that listens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio

from portcall.errors import InternalError
from portcall.server.subscriptions.bus import missed_so_far

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

    from portcall.errors import PortcallError
    from portcall.server.subscriptions.watch import Watch


class Stream:
    """A request to listen, for as long as it is answered.

    Args:
        partition: Whose it is.
        uris: What it listens for; no address twice.
    """

    def __init__(self, partition: str, uris: Sequence[str]) -> None:
        self.partition = partition
        self.uris = tuple(uris)
        #: What is watched for it, each with the state that the client was let in with.
        self.watches: dict[Watch, str] = {}
        #: Whether its client has been answered, or has left.
        self.is_over = False
        self._scope = anyio.CancelScope()
        self._reason: PortcallError | None = None

    def end(self, reason: PortcallError) -> None:
        """End it, for that reason: the client shall not wait for what it can no longer hear."""
        if self._reason is None:
            self._reason = reason
            self._scope.cancel()

    async def serve(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Let the SDK serve it.

        Raises:
            PortcallError: It was ended.
        """
        token = missed_so_far.set(self._missed)
        try:
            with self._scope:
                return await call_next(ctx)
        finally:
            missed_so_far.reset(token)
        raise self._reason or InternalError("the stream ended", hint="Listen again.")

    def _missed(self) -> Iterator[str]:
        """Yield what moved since the client was let in, before it was there to hear of it."""
        return (watch.address.uri for watch, at_first in self.watches.items() if watch.known != at_first)
