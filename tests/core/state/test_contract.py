"""What both stores do, in the same words: a file, and a real Redis."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from tests.core.state.keeping import OVER, SOON

from portcall.errors import TooLargeError
from portcall.state import MAX_VALUE_BYTES, open_state

if TYPE_CHECKING:
    from tests.core.state.keeping import PassBy

    from portcall.state import StateStore

pytestmark = pytest.mark.anyio

# Records


async def test_record_is_there_until_it_is_dropped(store: StateStore):
    assert await store.get("grant", "one") is None
    await store.put("grant", "one", b"value", 60)
    assert await store.get("grant", "one") == b"value"
    assert await store.get("grant", "one") == b"value"
    await store.drop("grant", "one")
    assert await store.get("grant", "one") is None


async def test_new_value_takes_the_place_of_the_old_with_a_time_of_its_own(store: StateStore, pass_by: PassBy):
    await store.put("grant", "one", b"old", SOON)
    await store.put("grant", "one", b"new", 60)
    pass_by(OVER)
    assert await store.get("grant", "one") == b"new"


async def test_kinds_do_not_see_each_other(store: StateStore):
    await store.put("grant", "one", b"a grant", 60)
    await store.put("code", "one", b"a code", 60)
    await store.drop("code", "one")
    assert await store.take("refresh", "one") is None
    assert await store.get("grant", "one") == b"a grant"


async def test_records_counters_and_groups_of_one_name_are_three_things(store: StateStore):
    await store.put("sign-in", "ada", b"record", 60)
    assert await store.count("sign-in", "ada", 60) == 1
    assert await store.enter("sign-in", "ada", "member", 60, 1)
    assert await store.get("sign-in", "ada") == b"record"
    await store.drop("sign-in", "ada")
    assert await store.count("sign-in", "ada", 60) == 2


async def test_all_is_over_when_its_time_is(store: StateStore, pass_by: PassBy):
    await store.put("code", "got", b"value", SOON)
    await store.put("code", "taken", b"value", SOON)
    await store.put("code", "added", b"value", SOON)
    await store.count("attempts", "ada", SOON)
    await store.enter("streams", "ada", "one", SOON, 1)
    pass_by(OVER)
    assert await store.get("code", "got") is None
    assert await store.take("code", "taken") is None
    assert await store.add("code", "added", b"another", 60)
    assert await store.get("code", "added") == b"another"
    assert await store.count("attempts", "ada", 60) == 1
    assert await store.enter("streams", "ada", "two", 60, 1)


async def test_what_is_taken_is_gone(store: StateStore):
    await store.put("code", "one", b"value", 60)
    assert await store.take("code", "one") == b"value"
    assert await store.take("code", "one") is None
    assert await store.get("code", "one") is None


async def test_of_many_who_take_at_once_one_gets_it(store: StateStore):
    for number in range(20):
        await store.put("code", str(number), b"value", 60)
    taken = await asyncio.gather(*(store.take("code", str(number % 20)) for number in range(200)))
    assert Counter(taken) == {b"value": 20, None: 180}


async def test_of_many_who_add_at_once_one_does(store: StateStore):
    added = await asyncio.gather(*(store.add("lease", "tag", b"%d" % number, 60) for number in range(40)))
    assert added.count(True) == 1
    assert await store.get("lease", "tag") == b"%d" % added.index(True)


async def test_what_is_there_is_neither_replaced_nor_renewed_by_adding(store: StateStore, pass_by: PassBy):
    assert await store.add("lease", "tag", b"mine", SOON)
    assert not await store.add("lease", "tag", b"yours", 60)
    assert await store.get("lease", "tag") == b"mine"
    pass_by(OVER)
    assert await store.get("lease", "tag") is None


async def test_several_are_dropped_and_what_is_not_there_is_no_fault(store: StateStore):
    for key in "abc":
        await store.put("grant", key, b"value", 60)
    await store.drop("grant")
    await store.drop("grant", "a", "nobody's", "b")
    assert [await store.get("grant", key) for key in "abc"] == [None, None, b"value"]


@pytest.mark.parametrize("value", [b"", b"\0", bytes(range(256)), b"x" * MAX_VALUE_BYTES])
async def test_any_bytes_are_kept_as_they_are(store: StateStore, value: bytes):
    await store.put("grant", "one", value, 60)
    assert await store.get("grant", "one") == value
    assert await store.take("grant", "one") == value
    assert await store.add("grant", "one", value, 60)
    assert await store.get("grant", "one") == value


async def test_value_that_is_too_large_is_refused_and_what_was_there_stays(store: StateStore):
    await store.put("grant", "one", b"value", 60)
    with pytest.raises(TooLargeError):
        await store.put("grant", "one", bytes(MAX_VALUE_BYTES + 1), 60)
    with pytest.raises(TooLargeError):
        await store.add("grant", "two", bytes(MAX_VALUE_BYTES + 1), 60)
    assert await store.get("grant", "one") == b"value"


@pytest.mark.parametrize("seconds", [0, -1, float("-inf")])
async def test_no_time_at_all_is_over_at_once(store: StateStore, pass_by: PassBy, seconds: float):
    await store.put("code", "one", b"value", 60)
    await store.put("code", "one", b"value", seconds)
    pass_by(SOON)
    assert await store.get("code", "one") is None


async def test_what_is_for_ever_is_kept_and_has_an_end_all_the_same(store: StateStore):
    await store.put("grant", "one", b"value", float("inf"))
    assert await store.get("grant", "one") == b"value"
    with pytest.raises(ValueError, match="no time"):
        await store.put("grant", "two", b"value", float("nan"))


HOSTILE = ["", " ", "\0", "a\0b", "*", "?[a]", "a:b", "'; DROP TABLE record; --", "\n", "é", "e\u0301", "\ud800"]


async def test_any_key_is_a_key_of_its_own(store: StateStore):
    """Some of them come from the wire: a client's name, a state that somebody made up."""
    keys = [*HOSTILE, "A" * 1_000_000, "A" * 1_000_001]
    for number, key in enumerate(keys):
        await store.put("grant", key, b"%d" % number, 60)
        assert await store.count("attempts", key, 60) == 1
        assert await store.enter("streams", "ada", key, 60, len(keys))
    assert [await store.get("grant", key) for key in keys] == [b"%d" % number for number in range(len(keys))]
    assert not await store.enter("streams", "ada", "one more", 60, len(keys))
    await store.drop("grant", *keys[1:])
    assert await store.get("grant", keys[0]) == b"0"


