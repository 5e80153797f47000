"""Signing in to Docker Hub's API: once for many, anew in time, and never in place of an answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from tests.doubles.dockerhub import BLOCKED, CHALLENGE, DEFAULT_SECRETS, LONG_OUTAGE, DockerHubDouble
from tests.doubles.dockerhub.clock import Clock
from tests.plugins.hub import backend, names, paths

from portcall.errors import UnauthorizedError, UnavailableError
from portcall.plugin import ApiClient, RegistryBackend
from portcall.testing import Reply
from portcall.testing.wire import json_reply
from portcall_dockerhub.api import HubApi
from portcall_dockerhub.login import Login

pytestmark = pytest.mark.anyio

LOGIN = "POST /v2/auth/token"


def logins(double: DockerHubDouble) -> int:
    return paths(double).count(LOGIN)


def by_clock(hub: RegistryBackend, clock: Clock) -> RegistryBackend:
    """Let the backend's tokens end by another clock."""
    assert hub.api is not None
    hub._hub = HubApi(hub.api, Login(clock))  # type: ignore[attr-defined]
    return hub


@pytest.mark.parametrize(
    ("user", "secret"), [("ada", "ada"), ("ada", "ada, by token"), ("grace", "grace, by token"), ("acme", "acme")]
)
async def test_passwords_and_access_tokens_sign_in(user: str, secret: str):
    double = DockerHubDouble()
    async with backend(double, (user, secret)) as hub:
        image = await hub.get_repository("acme/ledger")
    assert (image.is_private, image.warnings) == (True, ())
    assert paths(double)[0] == LOGIN
    assert double.asked("api")[-1].headers["authorization"].startswith("Bearer ey")


async def test_without_credentials_nobody_signs_in():
    double = DockerHubDouble()
    async with backend(double) as hub:
        await hub.get_repository("library/nginx")
    assert double.secrets("api") == []


async def test_many_who_ask_at_once_sign_in_once():
    double = DockerHubDouble()
    async with backend(double, ("ada", "ada")) as hub:
        await asyncio.gather(*(hub.get_repository(f"library/{name}") for name in ("nginx", "redis", "python")))
        await hub.list_repositories("acme", limit=10)
    assert logins(double) == 1


async def test_a_token_is_renewed_before_it_ends():
    clock = Clock()
    double = DockerHubDouble(clock=clock)
    async with backend(double, ("ada", "ada")) as hub:
        by_clock(hub, clock)
        for seconds, expected in ((0, 1), (500, 1), (75, 2), (500, 2), (75, 3)):
            clock.advance(seconds)
            await hub.search(f"after {clock.now}", limit=1)
            assert logins(double) == expected
    assert 401 not in [asked.status for asked in double.requests]


async def test_a_token_that_is_revoked_is_replaced():
    double = DockerHubDouble()
    async with backend(double, ("ada", "ada")) as hub:
        await hub.get_repository("library/nginx")
        double.tokens.revoke()
        assert (await hub.get_repository("acme/ledger")).is_private
    assert logins(double) == 2


async def test_a_token_that_is_never_accepted_is_told_and_not_tried_for_ever():
    double = DockerHubDouble()
    double.fail("repositories", json_reply({"message": "unauthorized", "errinfo": {}}, status=401))
    async with backend(double, ("ada", "ada")) as hub:
        with pytest.raises(UnauthorizedError):
            await hub.get_repository("library/nginx")
    assert logins(double) == 2


async def test_a_second_factor_is_told_with_the_way_around_it():
    async with backend(DockerHubDouble(), ("grace", "grace")) as hub:
        with pytest.raises(UnauthorizedError, match="second factor") as refused:
            await hub.list_repositories("acme", limit=10)
    assert "personal access token in place of the password" in refused.value.hint


@pytest.mark.parametrize("secret", ["wrong-password", "short"])
async def test_a_wrong_secret_is_told_and_never_repeated(secret: str):
    async with backend(DockerHubDouble(), ("ada", secret)) as hub:
        with pytest.raises(UnauthorizedError, match="refused the user name or the secret") as refused:
            await hub.list_repositories("acme", limit=10)
    assert secret not in f"{refused.value.message} {refused.value.hint}"
    assert refused.value.registry == "docker.io"


