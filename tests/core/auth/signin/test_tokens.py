"""Tokens: how long they last, how they are changed for new ones, and how all of them end together."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.core.auth.signin.bed import ADA, Bed, serving
from tests.core.auth.signin.test_codes import refused
from tests.doubles.dockerhub import SERVER_ERROR, Clock, DockerHubDouble, User

from portcall.errors import UnreachableError
from portcall.state.store import StateStore

pytestmark = pytest.mark.anyio

_DAY = 86_400


async def test_a_refresh_token_is_changed_for_a_new_pair(bed: Bed, clock: Clock) -> None:
    client = await bed.register()
    first = await bed.sign_in(client, scope=["write"])
    clock.advance(3000)
    second = (await bed.refresh(client, first["refresh_token"])).json()
    assert second["scope"] == "read write"
    assert not {first["access_token"], first["refresh_token"]} & {second["access_token"], second["refresh_token"]}
    clock.advance(3000)
    assert (await bed.whoami(first["access_token"])).status_code == 401
    assert (await bed.whoami(second["access_token"])).status_code == 200


async def test_a_refresh_token_that_is_used_again_ends_the_whole_family(bed: Bed, clock: Clock) -> None:
    client = await bed.register()
    first = await bed.sign_in(client)
    second = (await bed.refresh(client, first["refresh_token"])).json()
    clock.advance(11)
    assert refused(await bed.refresh(client, first["refresh_token"]))
    for tokens in (first, second):
        assert (await bed.whoami(tokens["access_token"])).status_code == 401
        assert refused(await bed.refresh(client, tokens["refresh_token"]))


async def test_a_refresh_token_is_remembered_as_used_for_as_long_as_its_sign_in_lasts(
    bed: Bed, clock: Clock
) -> None:
    client = await bed.register()
    first = await bed.sign_in(client)
    latest = (await bed.refresh(client, first["refresh_token"])).json()
    clock.advance(29 * _DAY)
    latest = (await bed.refresh(client, latest["refresh_token"])).json()
    assert refused(await bed.refresh(client, first["refresh_token"]))
    assert (await bed.whoami(latest["access_token"])).status_code == 401


async def test_a_client_whose_line_broke_asks_again_and_gets_the_same(bed: Bed, clock: Clock) -> None:
    client = await bed.register()
    first = await bed.sign_in(client)
    second = (await bed.refresh(client, first["refresh_token"])).json()
    clock.advance(9)
    assert (await bed.refresh(client, first["refresh_token"])).json() == second
    assert (await bed.whoami(second["access_token"])).status_code == 200


async def test_many_processes_of_one_client_that_refresh_at_once_agree(bed: Bed) -> None:
    client = await bed.register()
    first = await bed.sign_in(client)
    replies = await asyncio.gather(*(bed.refresh(client, first["refresh_token"]) for _ in range(6)))
    assert len({reply.json()["refresh_token"] for reply in replies}) == 1
    assert (await bed.whoami(replies[0].json()["access_token"])).status_code == 200


async def test_asking_again_for_something_else_is_no_broken_line(bed: Bed) -> None:
    client = await bed.register()
    first = await bed.sign_in(client, scope=["write"])
    second = (await bed.refresh(client, first["refresh_token"], scope="read")).json()
    assert refused(await bed.refresh(client, first["refresh_token"]))
    assert (await bed.whoami(second["access_token"])).status_code == 401


async def test_a_chain_that_went_on_is_told_from_a_broken_line(bed: Bed, clock: Clock) -> None:
    client = await bed.register()
    first = await bed.sign_in(client)
    second = (await bed.refresh(client, first["refresh_token"])).json()
    third = (await bed.refresh(client, second["refresh_token"])).json()
    await bed.refresh(client, first["refresh_token"])  # within its grace: gets the second pair once more
    clock.advance(11)
    assert refused(await bed.refresh(client, second["refresh_token"]))
    assert (await bed.whoami(third["access_token"])).status_code == 401


class _Failing:
    """A store that fails once, before its call of that number."""

    def __init__(self, store: StateStore, call: int) -> None:
        self._store, self.left = store, call

    def __getattr__(self, name: str) -> Any:
        async def call(*arguments: Any) -> Any:
            self.left -= 1
            if self.left == -1:
                raise UnreachableError("the store is away")
            return await getattr(self._store, name)(*arguments)

        return call


async def test_a_store_that_fails_in_the_middle_of_a_refresh_makes_no_thief_of_the_client(
    bed: Bed, clock: Clock
) -> None:
    """Wherever it fails: whoever asks again later gets new tokens, and the old ones were good until then."""
    client, old = await bed.register(), bed.provider
    answers: list[int] = []
    failed = True
    while failed:
        tokens = await bed.sign_in(client)
        store = _Failing(old.store, len(answers))
        async with serving(store, old.seal, old.accounts, clock=clock, scopes=old.scopes) as failing:
            reply = await failing.refresh(client, tokens["refresh_token"])
        failed = store.left < 0
        answers.append(reply.status_code)
        clock.advance(31)
        if reply.status_code != 200:
            assert (await bed.whoami(tokens["access_token"])).status_code == 200
            reply = await bed.refresh(client, tokens["refresh_token"])
        assert (await bed.whoami(reply.json()["access_token"])).status_code == 200, answers
    assert answers.count(503) >= 8
    assert answers[-1] == 200


async def test_tokens_that_a_thief_was_to_get_are_not_kept(bed: Bed, clock: Clock) -> None:
    client = await bed.register()
    tokens = await bed.sign_in(client)
    await bed.refresh(client, tokens["refresh_token"])
    clock.advance(11)
    written: list[tuple[str, str]] = []
    put, dropped = bed.provider.store.put, bed.provider.store.drop

    class Watched(_Failing):
        async def put(self, kind: str, key: str, value: bytes, seconds: float) -> None:
            written.append((kind, key))
            await put(kind, key, value, seconds)

        async def drop(self, kind: str, *keys: str) -> None:
            written[:] = [each for each in written if each not in {(kind, key) for key in keys}]
            await dropped(kind, *keys)

    old, store = bed.provider, Watched(bed.provider.store, 1000)
    async with serving(store, old.seal, old.accounts, clock=clock, scopes=old.scopes) as watched:
        assert refused(await watched.refresh(client, tokens["refresh_token"]))
    assert [kind for kind, _ in written if kind in {"access", "refresh"}] == []


async def test_another_clients_refresh_token_is_none(bed: Bed) -> None:
    client, thief = await bed.register(), await bed.register()
    tokens = await bed.sign_in(client)
    assert refused(await bed.refresh(thief, tokens["refresh_token"]))
    assert (await bed.refresh(client, tokens["refresh_token"])).status_code == 200


async def test_a_refresh_narrows_and_never_widens(bed: Bed, clock: Clock) -> None:
    client = await bed.register()
    narrow, wide = await bed.sign_in(client), await bed.sign_in(client, scope=["write"])
    assert refused(await bed.refresh(client, narrow["refresh_token"], scope="read write"), "invalid_scope")
    narrowed = (await bed.refresh(client, wide["refresh_token"], scope="read")).json()
    assert narrowed["scope"] == "read"
    assert (await bed.whoami(narrowed["access_token"])).json()["scopes"] == ["read"]
    # RFC 6749 §6: the new refresh token is good for what the old one was.
    assert (await bed.refresh(client, narrowed["refresh_token"])).json()["scope"] == "read write"


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_revoking_either_token_ends_both_and_forgets_the_login(bed: Bed, kind: str) -> None:
    client = await bed.register()
    tokens = await bed.sign_in(client)
    issued = await bed.provider.tokens.access(tokens["access_token"])
    assert issued is not None
    assert await bed.provider.store.get("grant", issued.grant) is not None
    assert (await bed.revoke(client, tokens[kind])).status_code == 200
    assert await bed.provider.store.get("grant", issued.grant) is None
    assert (await bed.whoami(tokens["access_token"])).status_code == 401
    assert refused(await bed.refresh(client, tokens["refresh_token"]))


async def test_another_client_revokes_nothing(bed: Bed) -> None:
    client, other = await bed.register(), await bed.register()
    tokens = await bed.sign_in(client)
    for kind in ("access_token", "refresh_token"):
        assert (await bed.revoke(other, tokens[kind])).status_code == 200
    assert (await bed.whoami(tokens["access_token"])).status_code == 200
    assert (await bed.refresh(client, tokens["refresh_token"])).status_code == 200


async def test_one_persons_two_sign_ins_end_one_by_one(bed: Bed) -> None:
    client = await bed.register()
    one, other = await bed.sign_in(client), await bed.sign_in(client)
    await bed.revoke(client, one["access_token"])
    assert (await bed.whoami(one["access_token"])).status_code == 401
    assert (await bed.whoami(other["access_token"])).status_code == 200


async def test_revoking_without_a_token_or_by_a_stranger_is_told_so(bed: Bed) -> None:
    client = await bed.register()
    assert (await bed.http.post("/revoke", data={"client_id": client.id})).status_code == 400
    assert (await bed.http.post("/revoke", data={"client_id": "nobody", "token": "x"})).status_code == 401
    assert (await bed.revoke(client, "made up")).status_code == 200


async def test_an_access_token_lasts_an_hour(bed: Bed, clock: Clock) -> None:
    tokens = await bed.sign_in(await bed.register())
    clock.advance(3599)
    assert (await bed.whoami(tokens["access_token"])).status_code == 200
    clock.advance(2)
    assert (await bed.whoami(tokens["access_token"])).status_code == 401


async def test_a_sign_in_lasts_thirty_days_however_often_it_is_refreshed(bed: Bed, clock: Clock) -> None:
    client = await bed.register()
    tokens = await bed.sign_in(client)
    for _ in range(4):
        clock.advance(7 * _DAY)
        tokens = (await bed.refresh(client, tokens["refresh_token"])).json()
    clock.advance(2 * _DAY - 60)
    tokens = (await bed.refresh(client, tokens["refresh_token"])).json()
    assert tokens["expires_in"] <= 60
    clock.advance(61)
    assert (await bed.whoami(tokens["access_token"])).status_code == 401
    assert refused(await bed.refresh(client, tokens["refresh_token"]))


async def test_a_login_that_docker_hub_no_longer_accepts_ends_the_sign_in_at_the_next_refresh(
    bed: Bed, hub: DockerHubDouble, clock: Clock
) -> None:
    client = await bed.register()
    tokens = await bed.sign_in(client)
    hub.add(User(name="ada", password="changed"))
    clock.advance(3601)
    assert refused(await bed.refresh(client, tokens["refresh_token"]))
    hub.mend()
    assert refused(await bed.refresh(client, tokens["refresh_token"]))


async def test_docker_hub_is_asked_again_once_an_hour_at_most(
    bed: Bed, hub: DockerHubDouble, clock: Clock
) -> None:
    client = await bed.register()
    tokens = await bed.sign_in(client)
    hub.forget()
    for _ in range(6):
        clock.advance(1000)
        tokens = (await bed.refresh(client, tokens["refresh_token"])).json()
    assert len(hub.asked("api", path="/v2/auth/token")) == 2


async def test_docker_hubs_outage_ends_no_sign_in_and_it_is_asked_again_next_time(
    bed: Bed, hub: DockerHubDouble, clock: Clock
) -> None:
    client = await bed.register()
    tokens = await bed.sign_in(client)
    hub.fail("login", SERVER_ERROR)
    clock.advance(3601)
    tokens = (await bed.refresh(client, tokens["refresh_token"])).json()
    assert (await bed.whoami(tokens["access_token"])).status_code == 200
    hub.mend()
    hub.add(User(name="ada", password="changed"))
    assert refused(await bed.refresh(client, tokens["refresh_token"]))


async def test_made_up_tokens_are_none(bed: Bed) -> None:
    client = await bed.register()
    tokens = await bed.sign_in(client)
    for token in ("x", "x" * 43, "x" * 5000, tokens["refresh_token"], tokens["access_token"][:-1]):
        assert (await bed.whoami(token)).status_code == 401
    for token in ("x", "x" * 5000, tokens["access_token"]):
        assert refused(await bed.refresh(client, token))


async def test_each_person_is_another_caller(bed: Bed) -> None:
    client = await bed.register()
    ada = await bed.sign_in(client, ADA)
    grace = await bed.sign_in(client, ("grace", "dckr_pat_grace00000000000000000000"))
    told = [(await bed.whoami(tokens["access_token"])).json() for tokens in (ada, grace)]
    assert [each["identity"] for each in told] == ["dockerhub:ada", "dockerhub:grace"]
    assert told[0]["secret"] != told[1]["secret"]
