"""One read of a resource: an answer as text, its errors as the protocol has them, its freshness noted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError

from portcall.call import calling
from portcall.caller import ANYBODY
from portcall.errors import (
    InternalError,
    InvalidArgumentError,
    InvalidReferenceError,
    NotFoundError,
    PortcallError,
)
from portcall.logs import get_logger
from portcall.models import Answer
from portcall.render import fitted, fitted_error
from portcall.server.freshness import hint_of, note_freshness

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from portcall.gateway import Portcall
    from portcall.server.freshness import Lasting
    from portcall.server.next_steps import NextSteps

AnswerType = TypeVar("AnswerType", bound=Answer)

#: True absence, and what can never be there; all else is a failure to look.
_ABSENT = (NotFoundError, InvalidReferenceError, InvalidArgumentError)
_log = get_logger("portcall.server")


class AbsentError(ResourceNotFoundError):
    """There is nothing at an address, in our own words: the client's fault (-32602)."""


def no_such_address(listed: Collection[str]) -> AbsentError:
    """Return the error for an address that means nothing here; it repeats nothing of it."""
    known = f"Read {', '.join(listed)}." if listed else "No toolset that has resources is switched on."
    return AbsentError(fitted_error(InvalidArgumentError("there is no such resource here", hint=known)).text)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads answers for resources.

    Args:
        gateway: The gateway as the caller at hand has it.
        next_steps: Knows which of the steps that an error names can be taken here.
    """

    gateway: Callable[[], Portcall]
    next_steps: NextSteps

    async def read(
        self,
        ask: Callable[[Portcall], Awaitable[AnswerType]],
        lasting: Callable[[AnswerType], Lasting],
        *,
        goes_on_with: str = "",
    ) -> str:
        """Return an answer's text, within the budget.

        Args:
            ask: Asks the gateway.
            lasting: Tells what kind of answer it is.
            goes_on_with: What a page that goes on is gone on with, for an address has no place for a cursor.

        Raises:
            AbsentError: There is no such thing.
            ResourceError: Looking failed.
        """
        with calling("resources/read") as call:
            try:
                portcall = self.gateway()
                answer = await ask(portcall)
                text, structured = fitted(self.next_steps.of_answer(answer))
            except _ABSENT as error:
                raise AbsentError(self._told(error)) from None
            except PortcallError as error:
                raise ResourceError(self._told(error)) from None
            except Exception:  # noqa: BLE001 - the SDK's own words would repeat the address, and give no next step
                _log.exception("resource_crashed")
                crash = InternalError("portcall failed", hint="This is a bug; the log holds the details.")
                raise ResourceError(self._told(crash)) from None
        is_own = portcall.caller is not None and portcall.caller is not ANYBODY
        note_freshness(hint_of(answer, call, lasting(answer), is_own=is_own))
        if structured.get("next_cursor") and goes_on_with:
            text += f"\n\nThis address has no more: the tool {goes_on_with} and that cursor, goes on."
        return text

    def _told(self, error: PortcallError) -> str:
        return fitted_error(self.next_steps.of_error(error)).text