async def test_a_wrong_secret_is_not_shown_again_for_a_while():
    clock, double = Clock(), DockerHubDouble()
    async with backend(double, ("ada", "wrong-password")) as hub:
        by_clock(hub, clock)
        for _ in range(3):
            with pytest.raises(UnauthorizedError):
                await hub.list_repositories("acme", limit=10)
        assert logins(double) == 1
        clock.advance(61)
        with pytest.raises(UnauthorizedError):
            await hub.list_repositories("acme", limit=10)
    assert logins(double) == 2


async def test_a_failed_login_does_not_keep_anybody_from_what_is_public():
    double = DockerHubDouble()
    async with backend(double, ("ada", "wrong-password")) as hub:
        page = await hub.search("nginx", limit=1)
        image = await hub.get_repository("library/nginx")
        assert (await hub.search_users("grafana", limit=1)).users[0].is_organization
    assert names(page.repositories) == [image.name] == ["nginx"]
    told = "docker.io was asked anonymously: docker.io refused the user name or the secret from configuration"
    assert page.warnings == image.warnings == (told,)


async def test_what_a_failed_login_may_hide_is_not_said_to_be_missing():
    async with backend(DockerHubDouble(), ("ada", "wrong-password")) as hub:
        with pytest.raises(UnauthorizedError):
            await hub.get_repository("acme/ledger")


@pytest.mark.parametrize("failure", [CHALLENGE, BLOCKED, LONG_OUTAGE])
async def test_a_login_that_is_out_of_order_is_an_outage_and_over_when_it_is_over(failure: Reply):
    double = DockerHubDouble()
    double.fail("login", failure)
    async with backend(double, ("ada", "ada")) as hub:
        with pytest.raises(UnavailableError):
            await hub.get_repository("acme/ledger")
        assert (await hub.get_repository("library/nginx")).warnings
        double.mend()
        # Nothing that was told to strangers is taken for what members see.
        assert (await hub.get_repository("acme/ledger")).is_private


@pytest.mark.parametrize("document", [{}, {"access_token": 1}, {"access_token": "a\r\nX-Evil: 1"}])
async def test_a_login_that_gives_no_token_is_told(document: dict[str, object]):
    double = DockerHubDouble()
    double.fail("login", json_reply(document))
    async with backend(double, ("ada", "ada")) as hub:
        assert "gave no token" in (await hub.get_repository("library/nginx")).warnings[0]


async def test_an_identity_token_is_no_secret_for_the_api_and_that_is_said():
    double = DockerHubDouble()
    async with backend(double, ("ada", "ada")) as hub:
        assert hub.api is not None
        lone = replace(hub.upstream.credentials, secret="", identity_token="refresh")  # type: ignore[type-var]
        api = ApiClient(hub.http, replace(hub.api.upstream, credentials=lone))
        with pytest.raises(UnauthorizedError, match="lacks the user name or the secret"):
            await Login().authorization(api, lone)
    assert double.requests == []


async def test_only_so_many_callers_are_remembered():
    double = DockerHubDouble(api_limit=1000)
    async with backend(double, ("ada", "ada")) as hub:
        login, api = Login(most=64), hub.api
        assert api is not None
        ada = await api.credentials()
        assert ada is not None
        for number in range(70):
            await login.authorization(api, replace(ada, identity_token=str(number)))
    assert len(login._tokens) == 64


async def test_the_secret_is_sent_to_the_login_alone():
    double = DockerHubDouble()
    async with backend(double, ("ada", "ada")) as hub:
        await hub.get_repository("acme/ledger")
        await hub.search("nginx", limit=5)
    sent = [asked.path for asked in double.asked("api") if DEFAULT_SECRETS["ada"] in asked.secrets]
    assert sent == ["/v2/auth/token"]
    assert DEFAULT_SECRETS["ada"] not in double.secrets("index")
