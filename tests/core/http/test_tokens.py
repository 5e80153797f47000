"""Bearer tokens: how they are asked for, kept, renewed, and given up on."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.core.http.asking import (
    AMD64,
    PASSWORD,
    REPOSITORY,
    USER,
    asking,
    bench,
    entry,
    everything_logged,
    refused,
    serving,
)

from portcall.errors import PortcallError
from portcall.http.upstream import Credentials, TokenService
from portcall.testing import BearerAuth, quirks

if TYPE_CHECKING:
    from portcall.testing import Reply, Request
    from portcall.testing.quirks import Context

pytestmark = pytest.mark.anyio

ADA = Credentials(USER, PASSWORD)
BEA = Credentials("bea", "another-Pa55word")


@dataclass(frozen=True)
class Token(quirks.Quirk):
    """The token endpoint's answer has other fields."""

    fields: tuple[tuple[str, Any], ...] = ()

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if request.kind != "token":
            return reply
        return reply.with_body(json.dumps({**reply.document, **dict(self.fields)}).encode())


def bearer(**options: Any) -> BearerAuth:
    return BearerAuth({USER: PASSWORD, BEA.username: BEA.secret}, **options)


async def test_cold_question_costs_one_401_and_one_token():
    with serving(auth=bearer()) as registry:
        async with bench() as made:
            await made.distribution(registry.address).manifest(REPOSITORY, "1")
        assert [(one.kind, one.status) for one in registry.requests] == [
            ("manifest", 401),
            ("token", 200),
            ("manifest", 200),
        ]


async def test_declared_token_service_saves_the_401():
    with serving(auth=bearer()) as registry:
        service = TokenService(f"{registry.address.url}/token", "portcall.testing")
        async with bench() as made:
            await made.distribution(registry.address, token_service=service).manifest(REPOSITORY, "1")
        assert [(one.kind, one.status) for one in registry.requests] == [("token", 200), ("manifest", 200)]


async def test_token_is_asked_for_with_the_challenges_service_and_scope():
    with serving(auth=bearer(service="a service, \\quoted")) as registry:
        async with bench() as made:
            await made.distribution(registry.address).manifest(REPOSITORY, "1")
        (asked,) = registry.asked("token")
        assert asked.parameters == {"service": ["a service, quoted"], "scope": [f"repository:{REPOSITORY}:pull"]}
        assert asked.authorization is None


@pytest.mark.parametrize(
    "quirk",
    [
        quirks.TokenOnly(),
        quirks.AccessTokenOnly(),
        quirks.TokenWithoutExpiry(),
        quirks.TokenExpiryZero(),
        quirks.SkewedIssuedAt(),
        quirks.SeveralChallenges(),
        quirks.SeveralChallenges(one_header=True),
        *(Token(fields=(("expires_in", odd),)) for odd in ("300", -1, True, 1e308, 10**400, [], {})),
        *(Token(fields=(("issued_at", odd),)) for odd in (7, "never")),
    ],
    ids=repr,
)
async def test_token_is_used_again_whatever_form_it_has(quirk: quirks.Quirk):
    with serving(quirk, auth=bearer()) as registry:
        async with bench(max_bytes=0) as made:
            distribution = made.distribution(registry.address)
            for _ in range(3):
                await distribution.tags(REPOSITORY)
        assert registry.fired(type(quirk)) > 0
        assert registry.count("token") == 1
        assert registry.count(status=401) == 1


@pytest.mark.parametrize(
    ("told", "lives"),
    [
        ("absent", 60),
        (0, 60),
        (-5, 60),
        (10, 60),
        (120, 120),
        (120.5, 120),
        ("600", 60),
        (10**400, 86_400),
        (float("inf"), 86_400),
        (float("nan"), 60),
    ],
)
async def test_token_is_renewed_just_before_its_time(told: Any, lives: int):
    quirk = quirks.TokenWithoutExpiry() if told == "absent" else Token(fields=(("expires_in", told),))
    with serving(quirk, auth=bearer(ttl=1_000_000, opaque=True)) as registry:
        async with bench(max_bytes=0) as made:
            distribution = made.distribution(registry.address)
            await distribution.tags(REPOSITORY)
            made.clock.move(lives - 6)
            await distribution.tags(REPOSITORY)
            assert registry.count("token") == 1
            made.clock.move(2)
            await distribution.tags(REPOSITORY)
            assert registry.count("token") == 2
        assert registry.count(status=401) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"token"',
        b"<html>Sign in</html>",
        b"{}",
        b'{"token": null}',
        b'{"token": ""}',
        b'{"token": "", "access_token": ""}',
        b'{"token": 5}',
        b'{"token": ["x"]}',
        b'{"token": "a\\r\\nX-Injected: b"}',
        b'{"token": "caf\\u00e9"}',
        b'{"token": "\\ud800"}',
        b"[" * 50_000,
        b"\xff\xfe",
    ],
)
async def test_what_is_no_token_is_the_token_services_fault(body: bytes):
    with serving(quirks.Answer(200, body=body, path="/token"), auth=bearer()) as registry:
        async with bench() as made:
            with refused("upstream_error", "without a token"):
                await made.distribution(registry.address).manifest(REPOSITORY, "1")
        assert registry.count("manifest") == 1


