"""What one process has learnt, the next one need not ask for: from a folder at the shell, from Redis in a team."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.core.http.asking import serving
from tests.testbed.redis import RedisServer

from portcall.testing import BearerAuth, quirks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.testbed.shell import Shell

    from portcall.testing import FakeRegistry

USER, PASSWORD, KEY = "ada", "canary-Pa55word", "a key of more than sixteen characters"


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    with serving() as running:
        yield running


@pytest.fixture(params=["disk", "redis"])
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where the processes keep what they learn."""
    if request.param == "disk":
        yield f"disk://{tmp_path}/cache"
        return
    (tmp_path / "redis").mkdir()
    with RedisServer(tmp_path / "redis") as server:
        yield server.url


@pytest.fixture
def ask(shell: Shell, cache: str) -> Callable[..., dict[str, Any]]:
    """Asks about an image in a new process each time."""

    def asked(registry: FakeRegistry, name: str = "shop/api:latest", **variables: str) -> dict[str, Any]:
        reference = f"{registry.address.netloc}/{name}"
        environment = {"PORTCALL_CACHE__URL": cache, "PORTCALL_STORE_KEY": KEY, **variables}
        done = shell.portcall("inspect", reference, "--json", environment=environment)
        answer: dict[str, Any] = json.loads(done.out)
        return answer

    return asked


def wire(registry: FakeRegistry) -> list[str]:
    """Return what the registry was asked since the last look."""
    told = [f"{one.method} {one.kind}" for one in registry.requests if one.kind != "token"]
    registry.requests.clear()
    return told


def test_what_a_digest_names_is_asked_for_once(registry: FakeRegistry, ask: Callable[..., dict[str, Any]]):
    first = ask(registry)
    assert wire(registry) == ["GET manifest", "GET manifest", "GET blob"]
    name = f"shop/api@{first['digest']}"
    again = ask(registry, name)
    assert again["digest"] == first["digest"]
    assert again["layers"] == first["layers"]
    assert wire(registry) == []


def test_a_tag_costs_a_head_at_most(registry: FakeRegistry, ask: Callable[..., dict[str, Any]]):
    first = ask(registry)
    wire(registry)
    assert ask(registry) == first
    assert set(wire(registry)) <= {"HEAD manifest"}


@pytest.mark.parametrize("cache", ["disk"], indirect=True)
@pytest.mark.parametrize("outage", [quirks.Answer(503), quirks.Stall()], ids=["503", "hangs"])
def test_what_a_tag_stood_for_is_told_while_the_registry_is_down(
    registry: FakeRegistry, ask: Callable[..., dict[str, Any]], outage: quirks.Quirk
):
    """Within its minute Redis tells it as fresh; after it, tests/core/http/stores do not wait for it either."""
    first = ask(registry)
    registry.add(outage)
    later = ask(registry)
    assert later["stale"] is True
    assert later["as_of"]
    assert later["digest"] == first["digest"]


def test_what_took_a_password_is_told_to_nobody_without(
    shell: Shell, tmp_path: Path, ask: Callable[..., dict[str, Any]]
):
    auth = BearerAuth({USER: PASSWORD}, public=[])
    with serving(auth=auth) as registry:
        entry = {"endpoint": registry.address.url, "username": USER, "password_env": "SECRET"}
        signed_in = {
            "PORTCALL_REGISTRIES": json.dumps({registry.address.netloc: entry}),
            "SECRET": PASSWORD,
        }
        digest = ask(registry, **signed_in)["digest"]
        wire(registry)
        assert ask(registry, f"shop/api@{digest}", **signed_in)["digest"] == digest
        assert wire(registry) == []
        assert ask(registry, f"shop/api@{digest}")["error"]["code"] == "not_found"
        assert wire(registry) != []


class TestAtTheShell:
    def test_what_is_kept_is_counted_and_thrown_away(
        self, registry: FakeRegistry, ask: Callable[..., dict[str, Any]], shell: Shell, cache: str
    ):
        ask(registry)
        variables = {"PORTCALL_CACHE__URL": cache}
        held = json.loads(shell.portcall("cache", "info", "--json", environment=variables).out)["tiers"]
        (tier,) = [each for each in held if each["name"] != "memory"]
        assert tier["entries"] >= 3
        assert tier["bytes"] > 500
        done = shell.portcall("cache", "clear", "--json", environment=variables)
        (tier,) = [each for each in json.loads(done.out)["tiers"] if each["name"] != "memory"]
        assert (done.status, tier["entries"]) == (0, 0)

    def test_a_cache_that_is_down_is_told_and_breaks_no_answer(self, registry: FakeRegistry, shell: Shell):
        variables = {"PORTCALL_CACHE__URL": "redis://127.0.0.1:1/0"}
        reference = f"{registry.address.netloc}/shop/api:latest"
        done = shell.portcall("inspect", reference, "--json", environment=variables)
        assert (done.status, json.loads(done.out)["tag"]) == (0, "latest")
        info = shell.portcall("cache", "info", environment=variables)
        assert "redis://127.0.0.1:1/0" in info.out
        assert shell.portcall("cache", "clear", environment=variables).status == 1
