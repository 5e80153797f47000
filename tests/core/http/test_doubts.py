"""Credentials that are not to be shown: refused, over their time, or not to be had; and what is told of it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from tests.core.http.asking import AMD64, PASSWORD, REPOSITORY, USER, bench, refused, serving

from portcall.call import calling
from portcall.errors import PortcallError
from portcall.http.retry import ATTEMPTS
from portcall.http.upstream import Credentials
from portcall.testing import BasicAuth, BearerAuth, RecordingServer, quirks

if TYPE_CHECKING:
    from portcall.testing import FakeRegistry, Reply, Request
    from portcall.testing.quirks import Context

pytestmark = pytest.mark.anyio

ADA = Credentials(USER, PASSWORD)
WRONG = Credentials(USER, "wrong-canary")
SCOPE = f"repository:{REPOSITORY}:pull"
PROBLEM = "docker-credential-acme failed for registry.example"
WAYS = ("docker login", "password_env")


def shows(registry: FakeRegistry) -> int:
    """How often credentials were shown, to the registry or to its token service."""
    return len([one for one in registry.requests if one.body or one.scheme_used == "basic"])


# A source of credentials that failed


@pytest.mark.parametrize(
    "auth",
    [BearerAuth({USER: PASSWORD}, public=[]), BasicAuth({USER: PASSWORD}), BearerAuth({USER: PASSWORD})],
    ids=["bearer", "basic", "public"],
)
@pytest.mark.parametrize(
    "quirk", [None, quirks.TokenRefusedForMissing(), quirks.MissingIsUnauthorized()], ids=repr
)
async def test_what_is_not_found_for_want_of_credentials_is_told_so(auth: Any, quirk: quirks.Quirk | None):
    with serving(*([quirk] if quirk else []), auth=auth) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, problem=PROBLEM)
            with refused("unauthorized", *WAYS) as caught:
                await distribution.manifest("no/such", "1")
        assert caught.error.message == PROBLEM


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_refusals_are_put_down_to_the_source_that_failed(status: int):
    with serving(quirks.Answer(status)) as registry:
        async with bench() as made:
            with refused("unauthorized", PROBLEM):
                await made.distribution(registry.address, problem=PROBLEM).tags(REPOSITORY)


@pytest.mark.parametrize(
    ("status", "code"), [(429, "rate_limited"), (500, "upstream_error"), (400, "upstream_error")]
)
async def test_other_refusals_are_what_they_are(status: int, code: str):
    with serving(quirks.Answer(status, retry_after=3600)) as registry:
        async with bench() as made:
            with refused(code):
                await made.distribution(registry.address, problem=PROBLEM).tags(REPOSITORY)


async def test_what_a_stranger_refuses_is_not_put_down_to_the_source():
    stranger = RecordingServer(404)
    with stranger.serve() as address, serving(quirks.ManifestRedirect(to=address.url)) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, address, problem=PROBLEM)
            with refused("not_found"):
                await distribution.manifest(REPOSITORY, "1")


async def test_what_anybody_may_read_is_told_with_the_sources_problem():
    with serving(auth=BearerAuth({USER: PASSWORD})) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, problem=PROBLEM)
            with calling("test") as call:
                assert (await distribution.manifest(REPOSITORY, "1")).digest == AMD64.digest
        (warning,) = call.warnings
        assert PROBLEM in warning
        assert "anonymously" in warning


async def test_registry_without_credentials_and_without_a_problem_has_nothing_to_tell():
    with serving(auth=BearerAuth({USER: PASSWORD})) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address)
            with calling("test") as call:
                await distribution.manifest(REPOSITORY, "1")
            with refused("not_found"):
                await distribution.manifest(REPOSITORY, "no-such-tag")
        assert not call.warnings


# Credentials whose time is over


@pytest.mark.parametrize("auth", [BearerAuth({USER: PASSWORD}, public=[]), BasicAuth({USER: PASSWORD})], ids=type)
async def test_expired_credentials_are_not_sent(auth: Any):
    over = Credentials(USER, PASSWORD, source="docker-credential-acme", expires_at=time.time() - 1)
    with serving(auth=auth) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=over)
            with refused("unauthorized", "docker-credential-acme have expired", *WAYS):
                await distribution.manifest(REPOSITORY, "1")
        assert shows(registry) == 0


@pytest.mark.parametrize("auth", [BearerAuth({USER: PASSWORD}, public=[]), BasicAuth({USER: PASSWORD})], ids=type)
async def test_credentials_that_are_still_good_are_sent(auth: Any):
    good = Credentials(USER, PASSWORD, expires_at=time.time() + 60)
    with serving(auth=auth) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=good)
            assert (await distribution.manifest(REPOSITORY, "1")).digest == AMD64.digest


async def test_what_anybody_may_read_is_read_despite_expired_credentials():
    over = Credentials(USER, PASSWORD, expires_at=time.time() - 1)
    with serving(auth=BearerAuth({USER: PASSWORD})) as registry:
        async with bench() as made:
            with calling("test") as call:
                await made.distribution(registry.address, credentials=over).manifest(REPOSITORY, "1")
        (warning,) = call.warnings
        assert "have expired" in warning


# The minute of doubt


async def test_token_that_anybody_gets_is_not_taken_for_ones_own():
    """Else it would be shown for as long as it lives, and what the credentials may read be hidden."""
    auth = BearerAuth({}, ttl=3600)
    with serving(auth=auth) as registry:
        async with bench(max_bytes=0) as made:
            distribution = made.distribution(registry.address, credentials=ADA)
            await distribution.tags(REPOSITORY)
            made.clock.move(50)
            await distribution.tags(REPOSITORY)
            made.clock.move(11)
            auth.users[USER] = PASSWORD
            registry.forget()
            await distribution.tags(REPOSITORY)
        assert [one.scheme_used for one in registry.asked("token")] == ["basic"]


async def test_token_of_the_minute_of_doubt_is_shared_with_all_who_are_anonymous():
    with serving(auth=BearerAuth({})) as registry:
        async with bench(max_bytes=0) as made:
            for credentials in (ADA, None, WRONG):
                await made.distribution(registry.address, credentials=credentials).tags(REPOSITORY)
        assert [one.scheme_used for one in registry.asked("token")] == ["basic", None, "basic"]


async def test_credentials_are_not_shown_again_for_a_minute_for_what_they_were_passed_over_for():
    with serving(quirks.BadCredentialsForbidden(), auth=BearerAuth({}, ttl=3600)) as registry:
        async with bench(max_bytes=0) as made:
            distribution = made.distribution(registry.address, credentials=ADA)
            for _ in range(3):
                await distribution.tags(REPOSITORY)
            assert shows(registry) == 1
            made.clock.move(61)
            await distribution.tags(REPOSITORY)
            assert shows(registry) == 2


async def test_doubt_is_noted_though_nobody_else_could_be_asked_for():
    anonymous = quirks.Answer(429, retry_after=3600, path="^GET /token", skip=1)
    with serving(anonymous, auth=BearerAuth({})) as registry:
        async with bench(max_bytes=0) as made:
            distribution = made.distribution(registry.address, credentials=ADA)
            for _ in range(2):
                with refused("rate_limited"):
                    await distribution.tags(REPOSITORY)
        assert shows(registry) == 1


async def test_fifty_callers_show_a_wrong_password_once():
    """Guessing on locks accounts, and a document may name fifty images."""
    with serving(quirks.Latency(0.02, path="/token"), auth=BearerAuth({USER: PASSWORD}, public=[])) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=WRONG)
            asked = (distribution.tags(f"team/app{number}") for number in range(50))
            told = await asyncio.gather(*asked, return_exceptions=True)
        assert {getattr(error, "code", error) for error in told} == {"unauthorized"}
        assert shows(registry) == 1


async def test_fifty_callers_show_a_wrong_password_once_where_no_token_service_is_asked():
    with serving(quirks.Latency(0.1), auth=BasicAuth({USER: PASSWORD}, public=[REPOSITORY])) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=WRONG)
            await distribution.tags(REPOSITORY)
            asked = (distribution.tags(f"team/app{number}") for number in range(50))
            told = await asyncio.gather(*asked, return_exceptions=True)
        assert {getattr(error, "code", error) for error in told} == {"unauthorized"}
        assert shows(registry) == 1


@pytest.mark.parametrize(
    "auth",
    [
        BearerAuth({USER: PASSWORD}, public=[REPOSITORY], challenge_public=False),
        BasicAuth({USER: PASSWORD}, public=[REPOSITORY]),
    ],
    ids=type,
)
async def test_caller_that_leaves_its_trial_is_followed_by_one_other(auth: Any):
    with serving(quirks.Latency(0.1), auth=auth) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=WRONG)
            await distribution.tags(REPOSITORY)
            asked = [asyncio.create_task(distribution.tags(f"team/app{number}")) for number in range(20)]
            while shows(registry) < 1:  # noqa: ASYNC110 - a server's
                await asyncio.sleep(0.01)
            asked[0].cancel()
            await asyncio.gather(*asked, return_exceptions=True)
        assert shows(registry) == 2


@pytest.mark.parametrize("status", [400, 403])
async def test_trial_that_says_nothing_of_the_password_is_followed_by_one_other(status: int):
    auth = BearerAuth({USER: PASSWORD}, public=[REPOSITORY], challenge_public=False)
    once = quirks.Answer(status, path="^GET /token", times=1)
    with serving(once, auth=auth) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=WRONG)
            await distribution.tags(REPOSITORY)
            asked = (distribution.tags(f"team/app{number}") for number in range(20))
            await asyncio.gather(*asked, return_exceptions=True)
        assert shows(registry) == 2


async def test_token_service_that_is_down_is_not_tried_by_each_caller_in_turn():
    auth = BearerAuth({USER: PASSWORD}, public=[REPOSITORY], challenge_public=False)
    down = quirks.Answer(503, path="^GET /token")
    with serving(down, auth=auth) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=WRONG)
            await distribution.tags(REPOSITORY)
            asked = (distribution.tags(f"team/app{number}") for number in range(20))
            told = await asyncio.gather(*asked, return_exceptions=True)
        assert {getattr(error, "code", error) for error in told} == {"upstream_error"}
        assert shows(registry) == ATTEMPTS


async def test_password_that_was_accepted_is_shown_by_all_at_once_where_no_token_service_is_asked():
    with serving(quirks.Latency(0.05), auth=BasicAuth({USER: PASSWORD})) as registry:
        for number in range(8):
            registry.push(f"team/app{number}", AMD64, tags=["1"])
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=ADA)
            await distribution.tags(REPOSITORY)
            await asyncio.gather(*(distribution.tags(f"team/app{number}") for number in range(8)))
        assert registry.peak > 3


async def test_registry_that_changed_to_tokens_is_not_taken_to_refuse_the_password():
    with serving(auth=BasicAuth({USER: PASSWORD})) as registry:
        async with bench(max_bytes=0) as made:
            distribution = made.distribution(registry.address, credentials=ADA)
            await distribution.tags(REPOSITORY)
            registry.auth = BearerAuth({USER: PASSWORD}, public=[])
            assert (await distribution.tags(REPOSITORY)).names


@dataclass(frozen=True)
class BasicInsteadOfInsufficient(quirks.Quirk):
    """An older Harbor's answer to a token that does not suffice (goharbor/harbor#18856)."""

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        shows_token = request.headers.get("authorization", "").startswith("Bearer ")
        if reply.status != 401 or not shows_token:
            return reply
        return reply.with_headers({"WWW-Authenticate": 'Basic realm="harbor"'})


