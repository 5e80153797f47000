"""Whatever is asked for in whatever order: both stores answer as a dictionary would."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from portcall.state import open_state

if TYPE_CHECKING:
    from tests.testbed.redis import RedisServer

KINDS = st.sampled_from(["grant", "code"])
KEYS = st.sampled_from(["", "a", "b", "a:b", "\0", "\ud800"])
VALUES = st.binary(max_size=20)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["put", "add"]), KINDS, KEYS, VALUES),
        st.tuples(st.sampled_from(["get", "take", "drop", "count"]), KINDS, KEYS),
        st.tuples(st.just("enter"), KINDS, KEYS, KEYS, st.integers(0, 3)),
        st.tuples(st.just("leave"), KINDS, KEYS, KEYS),
    ),
    max_size=40,
)


@dataclass
class Model:
    """What a store is, in one process and without an end."""

    records: dict[tuple[str, str], bytes] = field(default_factory=dict)
    counters: Counter[tuple[str, str]] = field(default_factory=Counter)
    groups: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def ask(self, what: str, kind: str, key: str, *more: object) -> object:
        at = (kind, key)
        group = self.groups.setdefault(at, set())
        answer: object = None
        if what == "add":
            answer = at not in self.records
        elif what in ("get", "take"):
            answer = self.records.get(at)
        if what == "put" or (what == "add" and answer):
            self.records[at] = more[0]
        elif what in ("take", "drop"):
            self.records.pop(at, None)
        elif what == "count":
            self.counters[at] += 1
            answer = self.counters[at]
        elif what == "enter":
            answer = more[0] in group or len(group) < more[1]
            group |= {more[0]} if answer else set()
        elif what == "leave":
            group.discard(more[0])
        return answer


async def answers(url: str, steps: list[tuple[Any, ...]]) -> list[object]:
    store = open_state(url)
    told = []
    for what, kind, key, *more in steps:
        if what in ("put", "add"):
            asking = getattr(store, what)(kind, key, more[0], 600)
        elif what == "count":
            asking = store.count(kind, key, 600)
        elif what == "enter":
            asking = store.enter(kind, key, more[0], 600, more[1])
        else:
            asking = getattr(store, what)(kind, key, *more)
        told.append(await asking)
    await store.aclose()
    return told


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_both_stores_answer_as_a_dictionary_would(
    tmp_path_factory: pytest.TempPathFactory, session_redis: RedisServer, steps: list[tuple[Any, ...]]
):
    model = Model()
    expected = [model.ask(*step) for step in steps]
    with Redis.from_url(session_redis.url) as client:
        client.flushall()
    assert (
        asyncio.run(answers(f"sqlite://{tmp_path_factory.mktemp('state')}/state/portcall.db", steps)) == expected
    )
    assert asyncio.run(answers(session_redis.url, steps)) == expected
