"""The gate before ``subscriptions/listen``: who may hear what, and for how long."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, SubscriptionsListenRequestParams

from portcall.errors import BlockedError, ForbiddenError, InvalidArgumentError, PortcallError, UnauthorizedError
from portcall.logs import get_logger
from portcall.render import fitted_error
from portcall.server.subscriptions.address import TagAddresses
from portcall.server.subscriptions.poller import Look
from portcall.server.subscriptions.quota import MOST_ADDRESSES, SECONDS
from portcall.server.subscriptions.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

    from portcall.caller import Caller
    from portcall.server.subscriptions.address import TagAddress
    from portcall.server.subscriptions.faces import Partition, Recheck, Tags, Who
    from portcall.server.subscriptions.quota import Quota
    from portcall.server.subscriptions.watcher import TagWatcher

_log = get_logger("portcall.subscriptions")
METHOD = "subscriptions/listen"
#: Proofs of access asked for at the same time, of all streams together.
_AT_ONCE = 16
#: Seconds that cleaning up after a stream may take.
_PARTING = 2.0
#: What is no fault of the request: an outage.
_OUTAGES = frozenset({"rate_limited", "unreachable", "timeout", "upstream_error", "internal"})


@dataclass(frozen=True, slots=True)
class Callers:
    """What tells callers apart.

    Args:
        who: Returns the caller at hand.
        partition: Names a caller with their credentials.
        recheck: Raises where the request at hand would be refused by now.
        seconds: How often that is asked, and subscriptions are renewed.
    """

    who: Who
    partition: Partition
    recheck: Recheck
    seconds: float = SECONDS / 3


class ListenGate:
    """A middleware of the SDK's: lets a request to listen through once its caller's own access was proved.

    Args:
        callers: Whose request it is.
        tags: Tells what may be watched, and proves access.
        watcher: Watches for the streams that are let through.
        quota: Counts them.
    """

    def __init__(self, callers: Callers, tags: Tags, watcher: TagWatcher, quota: Quota) -> None:
        self._callers = callers
        self._tags = tags
        self._watcher = watcher
        self._quota = quota
        self._look = Look(tags, _AT_ONCE)
        self._addresses = TagAddresses()

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Serve a request; what is refused is told in our own words.

        Raises:
            MCPError: It is refused, or was ended.
        """
        if ctx.method != METHOD or ctx.request_id is None:
            return await call_next(ctx)
        try:
            return await self._listen(ctx, call_next)
        except PortcallError as error:
            code = INTERNAL_ERROR if error.code in _OUTAGES else INVALID_PARAMS
            raise MCPError(code, fitted_error(error).text) from None

    async def _listen(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        caller = self._callers.who()
        if not caller.may("read"):
            raise ForbiddenError("this token may not read", hint="Ask for one with the scope `read`.")
        addresses = self._wanted(ctx.params)
        stream = Stream(self._callers.partition(caller), [address.uri for address in addresses])
        self._quota.reserve(stream)
        keeper: asyncio.Task[None] | None = None
        try:
            await self._quota.renew(stream)
            await self._admit(stream, caller, addresses)
            keeper = asyncio.create_task(self._keep(stream))
            return await stream.serve(ctx, call_next)
        finally:
            stream.is_over = True
            self._watcher.end(stream)
            gone = self._quota.forget(stream)  # whatever may cut short what has to be waited for
            with anyio.move_on_after(_PARTING, shield=True):
                if keeper is not None:
                    keeper.cancel()
                    await asyncio.wait([keeper])  # what it may be renewing shall not outlive this
                await self._quota.leave(stream.partition, gone)

    def _wanted(self, params: Mapping[str, Any] | None) -> list[TagAddress]:
        """Return what a request wants to hear of, each address once.

        Raises:
            pydantic.ValidationError: The parameters make no sense; the SDK says so.
            PortcallError: One of them may not be listened for.
        """
        # By the names on the wire alone, as the SDK reads them afterwards.
        filters = SubscriptionsListenRequestParams.model_validate(params or {}, by_name=False).notifications
        uris = filters.resource_subscriptions or []
        if len(uris) > MOST_ADDRESSES:
            raise BlockedError(
                f"more than {MOST_ADDRESSES} subscriptions at once", hint="Leave out those that matter least."
            )
        wanted = [self._address(place, uri) for place, uri in enumerate(dict.fromkeys(uris), start=1)]
        for address in wanted:
            self._tags.may_watch(address.name)
        return wanted

    def _address(self, place: int, uri: str) -> TagAddress:
        try:
            return self._addresses.read(uri)
        except PortcallError as error:
            raise InvalidArgumentError(f"subscription {place}: {error.message}", hint=error.hint) from None

    async def _admit(self, stream: Stream, caller: Caller, addresses: list[TagAddress]) -> None:
        """Prove access to all addresses, side by side, and begin to watch them.

        Raises:
            PortcallError: To one of them there is none, or it cannot be told.
        """
        before = [self._watcher.known(stream.partition, address.uri) for address in addresses]
        proofs = [asyncio.ensure_future(self._look.at(caller, address)) for address in addresses]
        try:
            states = await asyncio.gather(*proofs)
        finally:
            for proof in proofs:
                proof.cancel()
        for address, known, state in zip(addresses, before, states, strict=True):
            self._watcher.begin(stream, caller, address, known, state)

    async def _keep(self, stream: Stream) -> None:
        """Renew what is counted, for as long as the caller would still be let in."""
        while not stream.is_over:
            await asyncio.sleep(self._callers.seconds)
            try:
                await self._quota.renew(stream)
                await self._callers.recheck()
            except (BlockedError, ForbiddenError, UnauthorizedError) as error:
                stream.end(error)
                return
            except PortcallError:
                pass  # it cannot be told now
            except Exception:  # noqa: BLE001 - nor now; the next time is soon enough
                _log.warning("recheck_failed", exc_info=True)