async def test_token_that_does_not_suffice_is_no_reason_to_show_the_password_and_to_blame_it():
    auth = BearerAuth({USER: PASSWORD}, public=[], grants={USER: [REPOSITORY]})
    with serving(BasicInsteadOfInsufficient(), auth=auth) as registry:
        registry.push("other/plans", AMD64, tags=["1"])
        async with bench(max_bytes=0) as made:
            distribution = made.distribution(registry.address, credentials=ADA)
            await distribution.tags(REPOSITORY)
            for _ in range(2):
                with refused("not_found", "no access to it is granted"):
                    await distribution.tags("other/plans")
            assert (await distribution.tags(REPOSITORY)).names
        shown = [one for one in registry.requests if one.scheme_used == "basic"]
        assert {one.kind for one in shown} == {"token"}


async def test_registry_that_changed_to_passwords_is_understood_at_the_second_question():
    with serving(auth=BearerAuth({USER: PASSWORD}, public=[])) as registry:
        async with bench(max_bytes=0) as made:
            distribution = made.distribution(registry.address, credentials=ADA)
            await distribution.tags(REPOSITORY)
            registry.auth = BasicAuth({USER: PASSWORD})
            with contextlib.suppress(PortcallError):
                await distribution.tags(REPOSITORY)
            assert (await distribution.tags(REPOSITORY)).names