# Counters


async def test_counter_counts(store: StateStore):
    assert [await store.count("attempts", "ada", 60) for _ in range(3)] == [1, 2, 3]
    assert await store.count("attempts", "bob", 60) == 1


async def test_of_many_who_count_at_once_each_is_told_another_number(store: StateStore):
    numbers = await asyncio.gather(*(store.count("attempts", "ada", 60) for _ in range(50)))
    assert sorted(numbers) == list(range(1, 51))


async def test_counter_ends_after_its_first_however_often_it_is_counted_on(store: StateStore, pass_by: PassBy):
    """Else whoever keeps trying is never let in again."""
    assert await store.count("attempts", "ada", 4 * SOON) == 1
    numbers = []
    for _ in range(5):
        pass_by(SOON)
        numbers.append(await store.count("attempts", "ada", 4 * SOON))
    assert numbers[0] == 2
    assert 1 in numbers


# Groups


async def test_group_has_room_for_so_many(store: StateStore):
    assert [await store.enter("streams", "ada", member, 60, 2) for member in "abc"] == [True, True, False]
    assert await store.enter("streams", "bob", "c", 60, 2)


async def test_who_is_in_a_full_group_is_renewed(store: StateStore, pass_by: PassBy):
    assert await store.enter("streams", "ada", "a", SOON, 1)
    assert await store.enter("streams", "ada", "a", 60, 1)
    pass_by(OVER)
    assert not await store.enter("streams", "ada", "b", 60, 1)


