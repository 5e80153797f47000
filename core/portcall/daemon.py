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


async def beside(name: str, work: Callable[[], Result]) -> Result:
    """Return what ``work()`` returns, done in a daemon thread of its own, in a copy of this context.

    Cancelled, it leaves the thread to itself.

    Args:
        name: The thread's, for people who look at them.
        work: May block for as long as it likes.

    Raises:
        BaseException: Whatever ``work`` raises.
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
            tell(partial(done.set_exception, raised))
        else:
            tell(partial(done.set_result, result))

    threading.Thread(target=run, name=f"portcall-{name}", daemon=True).start()
    return await done
