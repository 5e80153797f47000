"""Progress as MCP wants it: each report above the one before, whatever parts the work has."""

from __future__ import annotations

from typing import Any

import pytest

from portcall.server.progress import progress_to

pytestmark = pytest.mark.anyio


class Listener:
    """Stands for the SDK's context, and remembers what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[float, float | None, str]] = []

    async def report_progress(self, done: float, total: float | None, message: str) -> None:
        self.told.append((done, total, message))


async def reported(*reports: tuple[float, float | None]) -> list[tuple[float, float | None]]:
    listener: Any = Listener()
    report = progress_to(listener)
    for done, total in reports:
        await report(done, total, "x")
    return [(done, total) for done, total, _ in listener.told]


async def test_one_part_is_told_as_it_is():
    assert await reported((1, 3), (2, 3), (3, 3)) == [(1, 3), (2, 3), (3, 3)]


async def test_a_second_part_goes_on_where_the_first_ended():
    assert await reported((1, None), (2, None), (1, 2), (2, 2)) == [(1, None), (2, None), (3, 4), (4, 4)]


async def test_a_part_that_starts_beyond_the_last_report_needs_no_help():
    assert await reported((1, None), (5, 10), (6, 10)) == [(1, None), (5, 10), (6, 10)]
