"""Credentials go to their own registry and its own token service, and nowhere else."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from tests.core.http.asking import (
    AMD64,
    PASSWORD,
    REPOSITORY,
    USER,
    asking,
    bench,
    everything_logged,
    refused,
    serving,
    with_password,
)

from portcall.call import calling
from portcall.http.upstream import Credentials
from portcall.testing import BasicAuth, BearerAuth, RecordingServer, quirks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.testing import FakeRegistry

pytestmark = pytest.mark.anyio

ADA = Credentials(USER, PASSWORD)
WRONG = Credentials(USER, "wrong-canary")
BASIC = f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"


@pytest.fixture
def attacker() -> Iterator[RecordingServer]:
    """A server that would take any credentials."""
    server = RecordingServer(body=b'{"token": "x"}')
    with server.serve():
        yield server


def image_of(registry: FakeRegistry, repository: str = REPOSITORY) -> str:
    return f"{registry.address.netloc}/{repository}:1"


# Basic


async def test_basic_credentials_are_sent_once_they_are_asked_for():
    with serving(auth=BasicAuth({USER: PASSWORD})) as registry:
        async with asking(with_password(registry.address)) as gateway:
            await gateway.get_image_details(image_of(registry))
        assert [one.authorization for one in registry.requests] == [None, BASIC, BASIC]


async def test_password_with_a_colon_and_letters_beyond_ascii_is_sent():
    password = "pässwörd:with:colons"
    with serving(auth=BasicAuth({USER: password})) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=Credentials(USER, password))
            assert (await distribution.manifest(REPOSITORY, "1")).digest == AMD64.digest


async def test_missing_basic_credentials_are_said_to_be_needed():
    with serving(auth=BasicAuth({USER: PASSWORD})) as registry:
        async with bench() as made:
            with refused("unauthorized", "user name and a password", "password_env"):
                await made.distribution(registry.address).manifest(REPOSITORY, "1")
        assert len(registry.requests) == 1


async def test_wrong_basic_credentials_are_said_to_be_refused():
    with serving(auth=BasicAuth({USER: PASSWORD})) as registry:
        async with asking(with_password(registry.address, "WRONG"), environ={"WRONG": "wrong"}) as gateway:
            with refused("unauthorized", "refused the credentials from the configuration"):
                await gateway.get_image_details(image_of(registry))
        assert len(registry.requests) == 2


async def test_basic_credentials_refused_in_mid_session_give_way_to_none():
    auth = BasicAuth({USER: PASSWORD})
    with serving(auth=auth) as registry:
        async with bench(max_bytes=0) as made:
            distribution = made.distribution(registry.address, credentials=ADA)
            await distribution.tags(REPOSITORY)
            auth.users.clear()
            registry.forget()
            with refused("unauthorized"):
                await distribution.tags(REPOSITORY)
        assert [one.scheme_used for one in registry.requests] == ["basic", None]


# Bearer


async def test_token_service_sees_the_password_and_the_registry_sees_the_token():
    with serving(auth=BearerAuth({USER: PASSWORD}, public=[])) as registry:
        async with asking(with_password(registry.address)) as gateway:
            await gateway.get_image_details(image_of(registry))
        assert {one.authorization for one in registry.asked("token")} == {BASIC}
        assert {one.scheme_used for one in registry.requests if one.kind != "token"} == {None, "bearer"}


async def test_password_never_goes_to_a_token_service_elsewhere(attacker: RecordingServer):
    auth = BearerAuth({USER: PASSWORD}, realm=f"{attacker.address.url}/token")
    with serving(auth=auth) as registry:
        async with asking(with_password(registry.address)) as gateway:
            with refused("blocked", "may not receive its credentials", "auth_hosts"):
                await gateway.get_image_details(image_of(registry))
    assert attacker.requests == []


async def test_password_goes_to_a_token_service_in_auth_hosts():
    with serving(auth=BearerAuth({USER: PASSWORD}, public=[])) as service:
        auth = service.auth
        assert isinstance(auth, BearerAuth)
        auth.realm = f"{service.address.url}/token"
        with serving(auth=auth) as registry:
            listed = with_password(registry.address, auth_hosts=[service.address.netloc])
            async with asking(listed) as gateway:
                await gateway.get_image_details(image_of(registry))
        assert [one.authorization for one in service.requests] == [BASIC]


async def test_anonymous_caller_gets_a_token_elsewhere_without_credentials():
    with serving(auth=BearerAuth()) as service:
        auth = service.auth
        assert isinstance(auth, BearerAuth)
        auth.realm = f"{service.address.url}/token"
        with serving(auth=auth) as registry:
            async with bench() as made:
                await made.distribution(registry.address, service.address).manifest(REPOSITORY, "1")
        assert [(one.kind, one.authorization) for one in service.requests] == [("token", None)]


@pytest.mark.parametrize(
    "realm",
    [
        "http://{user}@{host}/token",
        "http://{user}:x@{host}/token",
        "file:///var/run/secrets/token",
        "http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token",
        "http://[fd00:ec2::254]/latest/api/token",
        "ftp://{host}/token",
        "//{host}/token",
        "/token",
        "token",
        "http://",
        "{host}",
        "http://{host}:0/token",
        "http://[::1",
        "javascript:alert(1)",
    ],
)
@pytest.mark.parametrize("credentials", [None, ADA])
async def test_realm_that_may_not_be_asked_is_refused(realm: str, credentials: Credentials | None):
    auth = BearerAuth({USER: PASSWORD}, realm=realm.replace("{user}", USER))
    with serving(auth=auth) as registry:
        async with bench() as made:
            with refused("blocked"):
                await made.distribution(registry.address, credentials=credentials).manifest(REPOSITORY, "1")
        assert [one.kind for one in registry.requests] == ["manifest"]
        assert registry.requests[0].authorization is None


async def test_realm_that_may_not_be_asked_spoils_nothing_that_follows():
    challenge = {"WWW-Authenticate": 'Bearer realm="file:///etc/passwd"'}
    with serving(quirks.Answer(401, headers=challenge, times=1)) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address)
            with refused("blocked"):
                await distribution.manifest(REPOSITORY, "1")
            assert (await distribution.manifest(REPOSITORY, "1")).digest == AMD64.digest


async def test_realm_keeps_its_own_query_and_loses_its_fragment():
    with serving(auth=BearerAuth(realm="{scheme}://{host}/token?tenant=a%2Fb#here")) as registry:
        async with bench() as made:
            await made.distribution(registry.address).manifest(REPOSITORY, "1")
        (asked,) = registry.asked("token")
        assert asked.query.startswith("tenant=a%2Fb&service=")
        assert asked.parameter("scope") == f"repository:{REPOSITORY}:pull"


@pytest.mark.parametrize("credentials", [None, ADA])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirecting_realm_is_not_followed(
    attacker: RecordingServer, credentials: Credentials | None, status: int
):
    elsewhere = quirks.Redirect(to=attacker.address.url, status=status, path="/token")
    with serving(elsewhere, auth=BearerAuth({USER: PASSWORD})) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, attacker.address, credentials=credentials)
            with refused("upstream_error", "token service", str(status)):
                await distribution.manifest(REPOSITORY, "1")
    assert attacker.requests == []


# Redirects


@pytest.mark.parametrize("challenge", ['Bearer realm="{url}/token",service="x"', 'Basic realm="give"', ""])
async def test_redirect_elsewhere_gets_no_credentials_whatever_it_asks_for(challenge: str):
    attacker = RecordingServer(401)
    with attacker.serve() as address:
        written = challenge.replace("{url}", address.url)
        attacker.reply = attacker.reply.with_headers({"WWW-Authenticate": written or None})
        with serving(quirks.ManifestRedirect(to=address.url), auth=BearerAuth({USER: PASSWORD})) as registry:
            async with bench() as made:
                distribution = made.distribution(registry.address, address, credentials=ADA)
                with refused("not_found", "no access"):
                    await distribution.manifest(REPOSITORY, "1")
    assert attacker.requests != []
    assert len(attacker.requests) <= 3
    assert attacker.secrets() == []


async def test_host_in_auth_hosts_gets_no_credentials_by_redirect():
    attacker = RecordingServer(401, headers={"WWW-Authenticate": 'Basic realm="give"'})
    with attacker.serve() as address, serving(auth=BearerAuth({USER: PASSWORD})) as registry:
        registry.add(quirks.ManifestRedirect(to=address.url))
        async with asking(with_password(registry.address, auth_hosts=[address.netloc])) as gateway:
            with refused("not_found", "no access"):
                await gateway.get_manifest(image_of(registry))
    assert attacker.requests != []
    assert attacker.secrets() == []


async def test_redirect_elsewhere_is_answered_with_an_anonymous_token_of_its_own():
    """A gateway sends to another registry: that one's challenge counts, anonymously."""
    with serving(auth=BearerAuth({USER: PASSWORD})) as second:
        redirect = quirks.ManifestRedirect(to=second.address.url)
        with serving(redirect, auth=BearerAuth({USER: PASSWORD}, public=[])) as first:
            async with bench() as made:
                distribution = made.distribution(first.address, second.address, credentials=ADA)
                assert (await distribution.manifest(REPOSITORY, "1")).digest == AMD64.digest
        assert [(one.kind, one.scheme_used) for one in second.requests] == [
            ("manifest", None),
            ("token", None),
            ("manifest", "bearer"),
        ]
        assert not {one.authorization for one in first.requests} & {
            one.authorization for one in second.asked("manifest", status=200)
        }