async def test_endless_token_is_not_read():
    with serving(quirks.HugeBody(path="/token", announced=False), auth=bearer()) as registry:
        async with bench() as made:
            with refused("too_large"):
                await made.distribution(registry.address).manifest(REPOSITORY, "1")


async def test_each_repository_has_a_token_of_its_own():
    with serving(auth=bearer()) as registry:
        registry.push("other/app", AMD64, tags=["1"])
        async with bench() as made:
            distribution = made.distribution(registry.address)
            for repository in (REPOSITORY, "other/app", REPOSITORY):
                await distribution.tags(repository)
        scopes = [one.parameter("scope") for one in registry.asked("token")]
        assert scopes == [f"repository:{REPOSITORY}:pull", "repository:other/app:pull"]
        assert registry.count(status=401) == 1


async def test_each_identity_has_a_token_of_its_own():
    with serving(auth=bearer()) as registry:
        async with bench() as made:
            for credentials in (None, ADA, BEA, None, ADA, BEA):
                await made.distribution(registry.address, credentials=credentials).tags(REPOSITORY)
        assert [one.scheme_used for one in registry.asked("token")] == [None, "basic", "basic"]
        used = [one.authorization for one in registry.asked("tags", status=200)]
        assert len(set(used)) == 3


async def test_fifty_callers_share_one_token_request():
    with serving(quirks.Latency(0.05), auth=bearer()) as registry:
        async with bench(max_bytes=0) as made:
            distribution = made.distribution(registry.address)
            await asyncio.gather(*(distribution.tags(REPOSITORY, 1 + number) for number in range(50)))
        assert registry.count("token") == 1
        assert registry.count("tags", status=200) == 50


async def test_fifty_questions_to_a_stranger_cost_one_refusal():
    """The first goes ahead, and the others learn from it what is asked for."""
    with serving(auth=bearer()) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=ADA)
            names = [f"no-such-tag-{number}" for number in range(49)]
            await asyncio.gather(
                distribution.manifest(REPOSITORY, "1"),
                *(distribution.resolve(REPOSITORY, name) for name in names),
                return_exceptions=True,
            )
        assert sum(one.status == 401 for one in registry.requests) == 1
        assert registry.count("token") == 1


async def test_stranger_that_fails_keeps_the_others_from_nothing():
    with serving(quirks.Answer(403, times=1)) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address)
            told = await asyncio.gather(
                *(distribution.manifest(REPOSITORY, tag) for tag in ("1", "latest", "2")), return_exceptions=True
            )
    assert sum(isinstance(one, PortcallError) for one in told) == 1


async def test_fifty_callers_renew_a_revoked_token_once():
    auth = bearer()
    with serving(auth=auth) as registry:
        async with bench(max_bytes=0) as made:
            distribution = made.distribution(registry.address)
            await distribution.tags(REPOSITORY)
            auth.revoke_tokens()
            registry.forget()
            await asyncio.gather(*(distribution.tags(REPOSITORY, 1 + number) for number in range(50)))
        assert registry.count("token") == 1
        assert registry.count("tags", status=200) == 50


@pytest.mark.parametrize("quirk", [None, quirks.NoChallenge()])
async def test_token_refused_in_mid_session_is_renewed_once(quirk: quirks.Quirk | None):
    auth = bearer()
    with serving(*([quirk] if quirk else []), auth=auth) as registry:
        async with bench(max_bytes=0) as made:
            distribution = made.distribution(registry.address)
            await distribution.tags(REPOSITORY)
            auth.revoke_tokens()
            registry.forget()
            await distribution.tags(REPOSITORY)
        assert [(one.kind, one.status) for one in registry.requests] == [
            ("tags", 401),
            ("token", 200),
            ("tags", 200),
        ]


async def test_401_that_offers_nothing_is_answered_by_what_v2_offers():
    """gcr.io does so; the scope that GHCR's ``/v2/`` offers means nothing."""
    with serving(quirks.NoChallenge(), quirks.PlaceholderScope(), auth=bearer()) as registry:
        async with bench() as made:
            await made.distribution(registry.address).manifest(REPOSITORY, "1")
        assert [one.kind for one in registry.requests] == ["manifest", "ping", "token", "manifest"]
        assert registry.asked("token")[0].parameter("scope") == f"repository:{REPOSITORY}:pull"


async def test_registry_that_never_offers_anything_is_left_alone():
    with serving(quirks.Answer(401)) as registry:
        async with bench() as made:
            with refused("not_found", "no access"):
                await made.distribution(registry.address).manifest(REPOSITORY, "1")
        assert [one.kind for one in registry.requests] == ["manifest", "ping"]


@pytest.mark.parametrize(
    "challenge", ["Negotiate", "Digest realm=x", "Bearer service=x", "", "Bearer realm=", "=,="]
)
async def test_challenge_that_cannot_be_answered_is_left_alone(challenge: str):
    with serving(quirks.Answer(401, headers={"WWW-Authenticate": challenge})) as registry:
        async with bench() as made:
            with refused("not_found", "no access"):
                await made.distribution(registry.address).manifest(REPOSITORY, "1")
        assert len(registry.requests) == 2


