"""A path that leads nowhere is told what it is near to, and keeps nobody else waiting meanwhile."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable
from difflib import SequenceMatcher

import pytest
from tests.core.images.files.conftest import Push

from portcall import Portcall
from portcall.errors import InvalidArgumentError, NotFoundError

pytestmark = pytest.mark.anyio

_RANDOM = random.Random(5)
#: Names that take very long to compare, letter by letter.
NAMES = ["".join(_RANDOM.choices("ab", k=180)) for _ in range(400)]


async def longest_wait(work: Awaitable[object]) -> float:
    """Return for which part of the time that it took to refuse something nothing else was answered."""
    worst, start = 0.0, time.perf_counter()

    async def beat() -> None:
        nonlocal worst
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            worst = max(worst, time.perf_counter() - began)

    beating = asyncio.create_task(beat())
    try:
        with pytest.raises((NotFoundError, InvalidArgumentError)):
            await work
        took = time.perf_counter() - start
        await asyncio.sleep(0.01)
    finally:
        beating.cancel()
    return worst / took


@pytest.fixture
async def crowded(pc: Portcall, push: Push) -> str:
    name = push({f"d/{name}": "" for name in NAMES})
    await pc.list_files(name, limit=1)
    return name


async def test_looking_for_near_names_lets_others_be_answered(pc: Portcall, crowded: str):
    wrong = f"/d/{NAMES[0][:-5]}ababa"
    for ask in (pc.read_file, pc.list_files):
        assert await longest_wait(ask(crowded, wrong)) < 0.6


async def test_few_names_are_compared_letter_by_letter(pc: Portcall, crowded: str):
    """Each takes milliseconds here, and the directory holds 400."""
    began = time.process_time()
    for name in NAMES[:100]:
        SequenceMatcher(None, name, NAMES[0], autojunk=False).ratio()
    most, began = time.process_time() - began, time.process_time()
    with pytest.raises(NotFoundError) as caught:
        await pc.read_file(crowded, f"/d/{NAMES[0][:-5]}babab")
    assert time.process_time() - began < most
    assert f"/d/{NAMES[0]}" in caught.value.candidates


async def test_what_no_file_can_be_called_is_near_to_nothing(pc: Portcall, crowded: str):
    began = time.process_time()
    for wrong in ("ab" * 1900, NAMES[0] + "b" * 76):
        for ask in (pc.read_file, pc.list_files):
            with pytest.raises(NotFoundError) as caught:
                await ask(crowded, f"/d/{wrong}")
            assert caught.value.candidates == ()
    assert time.process_time() - began < 1