async def test_stranger_that_sends_back_home_does_not_get_the_credentials_used():
    with serving(auth=BearerAuth({USER: PASSWORD}, public=["public/*"])) as registry:
        registry.push("public/app", AMD64, tags=["1"])
        stranger = RecordingServer(307)
        with stranger.serve() as address:
            private = f"{registry.address.url}/v2/{REPOSITORY}/manifests/1"
            stranger.reply = stranger.reply.with_headers({"Location": private})
            registry.add(quirks.ManifestRedirect(to=address.url, path="/public/"))
            async with bench() as made:
                distribution = made.distribution(registry.address, address, credentials=ADA)
                with refused("not_found", "no access"):
                    await distribution.manifest("public/app", "1")
        last = registry.asked("manifest", repository=REPOSITORY)
        assert {one.status for one in last} == {401}


# Refused credentials


@pytest.mark.parametrize("quirk", [None, quirks.BadCredentialsForbidden()], ids=["401", "403 as GHCR"])
async def test_what_anybody_may_read_is_read_despite_refused_credentials(quirk: quirks.Quirk | None):
    with serving(*([quirk] if quirk else []), auth=BearerAuth({USER: PASSWORD})) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=WRONG)
            with calling("test") as call:
                assert (await distribution.manifest(REPOSITORY, "1")).digest == AMD64.digest
            (warning,) = call.warnings
        assert "refused the credentials from the configuration" in warning
        assert "anonymously" in warning


