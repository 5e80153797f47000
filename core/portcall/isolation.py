"""Plugins' code at work: whatever it does wrong is told as the plugin's, and costs that one question alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from portcall.errors import InternalError, PortcallError
from portcall.logs import get_logger
from portcall.models import ErrorInfo

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

_log = get_logger("portcall.plugins")

#: What is nobody's fault: the person at the terminal leaves, or nobody waits any more. All else that a plugin
#: raises is its own; `sys.exit()`, or what a library in another language calls a panic, would end the server.
LEAVING = (KeyboardInterrupt, GeneratorExit)


async def isolated(call: Callable[[], Awaitable[T]], plugin: str, what: str) -> T:
    """Return what a plugin's coroutine returns; only a proper error, or a real cancellation, comes out of it else.

    Args:
        call: Makes the coroutine; a wrong signature fails here, too.
        plugin: Whose it is: ``"portcall-harbor:harbor"``.
        what: What it was asked for, for messages: ``"its tool list_projects"``.

    Raises:
        PortcallError: What the plugin raised, or an :class:`InternalError` that names it.
    """
    try:
        return await call()
    except PortcallError as error:
        if _is_proper(error):
            raise
        raise failure(error, plugin, what) from error
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        # Nobody cancelled this call: it is some work of the plugin's own that was.
        raise failure(error, plugin, what) from error
    except LEAVING:
        raise
    except BaseException as error:
        raise failure(error, plugin, what) from error


def failure(error: BaseException, plugin: str, what: str) -> InternalError:
    """Return what is told of a plugin's fault; the log has the rest."""
    _log.error("plugin_failed_at_work", plugin=plugin, at=what, exc_info=error)
    return InternalError(
        f"the plugin {plugin} failed in {what}: {type(error).__name__}",
        hint="The log holds the details; the plugin's author should know.",
    )


def _is_proper(error: PortcallError) -> bool:
    try:
        ErrorInfo.of(error)
    except Exception:  # noqa: BLE001 - a subclass of the plugin's own may lack anything
        return False
    return True
