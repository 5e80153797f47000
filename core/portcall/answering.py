"""What every tool does around its question: a deadline, errors placed and explained, a line in the log."""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
import time
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from portcall.call import Call, calling
from portcall.deadline import deadline
from portcall.errors import InternalError, PortcallError
from portcall.logs import get_logger
from portcall.models import Answer
from portcall.timestamp import from_seconds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping

_log = get_logger("portcall.calls")

Arguments = ParamSpec("Arguments")
AnswerType = TypeVar("AnswerType", bound=Answer)


def answering(
    method: Callable[Concatenate[Any, Arguments], Awaitable[AnswerType]],
) -> Callable[Concatenate[Any, Arguments], Coroutine[Any, Any, AnswerType]]:
    """Make ``method`` a tool's: within ``network.timeout``, letting nothing but :class:`PortcallError` out."""
    signature = inspect.signature(method)

    @functools.wraps(method)
    async def answered(gateway: Any, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> AnswerType:
        with calling(method.__name__) as call:
            started = time.perf_counter()
            outcome = "ok"
            given = _given(signature, gateway, args, kwargs) if _log.isEnabledFor(logging.INFO) else None
            try:
                async with deadline(gateway.settings.network.timeout):
                    return _noted(await method(gateway, *args, **kwargs), call)
            except PortcallError as error:
                outcome = error.code
                _place(error, call)
                raise
            except asyncio.CancelledError:
                outcome = "cancelled"
                raise
            except Exception as error:
                outcome = "internal"
                _log.exception("internal_error")
                raise _internal(error, call) from error
            finally:
                if given is not None:
                    _tell(call, outcome, time.perf_counter() - started, given)

    return answered


def _given(signature: inspect.Signature, gateway: Any, args: Any, kwargs: Any) -> Mapping[str, Any]:
    try:
        return signature.bind_partial(gateway, *args, **kwargs).arguments
    except TypeError:
        return {}  # the method will say what is wrong with them


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
    return answer.with_warnings(*call.warnings)


def _tell(call: Call, outcome: str, seconds: float, arguments: Mapping[str, Any]) -> None:
    """Log the call: its arguments by their shapes alone, for they may hold what is nobody's business."""
    _log.info(
        "tool_called",
        outcome=outcome,
        registry=call.registry,
        seconds=round(seconds, 4),
        requests=call.requests,
        bytes=call.received,
        looked_up=dict(call.looked_up),
        arguments={name: shape(value) for name, value in arguments.items() if name not in {"self", "progress"}},
    )


def shape(value: object) -> str:
    """Return what kind of value it is, and how long, and nothing of what it says: ``"str[12]"``."""
    kind = type(value).__name__
    return f"{kind}[{len(value)}]" if isinstance(value, str | list | tuple | dict) else kind