async def test_who_leaves_makes_room(store: StateStore):
    assert await store.enter("streams", "ada", "a", 60, 1)
    await store.leave("streams", "ada", "nobody")
    assert not await store.enter("streams", "ada", "b", 60, 1)
    await store.leave("streams", "ada", "a")
    assert await store.enter("streams", "ada", "b", 60, 1)


async def test_members_end_one_by_one(store: StateStore, pass_by: PassBy):
    assert await store.enter("streams", "ada", "short", SOON, 2)
    assert await store.enter("streams", "ada", "long", 60, 2)
    pass_by(OVER)
    assert await store.enter("streams", "ada", "new", SOON, 2)
    assert not await store.enter("streams", "ada", "one more", 60, 2)
    pass_by(OVER)
    assert await store.enter("streams", "ada", "new", 60, 2)
    assert not await store.enter("streams", "ada", "one more", 60, 2)


async def test_member_that_comes_back_after_its_time_finds_no_room_that_was_taken(
    store: StateStore, pass_by: PassBy
):
    assert await store.enter("streams", "ada", "first", SOON, 1)
    pass_by(OVER)
    assert await store.enter("streams", "ada", "second", 60, 1)
    assert not await store.enter("streams", "ada", "first", 60, 1)


async def test_room_that_was_made_smaller_is_kept_by_those_who_are_in_and_lost_by_who_ended(
    store: StateStore, pass_by: PassBy
):
    assert await store.enter("streams", "ada", "short", SOON, 2)
    assert await store.enter("streams", "ada", "long", 60, 2)
    pass_by(OVER)
    assert not await store.enter("streams", "ada", "short", 60, 1)
    assert await store.enter("streams", "ada", "long", 60, 1)


async def test_of_many_who_enter_at_once_no_more_get_in_than_there_is_room(store: StateStore):
    entered = await asyncio.gather(*(store.enter("streams", "ada", str(n), 60, 5) for n in range(40)))
    assert entered.count(True) == 5


async def test_group_without_room_takes_nobody(store: StateStore):
    assert not await store.enter("streams", "ada", "a", 60, 0)


# All of it


async def test_another_who_opens_the_store_sees_the_same(store: StateStore, url: str):
    other = open_state(url)
    try:
        await store.put("grant", "one", b"value", 60)
        assert await other.get("grant", "one") == b"value"
        assert await other.take("grant", "one") == b"value"
        assert await store.get("grant", "one") is None
        assert await other.count("attempts", "ada", 60) == 1
        assert await store.count("attempts", "ada", 60) == 2
    finally:
        await other.aclose()


async def test_store_that_works_says_so_to_all_who_ask(store: StateStore):
    await asyncio.gather(*(store.check() for _ in range(5)))


async def test_who_goes_in_the_middle_harms_nobody(store: StateStore):
    """Requests are cancelled all the time; what they had begun is done or not, and no answer goes to another."""
    for number in range(20):
        await store.put("grant", str(number), b"%d" % number * 100, 60)
    for round_ in range(20):
        asking = [asyncio.ensure_future(store.get("grant", str(number))) for number in range(20)]
        counting = [asyncio.ensure_future(store.count("attempts", str(round_), 60)) for _ in range(10)]
        for _ in range(round_ % 6):
            await asyncio.sleep(0)
        for each in (*asking[::2], *counting[::2]):
            each.cancel()
        answers = await asyncio.gather(*asking, return_exceptions=True)
        for number, answer in enumerate(answers):
            if number % 2:
                assert answer == b"%d" % number * 100
            else:
                assert isinstance(answer, asyncio.CancelledError) or answer == b"%d" % number * 100
        numbers = await asyncio.gather(*counting[1::2])
        assert len(set(numbers)) == 5
        assert max(numbers) <= 10


async def test_where_it_is_is_told_in_its_repr(store: StateStore, url: str):
    assert store.where == url
    assert repr(store).endswith(f"State({url!r})")
