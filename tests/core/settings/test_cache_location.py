"""What ``cache.url`` may say."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from portcall.errors import ConfigurationError
from portcall.http.stores import open_store
from portcall.settings.cache_location import DiskLocation, RedisLocation, parse_location

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "canary-Pa55word"


def test_memory_is_no_store():
    assert open_store("memory://", 1000) is None


def test_folder_is_named_with_three_slashes(tmp_path: Path):
    store = open_store(f"disk://{tmp_path}/portcall%3F", 1000)
    assert store
    assert (store.name, store.where) == ("disk", f"disk://{tmp_path}/portcall?")


def test_folder_without_a_name_is_in_the_users_own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    store = open_store("disk://", 1000)
    assert store
    assert store.where == f"disk://{tmp_path}/portcall/replies"


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("redis://cache.example", "redis://cache.example:6379/0"),
        ("redis://cache.example:7000/3", "redis://cache.example:7000/3"),
        ("rediss://cache.example/", "rediss://cache.example:6379/0"),
        ("rediss://cache.example?ca_file=/etc/ssl/corp.pem", "rediss://cache.example:6379/0"),
        ("redis://[::1]:7000", "redis://[::1]:7000/0"),
        (f"redis://:{PASSWORD}@cache.example", "redis://***@cache.example:6379/0"),
        (f"redis://ada:{PASSWORD}@cache.example/1", "redis://***@cache.example:6379/1"),
    ],
)
def test_redis_is_shown_without_its_password(url: str, where: str):
    location = parse_location(url)
    assert isinstance(location, RedisLocation)
    assert location.where == where
    store = open_store(url, 1000)
    assert store
    assert store.where == where
    for shown in (repr(location), repr(store)):
        assert PASSWORD not in shown
        assert "ada" not in shown


def test_password_is_written_percent_encoded():
    location = parse_location("redis://us%3Aer:p%40ss%2F%23@cache.example")
    assert isinstance(location, RedisLocation)
    assert (location.username, location.password) == ("us:er", "p@ss/#")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "memory",
        "memory://elsewhere",
        "disk",
        "disk:/tmp/x",
        "disk://tmp/x",
        "disk:///",
        "disk:///..",
        "disk:///tmp/x?max=1",
        "disk:///tmp/x%00y",
        "/tmp/x",
        "redis://",
        "redis:///0",
        "redis:cache.example",
        f"redis://:{PASSWORD}@",
        f"redis://:{PASSWORD}@cache.example:port",
        f"redis://:{PASSWORD}@cache.example:99999",
        f"redis://:{PASSWORD}#@cache.example",
        f"redis://:/{PASSWORD}@cache.example",
        f"redis://:[{PASSWORD}@cache.example",
        f"redis://cache.example/{PASSWORD}",
        f"redis://cache.example?password={PASSWORD}",
        f"redis://cache.example#{PASSWORD}",
        "redis://cache.example?ca_file=/etc/ssl/corp.pem",
        f"rediss://cache.example?ssl_cert_reqs=none&password={PASSWORD}",
        f"valkey://:{PASSWORD}@cache.example",
        f"https://:{PASSWORD}@cache.example",
    ],
)
def test_anything_else_is_refused_with_the_choices_and_never_repeated(url: str):
    with pytest.raises(ValueError, match="memory://") as refused:
        parse_location(url)
    assert "redis://" in str(refused.value)
    assert PASSWORD not in str(refused.value)
    assert refused.value.__cause__ is None


def test_looking_at_a_url_creates_nothing_and_loads_no_client(tmp_path: Path):
    assert parse_location(f"disk://{tmp_path}/new") == DiskLocation(tmp_path / "new")
    assert not list(tmp_path.iterdir())
    program = (
        "import sys; from portcall.settings import Settings;"
        "Settings.model_validate({'cache': {'url': 'redis://cache.example'}});"
        "sys.exit('redis' in sys.modules or 'cryptography' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_missing_client_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(ConfigurationError) as refused:
        open_store(f"redis://:{PASSWORD}@cache.example", 1000)
    assert "pip install 'portcall[redis]'" in refused.value.hint
    assert PASSWORD not in str(refused.value)
