"""Waiting for something that blocks, in a thread that nobody else has to wait for.

The event loop's own threads are few, and a process that ends waits for them: a name service, or a plugin, that
hangs would keep every other question waiting, and then the exit.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


class WorkError(RuntimeError):
    """The work ended with what no event loop carries (``sys.exit()``, an iterator's end); the cause says which."""


async def beside(name: str, work: Callable[[], Result]) -> Result:
    """Return what ``work()`` returns, done in a daemon thread of its own, in a copy of this context.

    Cancelled, it leaves the thread to itself.

    Args:
        name: The thread's, for people who look at them.
        work: May block for as long as it likes.

    Raises:
        WorkError: ``work`` raises ``StopIteration``, or what is no ``Exception``.
        Exception: Whatever else ``work`` raises.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Result] = loop.create_future()
    context = copy_context()

    def tell(settle: Callable[[], None]) -> None:
        # The loop may have been closed meanwhile: then nobody waits either.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(lambda: None if done.done() else settle())

    def run() -> None:
        try:
            result = context.run(work)
        except BaseException as raised:  # noqa: BLE001 - raised where it is waited for
            tell(partial(done.set_exception, _carried(raised)))
        else:
            tell(partial(done.set_result, result))

    threading.Thread(target=run, name=f"portcall-{name}", daemon=True).start()
    return await done


def _carried(raised: BaseException) -> Exception:
    """Return what a future can hold and an event loop survives: ``sys.exit()`` there would end the process."""
    if isinstance(raised, Exception) and not isinstance(raised, StopIteration):
        return raised
    error = WorkError(f"{type(raised).__name__} was raised")
    error.__cause__ = raised
    return error
