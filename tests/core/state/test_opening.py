"""Which store a URL opens, and what seals what is secret in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from portcall.errors import ConfigurationError
from portcall.seal import Seal
from portcall.state import open_state, state_seal

pytestmark = pytest.mark.anyio

KEY = "a random text, the operator's"
REDIS = "redis://state.example/0"


def test_file_without_a_name_is_in_the_users_own_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert open_state("sqlite:///").where == f"sqlite://{tmp_path}/portcall/state.db"
    sealed = state_seal("sqlite:///", None).close("name", b"data")
    assert state_seal(f"sqlite://{tmp_path}/portcall/state.db", None).open("name", sealed) == b"data"


def test_nothing_is_made_before_it_is_used(tmp_path: Path):
    open_state(f"sqlite://{tmp_path}/state/portcall.db")
    assert not list(tmp_path.iterdir())


async def test_key_file_is_beside_the_state_for_its_owner_alone(tmp_path: Path):
    url = f"sqlite://{tmp_path}/state/portcall.db"
    sealed = state_seal(url, None).close("name", b"data")
    assert state_seal(url, "").open("name", sealed) == b"data"
    (file,) = (tmp_path / "state").iterdir()
    assert (file.name, file.stat().st_mode & 0o777) == ("portcall.db.key", 0o600)
    assert file.parent.stat().st_mode & 0o777 == 0o700
    store = open_state(url)  # the folder is one that it takes
    await store.check()
    await store.aclose()


@pytest.mark.parametrize("url", [REDIS, "sqlite:////nowhere/at/all.db"])
def test_operators_key_is_used_where_there_is_one_and_opens_the_same_everywhere(url: str):
    sealed = state_seal(url, KEY).close("name", b"data")
    assert state_seal(REDIS, f"{KEY}\n").open("name", sealed) == b"data"
    assert state_seal(REDIS, f"{KEY} another").open("name", sealed) is None


def test_what_the_cache_sealed_is_not_opened_as_state():
    """Both may be in one Redis, under one key: nobody can pass a cached answer off as a grant."""
    cache = Seal.from_text(KEY)
    assert state_seal(REDIS, KEY).open("name", cache.close("name", b"data")) is None
    assert cache.open("name", state_seal(REDIS, KEY).close("name", b"data")) is None


def test_redis_wants_the_operators_key():
    for key in (None, ""):
        with pytest.raises(ConfigurationError, match="no key") as raised:
            state_seal(REDIS, key)
        assert "PORTCALL_STORE_KEY" in raised.value.hint


def test_key_that_is_too_short_is_refused_and_not_repeated():
    with pytest.raises(ConfigurationError) as raised:
        state_seal(REDIS, "canary-short")
    assert "canary" not in f"{raised.value.message} {raised.value.hint}"


def test_key_file_that_others_may_read_is_refused(tmp_path: Path):
    url = f"sqlite://{tmp_path}/portcall.db"
    state_seal(url, None)
    (tmp_path / "portcall.db.key").chmod(0o644)
    with pytest.raises(ConfigurationError, match=r"portcall\.db\.key.* others"):
        state_seal(url, None)


def test_key_file_that_cannot_be_made_stops_the_start(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="neither read nor made") as raised:
        state_seal(f"sqlite://{tmp_path}/file/portcall.db", None)
    assert "PORTCALL_STORE_KEY" in raised.value.hint


def test_url_that_names_no_store_is_refused():
    with pytest.raises(ValueError, match="no place"):
        open_state("memory://")
    with pytest.raises(ValueError, match="no place"):
        state_seal("memory://", KEY)
