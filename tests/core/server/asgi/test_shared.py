"""A store that several replicas share is theirs by one key."""

from __future__ import annotations

from pathlib import Path

import pytest

from portcall.errors import ConfigurationError
from portcall.seal import Seal
from portcall.server.asgi.shared import KeyCheck
from portcall.state import open_state

pytestmark = pytest.mark.anyio

OLD, NEW = Seal(b"o" * 32), Seal(b"n" * 32)


async def test_replicas_of_one_key_are_ready(tmp_path: Path):
    store = open_state(f"sqlite:///{tmp_path / 'state.db'}")
    for _ in range(2):
        await KeyCheck(store, OLD).check()
    await store.aclose()


async def test_replica_with_another_key_is_not_ready_while_there_are_others(tmp_path: Path):
    """It would tell clients that their good sign-ins are none."""
    store = open_state(f"sqlite:///{tmp_path / 'state.db'}")
    await KeyCheck(store, OLD).check()
    with pytest.raises(ConfigurationError, match="another key"):
        await KeyCheck(store, NEW).check()
    await KeyCheck(store, OLD).check()
    await store.aclose()


async def test_new_key_takes_effect_once_nobody_has_the_old_one(tmp_path: Path):
    store = open_state(f"sqlite:///{tmp_path / 'state.db'}")
    await KeyCheck(store, OLD).check()
    await store.drop("key-mark", "key-mark")  # as its time does
    await KeyCheck(store, NEW).check()
    with pytest.raises(ConfigurationError):
        await KeyCheck(store, OLD).check()
    await store.aclose()


async def test_mark_is_renewed_by_those_who_are_there(tmp_path: Path):
    store = open_state(f"sqlite:///{tmp_path / 'state.db'}")
    now = 0.0
    check = KeyCheck(store, OLD, clock=lambda: now)
    await check.check()
    before = await store.get("key-mark", "key-mark")
    await check.check()
    assert await store.get("key-mark", "key-mark") == before
    now = 300.0
    await check.check()
    assert await store.get("key-mark", "key-mark") != before
    await store.aclose()
