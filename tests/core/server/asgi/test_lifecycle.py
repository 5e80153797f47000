"""The end of a server, before its end."""

import asyncio
import logging
import os
import signal
import threading

import pytest

from portcall.server.asgi.lifecycle import Lifecycle

pytestmark = pytest.mark.anyio


def test_everybody_is_told_even_after_one_that_fails(caplog: pytest.LogCaptureFixture):
    told: list[str] = []
    lifecycle = Lifecycle()
    lifecycle.on_close(lambda: told.append("first"))
    lifecycle.on_close(lambda: told.index("nobody"))
    lifecycle.on_close(lambda: told.append("last"))
    assert not lifecycle.is_closing
    lifecycle.close()
    assert told == ["first", "last"]
    assert lifecycle.is_closing
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_a_signal_closes_and_reaches_whom_it_was_for():
    """Under any ASGI server: most tell their apps of the end when it is too late for streams."""
    theirs: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: theirs.append(number))
    handler = signal.getsignal(signal.SIGTERM)
    try:
        lifecycle = Lifecycle()
        with lifecycle.closing_on_signals():
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0.01)
            assert lifecycle.is_closing
        assert signal.getsignal(signal.SIGTERM) is handler
        assert theirs == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)


async def test_a_signal_that_nobody_wants_still_ends_the_process():
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        with Lifecycle().closing_on_signals():
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, before)


def test_outside_of_the_main_thread_there_are_no_signals():
    failed: list[Exception] = []

    async def enter() -> None:
        with Lifecycle().closing_on_signals():
            pass

    def run() -> None:
        try:
            asyncio.run(enter())
        except Exception as error:  # noqa: BLE001 - looked at by the test
            failed.append(error)

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert not failed
    assert signal.getsignal(signal.SIGTERM) is before
