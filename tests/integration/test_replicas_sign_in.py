"""Replicas that sign people in: each does any of the steps; without Redis, nobody is told that they may not."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

import httpx2
import pytest
from tests.doubles.dockerhub import DEFAULT_SECRETS, DockerHubDouble, Repository
from tests.integration.replicas.deployment import Replica, replicas, shared_by
from tests.integration.replicas.signing_in import Visitor
from tests.testbed.redis import RedisServer

from portcall.testing import image, layer

T = TypeVar("T")

PUBLIC_URL = "http://127.0.0.1:9"
PRIVATE, CANARY = "ada/private", "canary-of-adas"
#: Seconds within which an answer comes where Redis gives none.
SOON = 10.0


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis that keeps what it has, as one for grants has to."""
    keeps = ("--appendonly", "yes", "--appendfsync", "always")
    with RedisServer(tmp_path_factory.mktemp("redis"), keeps) as redis:
        yield redis


@pytest.fixture(scope="module")
def team(redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Replica]]:
    hub = DockerHubDouble()
    hub.add(Repository(path=PRIVATE, private=True))
    hub.push(PRIVATE, image([layer({"etc/secret": CANARY})]), tags=["1.0"])
    with hub.serve():
        places = hub.places
        hosts = [urlsplit(url).netloc for url in (places.auth, places.registry, places.api)]
        entry = {"endpoint": places.registry, "api": places.api, "auth_hosts": hosts}
        environment = {
            "PORTCALL_REGISTRIES": json.dumps({"docker.io": entry}),
            "PORTCALL_AUTH__MODE": "dockerhub",
            "PORTCALL_SERVER__PUBLIC_URL": PUBLIC_URL,
            **shared_by(redis),
        }
        with replicas(tmp_path_factory.mktemp("replicas"), environment) as running:
            yield running


@pytest.fixture
def ada(redis: RedisServer, team: list[Replica]) -> Iterator[Visitor]:
    redis.go_on()
    for replica in team:
        replica.wait_until("ok")
    ada = Visitor(PUBLIC_URL, "ada", DEFAULT_SECRETS["ada, by token"])
    yield ada
    ada.close()


def reads_hers(ada: Visitor, at: Replica) -> bool:
    """Tell whether her private image is shown to her at a replica; raise where it is not, but for no outage."""
    reply = ada.ask(at, "read_file", image_name=f"{PRIVATE}:1.0", path="/etc/secret")
    assert reply.status_code == 200, reply.text
    return CANARY in reply.text


def at_once(*calls: Callable[[], T]) -> list[T]:
    """Return what calls return that are made side by side."""
    with ThreadPoolExecutor(len(calls)) as threads:
        return [done.result() for done in [threads.submit(call) for call in calls]]


def test_each_step_of_signing_in_may_be_anothers(team: list[Replica], ada: Visitor):
    first, second, third = team
    ada.register(first)
    page = ada.see_page(ada.begin(first), second)
    code = ada.send_form(page, second)
    assert ada.exchange(code, third).status_code == 200
    assert [reads_hers(ada, at) for at in team] == [True, True, True]

    old, spent = ada.access, ada.refresh
    assert ada.renew(first).status_code == 200
    assert (ada.access, ada.refresh) != (old, spent)
    assert [reads_hers(ada, at) for at in team] == [True, True, True]

    assert ada.revoke(second).status_code == 200
    for replica in (third, first, second):
        assert ada.ask(replica, "list_registries").status_code == 401
        assert ada.renew(replica).json()["error"] == "invalid_grant"


def test_code_is_good_once_wherever_it_is_shown(team: list[Replica], ada: Visitor):
    """Whoever shows it again ends what it was good for: one of the two has stolen it."""
    first, second, third = team
    ada.register(first)
    code = ada.send_form(ada.see_page(ada.begin(first), second), third)
    assert ada.exchange(code, first).status_code == 200
    assert ada.exchange(code, second).json()["error"] == "invalid_grant"
    assert ada.ask(third, "list_registries").status_code == 401


def test_refresh_token_whose_answer_was_lost_is_shown_again_at_another(team: list[Replica], ada: Visitor):
    """The replica that had changed it died before it could say so: the same tokens are told again."""
    ada.sign_in(team)
    first, second, third = team
    shown = ada.refresh
    assert ada.renew(first).status_code == 200
    new = (ada.access, ada.refresh)
    assert ada.renew(second, shown).status_code == 200
    assert (ada.access, ada.refresh) == new
    assert reads_hers(ada, third)


def test_ticket_of_a_page_is_good_once_wherever_it_is_sent(team: list[Replica], ada: Visitor):
    first, second, third = team
    ada.register(first)
    begun = ada.begin(first)
    page = ada.see_page(begun, second)
    ada.send_form(page, third)
    with pytest.raises(AssertionError):
        ada.send_form(page, second)
    with pytest.raises(AssertionError):
        ada.see_page(begun, first)


@pytest.mark.parametrize("outage", ["hangs", "is gone"])
def test_redis_that_is_away_is_no_refusal_and_nobody_signs_in_again(
    team: list[Replica], ada: Visitor, redis: RedisServer, outage: str
):
    """A client that is told 401 throws its tokens away, and asks its person; 503 has it wait."""
    ada.sign_in(team)
    assert reads_hers(ada, team[0])
    if outage == "hangs":
        redis.hang()
    else:
        redis.stop()
    try:
        began = time.monotonic()
        refusals = at_once(
            *(partial(ada.ask, at, "list_registries") for at in team),
            partial(ada.begin, team[0]),
            partial(ada.renew, team[1]),
            partial(ada.revoke, team[2]),
        )
        took = time.monotonic() - began
        at_once(*(partial(replica.wait_until, "failing") for replica in team))
        health = at_once(*(replica.health for replica in team))
        alive = [httpx2.get(f"{at.url}/healthz", timeout=SOON, trust_env=False).status_code for at in team]
    finally:
        if outage == "hangs":
            redis.go_on()
        else:
            redis.start()
    assert [reply.status_code for reply in refusals] == [503] * 6
    assert took < SOON
    assert all(int(reply.headers["retry-after"]) > 0 for reply in refusals)
    assert health == [(503, "failing")] * 3
    assert alive == [200] * 3
    for replica in team:
        replica.wait_until("ok", SOON)
    assert [reads_hers(ada, at) for at in team] == [True, True, True]
    assert ada.renew(team[1]).status_code == 200
    assert reads_hers(ada, team[2])


def test_no_replica_has_anything_secret_or_any_state_of_its_own(team: list[Replica], ada: Visitor):
    """All that there is, is in Redis, sealed; so a new replica is as good as an old one."""
    ada.sign_in(team)
    secret = DEFAULT_SECRETS["ada, by token"]
    for replica in team:
        assert secret not in replica.log
        assert ada.access not in replica.log
        assert not list(replica.home.rglob("*.db"))
        assert not list(replica.home.rglob("*.key"))
