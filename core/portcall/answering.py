"""What every tool does around its question: a deadline, errors placed and explained, its end made known."""

from __future__ import annotations

import functools
import inspect
import logging
import time
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from portcall.call import Call, calling
from portcall.call_event import CallFinished, shape
from portcall.deadline import deadline
from portcall.errors import InternalError, PortcallError
from portcall.logs import get_logger
from portcall.models import Answer
from portcall.telemetry import note_call
from portcall.timestamp import from_seconds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping

_log = get_logger("portcall.calls")

Arguments = ParamSpec("Arguments")
AnswerType = TypeVar("AnswerType", bound=Answer)


def answering(
    method: Callable[Concatenate[Any, Arguments], Awaitable[AnswerType]],
    *,
    tool: str = "",
    seconds: str = "network.timeout",
) -> Callable[Concatenate[Any, Arguments], Coroutine[Any, Any, AnswerType]]:
    """Make ``method`` a tool's: within its time, letting nothing but :class:`PortcallError` out.

    Args:
        method: Takes the gateway, and the tool's arguments.
        tool: The tool's name; the method's by default.
        seconds: The setting that bounds its time: ``"limits.content_timeout"`` where layers are read.
    """
    signature = inspect.signature(method)
    name = tool or method.__name__

    @functools.wraps(method)
    async def answered(gateway: Any, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> AnswerType:
        with calling(name, gateway.caller.identity if gateway.caller else "") as call:
            started = time.perf_counter()
            outcome = "cancelled"
            is_told = gateway.listeners or _log.isEnabledFor(logging.INFO)
            given = _shapes(signature, gateway, args, kwargs) if is_told else None
            try:
                async with deadline(attrgetter(seconds)(gateway.settings), seconds):
                    answer = _noted(await method(gateway, *args, **kwargs), call)
            except PortcallError as error:
                outcome = error.code
                _place(error, call)
                raise
            except Exception as error:
                outcome = "internal"
                _log.exception("internal_error")
                raise _internal(error, call) from error
            else:
                outcome = "ok"
                return answer
            finally:
                note_call(call, outcome)
                if given is not None:
                    event = _finished(call, outcome, time.perf_counter() - started, given)
                    if gateway.caller is not None:
                        event = replace(event, caller=gateway.caller.name)
                    _write_down(event)
                    gateway.listeners.tell(event)

    return answered


def reading_layers(
    method: Callable[Concatenate[Any, Arguments], Awaitable[AnswerType]],
) -> Callable[Concatenate[Any, Arguments], Coroutine[Any, Any, AnswerType]]:
    """Make ``method`` a tool's that may download layers, and so has ``limits.content_timeout``."""
    return answering(method, seconds="limits.content_timeout")


def _shapes(signature: inspect.Signature, gateway: Any, args: Any, kwargs: Any) -> dict[str, str]:
    """Return the arguments by their shapes alone, for they may hold what is nobody's business."""
    try:
        _, *given = signature.bind_partial(gateway, *args, **kwargs).arguments.items()
    except TypeError:
        return {}  # the method will say what is wrong with them
    return {name: shape(value) for name, value in given if name != "progress"}


def _internal(error: Exception, call: Call) -> InternalError:
    internal = InternalError(
        f"portcall failed: {type(error).__name__}",
        hint="This is a bug in portcall or a plugin; the log holds the details.",
    )
    _place(internal, call)
    return internal


def _place(error: PortcallError, call: Call) -> None:
    """Tell ``error`` which registry and reference were asked about, where it does not say so itself."""
    error.registry = error.registry or call.registry
    error.reference = error.reference or call.reference


def _noted(answer: AnswerType, call: Call) -> AnswerType:
    """Return the answer with what was learnt on the way to it; the very same one where that is nothing."""
    if call.as_of is not None:
        answer = answer.model_copy(update={"stale": True, "as_of": from_seconds(call.as_of)})
    answer = answer.with_warnings(*call.warnings)
    call.warnings.update(dict.fromkeys(answer.warnings))
    return answer


def _finished(call: Call, outcome: str, seconds: float, given: Mapping[str, str]) -> CallFinished:
    return CallFinished(
        tool=call.tool,
        outcome=outcome,
        registry=call.registry,
        reference=call.reference,
        seconds=round(seconds, 4),
        requests=call.requests,
        received=call.received,
        arguments=given,
        request_id=call.id,
        warnings=len(call.warnings),
        looked_up=dict(call.looked_up),
    )


def _write_down(event: CallFinished) -> None:
    _log.info(
        "tool_called",
        outcome=event.outcome,
        registry=event.registry,
        seconds=event.seconds,
        requests=event.requests,
        bytes=event.received,
        looked_up=event.looked_up,
        arguments=event.arguments,
        **({"caller": event.caller} if event.caller else {}),
    )
