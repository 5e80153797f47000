"""Work beside the event loop: whatever it ends with, whoever waits is told and the process lives on."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import pytest

from portcall.daemon import WorkError, beside

if TYPE_CHECKING:
    from collections.abc import Callable


def leave() -> None:
    sys.exit("the vendor's program gave up")


def interrupt() -> None:
    raise KeyboardInterrupt


def give_up() -> None:
    raise asyncio.CancelledError


def run_out() -> None:
    next(iter(()))


@pytest.mark.parametrize(
    ("work", "kind"),
    [
        (leave, SystemExit),
        (interrupt, KeyboardInterrupt),
        (give_up, asyncio.CancelledError),
        (run_out, StopIteration),
    ],
)
def test_what_no_event_loop_can_carry_is_an_error_that_holds_it(
    work: Callable[[], None], kind: type[BaseException]
):
    async def ask() -> str:
        with pytest.raises(WorkError, match=kind.__name__) as refused:
            async with asyncio.timeout(5):
                await beside("test", work)
        assert isinstance(refused.value.__cause__, kind)
        return "still here"

    assert asyncio.run(ask()) == "still here"


def test_an_error_is_raised_where_it_is_waited_for():
    with pytest.raises(ZeroDivisionError):
        asyncio.run(beside("test", lambda: 1 / 0))
