"""What strangers may make: so much, and no more, whoever else is there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from portcall.state import Newest, open_state

if TYPE_CHECKING:
    from portcall.state import StateStore

pytestmark = pytest.mark.anyio


async def there(records: Newest, many: int) -> list[int]:
    found = [await records.get(str(number)) for number in range(many)]
    return [number for number, value in enumerate(found) if value is not None]


async def test_oldest_makes_way(store: StateStore):
    records = Newest(store, "client", 5)
    for number in range(12):
        await records.put(str(number), b"%d" % number, 60)
    assert await there(records, 12) == [7, 8, 9, 10, 11]
    assert await records.get("11") == b"11"
    assert await store.get("client", "11") == b"11"


async def test_what_proved_useful_is_taken_out_and_does_not_make_way(store: StateStore):
    records = Newest(store, "new client", 3)
    await records.put("used", b"registration", 60)
    registration = await records.take("used")
    assert registration
    assert await records.take("used") is None
    await store.put("client", "used", registration, 600)
    for number in range(10):
        await records.put(str(number), b"flood", 60)
    assert await store.get("client", "used") == b"registration"
    assert await there(records, 10) == [7, 8, 9]


async def test_flood_over_all_replicas_has_one_ceiling(store: StateStore, url: str):
    other = open_state(url)
    one_replica, other_replica = Newest(store, "client", 5), Newest(other, "client", 5)
    await asyncio.gather(
        *(one_replica.put(str(number), b"x", 60) for number in range(0, 40, 2)),
        *(other_replica.put(str(number), b"x", 60) for number in range(1, 40, 2)),
    )
    await other.aclose()
    assert 1 <= len(await there(one_replica, 40)) <= 5


async def test_record_has_an_end_of_its_own_too(store: StateStore):
    records = Newest(store, "client", 5)
    await records.put("one", b"x", 0)
    await asyncio.sleep(0.02)
    assert await records.get("one") is None
    await records.put("\ud800", b"x", 60)
    for number in range(5):
        await records.put(str(number), b"x", 60)
    assert await records.get("\ud800") is None
