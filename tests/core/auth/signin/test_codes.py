"""Codes: what a thief has to have beside one, and what becomes of one that is used twice."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from tests.core.auth.signin.bed import ON_THIS_DEVICE, Bed, Pkce, Registered
from tests.doubles.dockerhub import Clock

pytestmark = pytest.mark.anyio


def refused(reply: httpx.Response, error: str = "invalid_grant") -> bool:
    return reply.status_code == 400 and reply.json()["error"] == error


async def test_a_stolen_code_is_worth_nothing_to_another_client_and_stays_good_for_its_own(bed: Bed) -> None:
    client, thief = await bed.register(), await bed.register()
    code = await bed.code(client)
    thief.pkce = client.pkce
    for _ in range(10):
        assert refused(await bed.exchange(thief, code))
    assert (await bed.exchange(client, code)).status_code == 200


async def test_a_wrong_verifier_does_not_burn_the_code(bed: Bed) -> None:
    client = await bed.register()
    code = await bed.code(client)
    assert refused(await bed.exchange(client, code, code_verifier=Pkce().verifier))
    assert (await bed.exchange(client, code)).status_code == 200


async def test_guessing_a_verifier_ends_the_code(bed: Bed) -> None:
    client = await bed.register()
    code = await bed.code(client)
    for _ in range(5):
        assert refused(await bed.exchange(client, code, code_verifier=Pkce().verifier))
    assert refused(await bed.exchange(client, code))


async def test_no_verifier_is_no_code(bed: Bed) -> None:
    client = await bed.register()
    code = await bed.code(client)
    for verifier in (None, ""):
        assert (await bed.exchange(client, code, code_verifier=verifier)).status_code == 400
    assert (await bed.exchange(client, code)).status_code == 200


_NO_CHALLENGE: list[dict[str, str | None]] = [
    {"code_challenge": None},
    {"code_challenge": ""},
    {"code_challenge": "short"},
    {"code_challenge": "x" * 42 + "="},
    {"code_challenge_method": "plain"},
    {"code_challenge_method": ""},
]


async def test_authorize_wants_a_challenge_by_s256(bed: Bed) -> None:
    client = await bed.register(redirect_uris=[ON_THIS_DEVICE])
    for changed in _NO_CHALLENGE:
        where = (await bed.authorize(client, **changed)).headers["location"]
        assert where.startswith(f"{ON_THIS_DEVICE}?error=invalid_request"), changed
        assert "state=state-1" in where


async def test_a_code_goes_with_the_redirect_uri_that_it_was_sent_to(bed: Bed) -> None:
    client = await bed.register(redirect_uris=["https://a.example/cb", "https://b.example/cb"])
    code = await bed.code(client)
    assert refused(await bed.exchange(client, code, redirect_uri="https://b.example/cb"), "invalid_request")
    assert (await bed.exchange(client, code)).status_code == 200


async def test_a_code_that_is_used_again_revokes_what_came_of_it(bed: Bed) -> None:
    client = await bed.register()
    code = await bed.code(client)
    tokens = (await bed.exchange(client, code)).json()
    assert (await bed.whoami(tokens["access_token"])).status_code == 200
    assert refused(await bed.exchange(client, code))
    assert (await bed.whoami(tokens["access_token"])).status_code == 401
    assert refused(await bed.refresh(client, tokens["refresh_token"]))


async def test_another_client_cannot_revoke_by_showing_a_used_code(bed: Bed) -> None:
    client, other = await bed.register(), await bed.register()
    code = await bed.code(client)
    tokens = (await bed.exchange(client, code)).json()
    assert refused(await bed.exchange(other, code))
    assert (await bed.whoami(tokens["access_token"])).status_code == 200


async def test_of_many_who_use_a_code_at_once_at_most_one_gets_tokens_and_they_do_not_last(bed: Bed) -> None:
    client = await bed.register()
    code = await bed.code(client)
    replies = await asyncio.gather(*(bed.exchange(client, code) for _ in range(5)))
    good = [reply.json()["access_token"] for reply in replies if reply.status_code == 200]
    assert len(good) <= 1
    for token in good:
        assert (await bed.whoami(token)).status_code == 401


async def test_a_code_lasts_a_minute(bed: Bed, clock: Clock) -> None:
    client = await bed.register()
    code = await bed.code(client)
    clock.advance(61)
    assert refused(await bed.exchange(client, code))


async def test_made_up_codes_are_none(bed: Bed) -> None:
    client = await bed.register()
    for code in ("x", "x" * 43, "x" * 10_000, "\x00", "é", "%00", "../../grant"):
        assert refused(await bed.exchange(client, code))


async def test_a_client_that_nobody_registered_is_none(bed: Bed) -> None:
    stranger = Registered("00000000-0000-0000-0000-000000000000")
    assert (await bed.exchange(stranger, "x")).status_code == 401
    reply = await bed.authorize(stranger)
    assert reply.status_code == 400
    assert "location" not in reply.headers


_ELSEWHERE = (
    "https://other.example/mcp",
    "{0}",
    "{0}/mcp/more",
    "{0}/mcp?x=1",
    "{0}/MCP",
    "javascript:x",
    "",
    "x",
)


async def test_authorize_gives_tokens_for_itself_alone(bed: Bed) -> None:
    client = await bed.register(redirect_uris=[ON_THIS_DEVICE])
    for resource in _ELSEWHERE:
        reply = await bed.authorize(client, resource=resource.format(bed.url))
        assert "error=invalid_target" in reply.headers["location"], resource


async def test_the_same_resource_may_be_written_otherwise(bed: Bed) -> None:
    client = await bed.register()
    for resource in (None, f"{bed.resource}/", bed.resource.replace("http", "HTTP")):
        assert (await bed.authorize(client, resource=resource)).headers["location"].startswith(bed.url)


async def test_a_state_of_any_length_is_not_kept(bed: Bed) -> None:
    client = await bed.register(redirect_uris=[ON_THIS_DEVICE])
    assert "error=invalid_request" in (await bed.authorize(client, state="x" * 5000)).headers["location"]
    assert "error=" not in (await bed.authorize(client, state="x" * 4096)).headers["location"]
