"""Identity tokens: shown to the token service alone, by POST, and renewed where it renews them."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from tests.core.http.asking import AMD64, PASSWORD, REPOSITORY, USER, bench, everything_logged, refused, serving

from portcall.call import calling
from portcall.http.upstream import Credentials
from portcall.testing import BasicAuth, BearerAuth, RecordingServer, quirks

if TYPE_CHECKING:
    from portcall.testing import FakeRegistry
    from portcall.testing.wire import RecordedRequest

pytestmark = pytest.mark.anyio

IDENTITY = "canary-1dentity-token"
ALONE = Credentials("", source="docker-credential-acme", secret="", identity_token=IDENTITY)
BESIDE = Credentials(USER, PASSWORD, identity_token=IDENTITY)
SCOPE = f"repository:{REPOSITORY}:pull"


def bearer(**options: Any) -> BearerAuth:
    return BearerAuth({USER: PASSWORD}, **{"public": [], "identity_tokens": {IDENTITY: USER}, **options})


def form_of(request: RecordedRequest) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(request.body.decode(), keep_blank_values=True).items()}


def shown(registry: FakeRegistry) -> list[str]:
    """How each token request that carried credentials did so."""
    return [
        f"{one.method} {form_of(one)['grant_type'] if one.body else one.scheme_used}"
        for one in registry.asked("token")
        if one.body or one.authorization
    ]


@pytest.mark.parametrize("credentials", [ALONE, BESIDE], ids=["alone", "beside a password"])
async def test_identity_token_is_posted_to_the_token_service(credentials: Credentials):
    with serving(auth=bearer()) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=credentials)
            assert (await distribution.manifest(REPOSITORY, "1")).digest == AMD64.digest
        (asked,) = registry.asked("token")
        assert (asked.method, asked.target, asked.authorization) == ("POST", "/token", None)
        assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
        assert form_of(asked) == {
            "grant_type": "refresh_token",
            "refresh_token": IDENTITY,
            "service": "portcall.testing",
            "scope": SCOPE,
            "client_id": "portcall",
        }
        assert {one.scheme_used for one in registry.asked("manifest")} == {None, "bearer"}
        assert [one for one in registry.requests if IDENTITY in f"{one.headers}{one.target}"] == []


async def test_identity_token_with_odd_letters_arrives_whole():
    odd = "a+b/c=&refresh_token=d e%20ü"
    with serving(auth=bearer(identity_tokens={odd: USER})) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=Credentials("", "", identity_token=odd))
            assert (await distribution.manifest(REPOSITORY, "1")).digest == AMD64.digest


async def test_realm_of_a_post_keeps_its_own_query():
    with serving(auth=bearer(realm="{scheme}://{host}/token?tenant=a%2Fb#here")) as registry:
        async with bench() as made:
            await made.distribution(registry.address, credentials=ALONE).manifest(REPOSITORY, "1")
        assert registry.asked("token")[0].target == "/token?tenant=a%2Fb"


async def test_identity_token_never_goes_to_a_token_service_elsewhere():
    attacker = RecordingServer(body=b'{"token": "x"}')
    with attacker.serve() as address, serving(auth=bearer(realm=f"{address.url}/token")) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, address, credentials=ALONE)
            with refused("blocked", "may not receive its credentials", "auth_hosts"):
                await distribution.manifest(REPOSITORY, "1")
    assert attacker.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_identity_token_does_not_follow_a_redirect(status: int):
    attacker = RecordingServer(body=b'{"token": "x"}')
    with attacker.serve() as address:
        elsewhere = quirks.Redirect(to=address.url, status=status, path="/token")
        with serving(elsewhere, auth=bearer()) as registry:
            async with bench() as made:
                distribution = made.distribution(registry.address, address, credentials=ALONE)
                with refused("upstream_error", "token service", str(status)):
                    await distribution.manifest(REPOSITORY, "1")
    assert attacker.requests == []


# Services that do not take them


@pytest.mark.parametrize("status", [400, 401, 404, 405])
async def test_password_beside_it_is_shown_by_get_where_post_is_refused(status: int):
    with serving(auth=bearer(post_status=status)) as registry:
        registry.push("other/app", AMD64, tags=["1"])
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=BESIDE)
            with calling("") as call:
                for repository in (REPOSITORY, "other/app"):
                    assert (await distribution.manifest(repository, "1")).digest == AMD64.digest
            assert not call.warnings
        # What led to a token once is the first to be tried from then on.
        assert shown(registry) == ["POST refresh_token", "GET basic", "GET basic"]


async def test_password_that_is_no_better_is_said_to_be_refused():
    with serving(auth=bearer(post_status=401)) as registry:
        registry.auth.users.clear()  # type: ignore[attr-defined]
        async with bench() as made:
            with refused("unauthorized", "refused the credentials"):
                await made.distribution(registry.address, credentials=BESIDE).manifest(REPOSITORY, "1")
        assert shown(registry) == ["POST refresh_token", "GET basic"]


@pytest.mark.parametrize("status", [401, 404, 405])
async def test_identity_token_alone_that_is_not_taken_is_refused_credentials(status: int):
    with serving(auth=bearer(post_status=status)) as registry:
        async with bench(max_bytes=0) as made:
            distribution = made.distribution(registry.address, credentials=ALONE)
            for _ in range(2):
                with refused("unauthorized", "refused the credentials from docker-credential-acme"):
                    await distribution.tags(REPOSITORY)
            assert shown(registry) == ["POST refresh_token"]
            made.clock.move(61)
            with refused("unauthorized"):
                await distribution.tags(REPOSITORY)
            assert shown(registry) == ["POST refresh_token"] * 2


async def test_what_anybody_may_read_is_read_despite_a_refused_identity_token():
    with serving(auth=bearer(public=["*"], identity_tokens={})) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=ALONE)
            with calling("") as call:
                assert (await distribution.manifest(REPOSITORY, "1")).digest == AMD64.digest
            (warning,) = call.warnings
        assert "anonymously" in warning


@pytest.mark.parametrize(
    ("error", "shows"), [("invalid_grant", 1), ("invalid_client", 1), ("invalid_scope", 2), (["odd"], 2)]
)
async def test_400_tells_whether_it_is_about_the_token_or_about_the_scope(error: object, shows: int):
    answer = quirks.Answer(400, body=json.dumps({"error": error}).encode(), path="^POST /token")
    with serving(answer, auth=bearer(public=["*"])) as registry:
        registry.push("other/app", AMD64, tags=["1"])
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=ALONE)
            for repository in (REPOSITORY, "other/app"):
                assert (await distribution.manifest(repository, "1")).digest == AMD64.digest
        assert shown(registry) == ["POST refresh_token"] * shows


async def test_token_service_that_is_down_is_an_outage_by_post_too():
    with serving(quirks.Answer(503, path="/token"), auth=bearer()) as registry:
        async with bench() as made:
            with refused("upstream_error", "token service", "503"):
                await made.distribution(registry.address, credentials=BESIDE).manifest(REPOSITORY, "1")
        assert {one.method for one in registry.asked("token")} == {"POST"}


async def test_registry_that_wants_a_password_is_said_to_want_one():
    with serving(auth=BasicAuth({USER: PASSWORD})) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=ALONE)
            with refused("unauthorized", "a password", "docker-credential-acme holds an identity token alone"):
                await distribution.manifest(REPOSITORY, "1")
        assert {one.authorization for one in registry.requests} == {None}


async def test_registry_that_wants_a_password_gets_the_one_beside_the_identity_token():
    with serving(auth=BasicAuth({USER: PASSWORD})) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=BESIDE)
            assert (await distribution.manifest(REPOSITORY, "1")).digest == AMD64.digest


# Renewal


async def test_renewed_identity_token_is_shown_from_then_on():
    with serving(auth=bearer(rotating=True)) as registry:
        repositories = [REPOSITORY, "other/app", "third/app"]
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=ALONE)
            for repository in repositories:
                registry.push(repository, AMD64, tags=["1"])
                await distribution.manifest(repository, "1")
        sent = [form_of(one)["refresh_token"] for one in registry.asked("token")]
        assert sent[0] == IDENTITY
        assert len(set(sent)) == 3


async def test_identity_token_that_is_good_but_once_serves_many_callers():
    repositories = [f"team/app{number}" for number in range(20)]
    with serving(quirks.Latency(0.02, path="/token"), auth=bearer(rotating=True)) as registry:
        for repository in repositories:
            registry.push(repository, AMD64, tags=["1"])
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=ALONE)
            await distribution.manifest(repositories[0], "1")
            await asyncio.gather(*(distribution.manifest(repository, "1") for repository in repositories))
        assert {one.status for one in registry.asked("token")} == {200}
        assert registry.count("token") == 20


async def test_service_that_begins_to_renew_does_not_set_callers_against_each_other():
    """None of them knows yet that each identity token is good but once now."""
    auth = bearer()
    repositories = [f"team/app{number}" for number in range(20)]
    with serving(quirks.Latency(0.02, path="/token"), auth=auth) as registry:
        for repository in repositories:
            registry.push(repository, AMD64, tags=["1"])
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=ALONE)
            await distribution.manifest(REPOSITORY, "1")
            auth.rotating = True
            found = await asyncio.gather(*(distribution.manifest(name, "1") for name in repositories))
        assert {one.digest for one in found} == {AMD64.digest}
        assert registry.count("token", status=401) > 0


async def test_renewed_identity_token_that_is_refused_gives_way_to_the_first():
    auth = bearer(rotating=True)
    with serving(auth=auth) as registry:
        registry.push("other/app", AMD64, tags=["1"])
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=ALONE)
            await distribution.manifest(REPOSITORY, "1")
            auth.identity_tokens = {IDENTITY: USER}
            assert (await distribution.manifest("other/app", "1")).digest == AMD64.digest
        sent = [form_of(one)["refresh_token"] for one in registry.asked("token")]
        assert (sent[0], sent[2], len(sent)) == (IDENTITY, IDENTITY, 3)


@pytest.mark.parametrize("odd", [None, "", 5, ["x"], "caf\u00e9", "\ud800", "x" * 10_000, "a\r\nb"])
async def test_renewal_that_makes_no_sense_is_passed_over(odd: object):
    document = {"access_token": "opaque", "refresh_token": odd}
    answer = quirks.Answer(200, body=json.dumps(document).encode(), path="/token")
    with serving(answer, auth=bearer()) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=ALONE)
            for repository in (REPOSITORY, "other/app"):
                with refused("not_found"):
                    await distribution.manifest(repository, "1")
        assert {form_of(one)["refresh_token"] for one in registry.asked("token")} == {IDENTITY}


async def test_identity_tokens_are_in_no_log_and_no_repr(caplog: pytest.LogCaptureFixture):
    auth = bearer(rotating=True)
    with everything_logged(caplog), serving(auth=auth) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=ALONE)
            await distribution.manifest(REPOSITORY, "1")
            requests = vars(made.http._exchange.auth._tokens._requests)
        secrets = [IDENTITY, *auth.identity_tokens]
    written = "\n".join(str(record.__dict__) for record in caplog.records)
    held = "".join(repr(vars(value) if hasattr(value, "__dict__") else value) for value in requests.values())
    assert "upstream_request" in written
    assert [secret for secret in secrets if secret in written + held + repr(ALONE)] == []