async def test_password_that_was_good_and_is_no_more_is_tried_by_one_caller_a_minute():
    auth = BearerAuth({USER: PASSWORD}, public=[])
    with serving(quirks.Latency(0.02, path="/token"), auth=auth) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=ADA)
            await distribution.tags(REPOSITORY)
            auth.users.clear()
            with refused("unauthorized"):
                await distribution.tags("team/app")
            made.clock.move(61)
            registry.forget()
            asked = (distribution.tags(f"team/app{number}") for number in range(20))
            await asyncio.gather(*asked, return_exceptions=True)
        assert shows(registry) == 1


async def test_accepted_credentials_are_shown_by_all_at_once():
    with serving(quirks.Latency(0.05, path="/token"), auth=BearerAuth({USER: PASSWORD}, public=[])) as registry:
        for number in range(8):
            registry.push(f"team/app{number}", AMD64, tags=["1"])
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=ADA)
            await asyncio.gather(*(distribution.tags(f"team/app{number}") for number in range(8)))
        assert shows(registry) == 8
        assert registry.peak > 3


async def test_caller_that_leaves_while_its_password_is_on_trial_holds_up_nobody():
    with serving(quirks.Latency(0.1, path="/token"), auth=BearerAuth({USER: PASSWORD}, public=[])) as registry:
        registry.push("other/app", AMD64, tags=["1"])
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=ADA)
            first = asyncio.create_task(distribution.tags(REPOSITORY))
            second = asyncio.create_task(distribution.tags("other/app"))
            while not registry.peak or registry.count("tags") < 2:  # noqa: ASYNC110 - a server's
                await asyncio.sleep(0.01)
            first.cancel()
            assert (await second).names == ("1",)