async def test_accepted_credentials_leave_no_warning():
    with serving(auth=BearerAuth({USER: PASSWORD})) as registry:
        async with bench() as made:
            with calling("test") as call:
                await made.distribution(registry.address, credentials=ADA).manifest(REPOSITORY, "1")
            assert not call.warnings


@pytest.mark.parametrize("repository", [REPOSITORY, "no/such"])
@pytest.mark.parametrize("public", [["nothing/*"], ["*"]])
async def test_refused_credentials_are_never_told_as_not_found(repository: str, public: list[str]):
    with serving(auth=BearerAuth({USER: PASSWORD}, public=public)) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=WRONG)
            with refused("unauthorized", "refused the credentials", "expired"):
                await distribution.manifest(repository, "no-such-tag")


async def test_accepted_credentials_without_access_are_told_as_not_found():
    """GHCR refuses a token for what is missing, be the credentials ever so good."""
    with serving(quirks.TokenRefusedForMissing(), auth=BearerAuth({USER: PASSWORD}, public=[])) as registry:
        async with bench() as made:
            with calling("test") as call, refused("not_found", "no access"):
                await made.distribution(registry.address, credentials=ADA).manifest("no/such", "1")
            assert not call.warnings


async def test_403_for_one_repository_leaves_the_credentials_good_for_another():
    """A token service that says 403 may mean that scope alone."""
    once = quirks.Answer(403, path="^GET /token", times=1)
    with serving(once, auth=BearerAuth({USER: PASSWORD}, public=[REPOSITORY])) as registry:
        registry.push("private/app", AMD64, tags=["1"])
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=ADA)
            for repository in (REPOSITORY, "private/app"):
                assert (await distribution.manifest(repository, "1")).digest == AMD64.digest


async def test_refused_credentials_are_left_in_peace_for_a_minute():
    """Guessing on locks accounts."""
    with serving(auth=BearerAuth({USER: PASSWORD})) as registry:
        async with bench(max_bytes=0) as made:
            distribution = made.distribution(registry.address, credentials=WRONG)
            for repository in ("a/a", "b/b", "c/c"):
                with refused("unauthorized"):
                    await distribution.tags(repository)
            assert len([one for one in registry.asked("token") if one.authorization]) == 1
            made.clock.move(61)
            with refused("unauthorized"):
                await distribution.tags("d/d")
            assert len([one for one in registry.asked("token") if one.authorization]) == 2


async def test_refused_basic_credentials_are_left_in_peace_for_a_minute():
    with serving(auth=BasicAuth({USER: PASSWORD})) as registry:
        async with bench(max_bytes=0) as made:
            distribution = made.distribution(registry.address, credentials=WRONG)
            for repository in ("a/a", "b/b", "c/c"):
                with refused("unauthorized", "refused the credentials"):
                    await distribution.tags(repository)
        assert len([one for one in registry.requests if one.authorization]) == 1


async def test_password_is_in_no_log_and_no_answer(caplog: pytest.LogCaptureFixture):
    with everything_logged(caplog), serving(auth=BasicAuth({USER: PASSWORD})) as registry:
        async with asking(with_password(registry.address)) as gateway:
            detail = await gateway.get_image_details(image_of(registry))
            told = await gateway.list_registries()
            with refused("not_found") as caught:
                await gateway.get_image_details(image_of(registry, "no/such"))
    everything = [str(record.__dict__) for record in caplog.records]
    everything += [detail.model_dump_json(), told.model_dump_json(), repr(gateway.settings), str(caught.error)]
    for secret in (PASSWORD, BASIC.partition(" ")[2]):
        assert not [one for one in everything if secret in one]