async def test_token_that_never_reaches_far_enough_is_not_asked_for_again():
    with serving(quirks.InsufficientScope(), auth=bearer()) as registry:
        async with bench() as made:
            with refused("not_found", "no access"):
                await made.distribution(registry.address).manifest(REPOSITORY, "1")
        assert [one.kind for one in registry.requests] == ["manifest", "token", "manifest"]


async def test_token_asked_for_beforehand_is_not_asked_for_again():
    """Docker Hub says 401 of what does not exist, to a token that was made for this very request."""
    with serving(quirks.MissingIsUnauthorized(), auth=bearer()) as registry:
        service = TokenService(f"{registry.address.url}/token", "portcall.testing")
        async with bench() as made:
            with refused("not_found", "no access"):
                await made.distribution(registry.address, token_service=service).manifest("no/such", "1")
        assert [one.kind for one in registry.requests] == ["token", "manifest"]


async def test_new_question_gets_a_new_token_after_a_refusal():
    """The repository may be public by now."""
    with serving(quirks.MissingIsUnauthorized(), auth=bearer()) as registry:
        service = TokenService(f"{registry.address.url}/token", "portcall.testing")
        async with bench() as made:
            distribution = made.distribution(registry.address, token_service=service)
            with refused("not_found"):
                await distribution.manifest("no/such", "1")
            registry.push("no/such", AMD64, tags=["1"])
            assert (await distribution.manifest("no/such", "1")).digest == AMD64.digest


@pytest.mark.parametrize("status", [401, 403])
async def test_token_service_that_refuses_what_is_missing_means_not_found(status: int):
    """GHCR: the token endpoint itself says so."""
    with serving(quirks.TokenRefusedForMissing(status), auth=bearer()) as registry:
        async with asking(entry(registry.address)) as gateway:
            with refused("not_found", "no access"):
                await gateway.get_image_details(f"{registry.address.netloc}/no/such:1")
        assert registry.count("manifest") == 1
        assert len(registry.requests) <= 6


async def test_registry_that_asks_for_no_token_gets_none():
    """Quay answers for public repositories without."""
    with serving(auth=bearer(challenge_public=False)) as registry:
        async with asking(entry(registry.address)) as gateway:
            await gateway.get_image_details(f"{registry.address.netloc}/{REPOSITORY}:1")
        assert {one.authorization for one in registry.requests} == {None}
        assert registry.count("token") == 0


@pytest.mark.parametrize("status", [500, 503])
async def test_token_service_that_is_down_is_an_outage(status: int):
    with serving(quirks.Answer(status, path="/token"), auth=bearer()) as registry:
        async with bench() as made:
            with refused("upstream_error", "token service", str(status)):
                await made.distribution(registry.address).manifest(REPOSITORY, "1")
        assert registry.count("token") == 4
        assert registry.count("manifest") == 1


async def test_token_service_that_hangs_up_is_not_tried_times_over():
    with serving(quirks.HangUp(path="/token"), auth=bearer()) as registry:
        async with bench() as made:
            with refused("unreachable"):
                await made.distribution(registry.address).manifest(REPOSITORY, "1")
        # Four tries, and aiohttp's own second one of each, for connections that were kept alive too long.
        assert registry.count("token") <= 8
        assert registry.count("manifest") == 1


async def test_token_service_that_asks_for_a_pause_is_a_rate_limit():
    with serving(quirks.Answer(429, retry_after=3600, path="/token"), auth=bearer()) as registry:
        async with bench() as made:
            with refused("rate_limited", "3600") as caught:
                await made.distribution(registry.address).manifest(REPOSITORY, "1")
        assert caught.error.retry_after == 3600
        assert registry.count("token") == 1


async def test_token_is_in_no_log(caplog: pytest.LogCaptureFixture):
    with everything_logged(caplog), serving(auth=bearer()) as registry:
        async with bench() as made:
            await made.distribution(registry.address, credentials=ADA).manifest(REPOSITORY, "1")
        tokens = {one.authorization for one in registry.requests if one.authorization}
        assert len(tokens) == 2
    written = "\n".join(str(record.__dict__) for record in caplog.records)
    assert "upstream_request" in written
    assert not [token for token in tokens if token.partition(" ")[2] in written]
    assert PASSWORD not in written


def test_secrets_are_in_no_repr():
    assert PASSWORD not in repr(replace(ADA, source="configuration"))
    assert PASSWORD not in ADA.identity
    assert ADA.identity != BEA.identity


@pytest.mark.parametrize("credentials", [None, ADA], ids=["anonymous", "signed in"])
async def test_page_before_the_token_service_is_an_outage_and_nothing_is_said_to_be_missing(
    credentials: Credentials | None,
):
    with serving(quirks.HtmlPage(403, path="/token*"), auth=bearer()) as registry:
        async with bench() as made:
            with refused("upstream_error", "answered 403 by a web page"):
                await made.distribution(registry.address, credentials=credentials).manifest(REPOSITORY, "1")