# As whom an upstream is asked


async def test_upstream_stands_as_itself_while_its_credentials_are_good():
    with serving(auth=BearerAuth({USER: PASSWORD})) as registry:
        async with bench() as made:
            upstream = made.upstream(registry.address, credentials=ADA)
            await made.distribution(registry.address, credentials=ADA).tags(REPOSITORY)
            assert made.http._exchange.auth.standing(upstream, SCOPE) is upstream


async def test_upstream_stands_as_anybody_for_a_minute_after_its_credentials_were_refused():
    with serving(auth=BearerAuth({})) as registry:
        async with bench() as made:
            upstream = made.upstream(registry.address, credentials=ADA)
            await made.distribution(registry.address, credentials=ADA).tags(REPOSITORY)
            standing = made.http._exchange.auth.standing(upstream)
            assert (standing.credentials, standing.identity) == (None, "anonymous")
            assert "refused the credentials" in standing.problem
            assert (
                made.http._exchange.auth.standing(made.upstream(registry.address, credentials=WRONG)).credentials
                is WRONG
            )
            made.clock.move(60)
            assert made.http._exchange.auth.standing(upstream) is upstream


async def test_upstream_stands_as_anybody_for_the_scope_that_its_credentials_were_passed_over_for():
    once = quirks.Answer(403, path="^GET /token", times=1)
    with serving(once, auth=BearerAuth({USER: PASSWORD})) as registry:
        async with bench() as made:
            upstream = made.upstream(registry.address, credentials=ADA)
            with calling("test") as call:
                await made.distribution(registry.address, credentials=ADA).tags(REPOSITORY)
            assert len(call.warnings) == 1
            standing = made.http._exchange.auth.standing(upstream, SCOPE)
            assert (standing.credentials, standing.problem) == (None, "")
            assert made.http._exchange.auth.standing(upstream, "repository:other/app:pull") is upstream


async def test_what_is_read_with_the_credentials_is_not_told_to_be_asked_anonymously():
    once = quirks.Answer(403, path="^GET /token", times=1)
    with serving(once, auth=BearerAuth({USER: PASSWORD}, public=[REPOSITORY])) as registry:
        registry.push("team/private", AMD64, tags=["1"])
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=ADA)
            with calling("test") as passed_over:
                await distribution.tags(REPOSITORY)
            with calling("test") as accepted:
                assert (await distribution.tags("team/private")).names == ("1",)
        assert len(passed_over.warnings) == 1
        assert not accepted.warnings


async def test_upstream_with_expired_credentials_stands_as_anybody():
    async with bench() as made:
        with serving() as registry:
            over = Credentials(USER, PASSWORD, expires_at=time.time() - 1)
            standing = made.http._exchange.auth.standing(made.upstream(registry.address, credentials=over))
            assert standing.credentials is None
            assert "have expired" in standing.problem
