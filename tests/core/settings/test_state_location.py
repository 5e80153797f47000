"""What ``auth.store`` may say."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcall.settings.state_location import RedisLocation, SqliteLocation, parse_state_location

PASSWORD = "canary-Pa55word"


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:///srv/state.db", "/srv/state.db"),
        ("sqlite:////srv/state.db", "/srv/state.db"),
        ("sqlite:///srv/port%20call%3F.db", "/srv/port call?.db"),
        ("sqlite:///state.db", "/state.db"),
        ("sqlite:///srv/../state.db", "/srv/../state.db"),
    ],
)
def test_file_is_named_with_three_slashes_and_four_are_the_same(url: str, file: str):
    assert parse_state_location(url) == SqliteLocation(Path(file))


@pytest.mark.parametrize("url", ["sqlite:///", "sqlite://", "sqlite:////"])
def test_file_without_a_name_is_the_users_own(url: str):
    assert parse_state_location(url) == SqliteLocation(None)


def test_redis_is_named_as_for_the_cache():
    location = parse_state_location(f"rediss://ada:{PASSWORD}%2F@state.example:7000/3?ca_file=/etc/ssl/corp.pem")
    assert location == RedisLocation(
        "state.example", 7000, 3, "ada", f"{PASSWORD}/", tls=True, ca_file="/etc/ssl/corp.pem"
    )
    assert location.where == "rediss://***@state.example:7000/3"
    assert PASSWORD not in repr(location)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sqlite",
        "sqlite:",
        "sqlite:/srv/state.db",
        "sqlite://srv/state.db",
        "sqlite:///:memory:",
        "sqlite:///srv/",
        "sqlite:///srv/..",
        "sqlite:///srv/.",
        "sqlite:///srv/state.db?mode=ro",
        "sqlite:///srv/state.db#1",
        "sqlite:///srv/state%00.db",
        "memory://",
        "disk:///srv",
        "redis://",
        "redis:///0",
        "redis://host/first",
        "redis://host/0?ca_file=/x",
        "rediss://host/0?timeout=1",
        "redis://host:port/0",
        "redis://[::1/0",
        "postgres://host/0",
        f"http://ada:{PASSWORD}@host",
        f"redis://:{PASSWORD}#@host/0",
        f"redis://:{PASSWORD}/@host/0",
    ],
)
def test_everything_else_is_refused_with_what_there_is_and_not_repeated(url: str):
    with pytest.raises(ValueError, match="use sqlite:///path") as raised:
        parse_state_location(url)
    assert "canary" not in str(raised.value)
    assert raised.value.__cause__ is None


@given(st.text(max_size=60) | st.text(max_size=40).map("sqlite:///".__add__) | st.text().map("redis://".__add__))
def test_any_text_is_a_place_or_refused(url: str):
    with suppress(ValueError):
        location = parse_state_location(url)
        assert isinstance(location, RedisLocation) or location.file is None or location.file.is_absolute()


@given(st.text(min_size=1).filter(lambda name: "\0" not in name and "/" not in name and name not in {".", ".."}))
def test_any_file_can_be_named(name: str):
    if name != ":memory:":
        assert parse_state_location(f"sqlite:///srv/{quote(name, safe='')}") == SqliteLocation(Path("/srv", name))
