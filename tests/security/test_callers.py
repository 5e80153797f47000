"""Callers over HTTP: each with their own Docker Hub login, in one process, over one cache."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.core.http.asking import settings
from tests.doubles.dockerhub import DEFAULT_SECRETS, LONG_OUTAGE, DockerHubDouble, Places, Repository, User
from tests.security.watch import Outcome, Watch

from portcall import Portcall
from portcall.caller import Caller
from portcall.errors import ConfigurationError, UnauthorizedError
from portcall.http.upstream import Credentials
from portcall.server.hub_accounts import HubAccounts
from portcall.testing import image, layer

pytestmark = pytest.mark.anyio

#: Words of a repository that Ada alone may see.
CANARY = "canary-of-adas"
PRIVATE = "ada/private"
MALLORYS = "dckr_pat_mallory000000000000000000"
PATH = "/etc/secret"


@pytest.fixture
def hub() -> DockerHubDouble:
    hub = DockerHubDouble()
    hub.add(
        User(name="mallory", password=MALLORYS),
        Repository(path=PRIVATE, description=CANARY, full_description=CANARY, private=True),
    )
    labels = {"team": CANARY, "org.opencontainers.image.base.name": "nginx:1.28"}
    hub.push(PRIVATE, image([layer({PATH[1:]: CANARY}, command=f"COPY {CANARY} /")], labels=labels), tags=["1.0"])
    return hub


@pytest.fixture
def places(hub: DockerHubDouble) -> Iterator[Places]:
    with hub.serve() as places:
        yield places


def entry(places: Places, **more: object) -> dict[str, dict[str, Any]]:
    """Return the configuration that puts the double in Docker Hub's place, and lets people's logins go there."""
    hosts = [urlsplit(url).netloc for url in (places.auth, places.registry, places.api)]
    return {"docker.io": {"endpoint": places.registry, "api": places.api, "auth_hosts": hosts, **more}}


@contextlib.asynccontextmanager
async def gateway_of(registries: dict[str, dict[str, object]], **environ: str) -> AsyncIterator[Portcall]:
    async with Portcall(settings(registries, environ), local=False) as portcall:
        yield portcall


def caller(name: str, secret: str) -> Caller:
    logins = {"docker.io": Credentials(name, secret, "your Docker Hub sign-in")}
    return Caller(f"dockerhub:{name}", name, frozenset({"read"}), logins)


ADA = caller("ada", DEFAULT_SECRETS["ada, by token"])
MALLORY = caller("mallory", MALLORYS)
#: Signed in by a token that is good for nothing, and by none at all.
EXPELLED = caller("ada", "dckr_pat_revoked00000000000000000")
NOBODY = Caller("token:ci", "ci", frozenset({"read"}))


async def everything(watch: Watch, gateway: Portcall) -> dict[str, Outcome]:
    """Ask every tool about the private repository."""
    name = f"{PRIVATE}:1.0"
    told = await watch.ask_everything(gateway, name)
    told |= await watch.look_inside(gateway, name, PATH)
    told["get_repository"] = await watch.ask(gateway, "get_repository", image_name=PRIVATE, readme=True)
    told["list_repositories"] = await watch.ask(gateway, "list_repositories", namespace="ada")
    told["search_images"] = await watch.ask(gateway, "search_images", query="private")
    told["misspelt"] = await watch.ask(gateway, "get_image_details", image_name=f"{PRIVATE}:1.1")
    told["misspelt repository"] = await watch.ask(gateway, "get_image_details", image_name="ada/privat")
    told["analyze_dockerfile"] = await watch.ask(gateway, "analyze_dockerfile", content=f"FROM {name}\n")
    return told


def shapes(told: dict[str, Outcome]) -> dict[str, str]:
    """Return all that was said, but for what differs from call to call."""
    return {
        tool: outcome.answer.model_dump_json() if outcome.error is None else str(outcome.error)
        for tool, outcome in told.items()
    }


async def test_signed_in_caller_sees_what_is_theirs(places: Places):
    watch = Watch()
    async with gateway_of(entry(places)) as portcall:
        told = await everything(watch, portcall.seen_by(ADA))
    assert CANARY in told["read_file"].said
    assert CANARY in told["get_repository"].said
    seen = {tool for tool, outcome in told.items() if CANARY in outcome.said}
    assert seen >= {"get_image_details", "analyze_layers", "get_dockerfile", "list_repositories"}


@pytest.mark.parametrize("stranger", [MALLORY, NOBODY, EXPELLED], ids=["mallory", "ci", "expelled"])
@pytest.mark.parametrize("cache", ["memory", "disk"])
async def test_private_repository_is_never_told_to_another_caller(
    places: Places, tmp_path: Path, stranger: Caller, cache: str
):
    """Not from memory, nor a store, nor an error's words; what is said is what would be, had Ada never asked."""
    url = "memory://" if cache == "memory" else f"disk://{tmp_path / 'kept'}"
    watch = Watch()
    async with gateway_of(entry(places), PORTCALL_CACHE__URL=f"{url}-0" if cache == "disk" else url) as portcall:
        untouched = await everything(watch, portcall.seen_by(stranger))
    async with gateway_of(entry(places), PORTCALL_CACHE__URL=url) as portcall:
        await everything(watch, portcall.seen_by(ADA))
        told = await everything(watch, portcall.seen_by(stranger))
    assert not [tool for tool, outcome in told.items() if CANARY in outcome.said]
    assert shapes(told) == shapes(untouched)


async def test_concurrent_callers_share_no_flight_that_only_one_may_take(places: Places):
    watch = Watch()
    async with gateway_of(entry(places)) as portcall:
        gateways = [portcall.seen_by(who) for who in (ADA, MALLORY, NOBODY) * 4]
        told = await asyncio.gather(*(everything(watch, gateway) for gateway in gateways))
    for number, outcomes in enumerate(told):
        seen = any(CANARY in outcome.said for outcome in outcomes.values())
        assert seen == (number % 3 == 0)


async def test_stale_private_answers_stay_with_whom_they_were_for(hub: DockerHubDouble, places: Places):
    """While Docker Hub is down, Ada is told what she was told before; others are told that it is down."""
    watch = Watch()
    async with gateway_of(entry(places), PORTCALL_NETWORK__TIMEOUT="5") as portcall:
        await everything(watch, portcall.seen_by(ADA))
        hub.fail("registry", LONG_OUTAGE)
        hub.fail("auth", LONG_OUTAGE)
        hers = await watch.ask(portcall.seen_by(ADA), "get_image_details", image_name=f"{PRIVATE}:1.0")
        told = await watch.ask(portcall.seen_by(MALLORY), "get_image_details", image_name=f"{PRIVATE}:1.0")
    assert CANARY in hers.said
    assert told.code in {"upstream_error", "unreachable", "rate_limited"}
    assert CANARY not in told.said


async def test_operators_login_serves_callers_only_where_it_is_shared(hub: DockerHubDouble, places: Places):
    watch = Watch()
    login = {"username": "ada", "password_env": "ADAS"}
    secret = {"ADAS": DEFAULT_SECRETS["ada, by token"]}
    async with gateway_of(entry(places, **login), **secret) as portcall:
        told = await everything(watch, portcall.seen_by(NOBODY))
        registries = await portcall.seen_by(NOBODY).list_registries("docker.io")
    assert not [tool for tool, outcome in told.items() if CANARY in outcome.said]
    assert not [sent for sent in hub.secrets() if DEFAULT_SECRETS["ada, by token"] in sent]
    assert registries.registries[0].credentials == "none"

    async with gateway_of(entry(places, **login, shared=True), **secret) as portcall:
        told = await everything(watch, portcall.seen_by(NOBODY))
    assert CANARY in told["read_file"].said


async def test_signed_in_caller_never_falls_back_to_the_operators_login(hub: DockerHubDouble, places: Places):
    """Not even where it is shared, and their own is refused: they would see what is another's."""
    watch = Watch()
    shared = entry(places, username="ada", password_env="ADAS", shared=True)
    async with gateway_of(shared, ADAS=DEFAULT_SECRETS["ada, by token"]) as portcall:
        for stranger in (MALLORY, EXPELLED):
            told = await everything(watch, portcall.seen_by(stranger))
            assert not [tool for tool, outcome in told.items() if CANARY in outcome.said]
    assert not [sent for sent in hub.secrets() if DEFAULT_SECRETS["ada, by token"] in sent]


async def test_callers_login_goes_to_no_host_that_the_operator_has_not_named(hub: DockerHubDouble, places: Places):
    """A mirror in Docker Hub's place, and an API elsewhere, are asked anonymously."""
    mirror = {"docker.io": {"endpoint": places.registry, "api": places.api}}
    watch = Watch()
    async with gateway_of(mirror) as portcall:
        await everything(watch, portcall.seen_by(ADA))
    assert hub.requests
    assert hub.secrets() == []


async def test_login_shared_for_a_registry_is_not_shared_for_another_users_namespace(
    hub: DockerHubDouble, places: Places
):
    """``shared`` is a word about the login that it stands beside."""
    registries = entry(places, username="mallory", password_env="MALLORYS", shared=True)
    registries["docker.io/ada"] = {"username": "ada", "password_env": "ADAS"}
    secrets = {"ADAS": DEFAULT_SECRETS["ada, by token"], "MALLORYS": MALLORYS}
    watch = Watch()
    async with gateway_of(registries, **secrets) as portcall:
        told = await everything(watch, portcall.seen_by(NOBODY))
    assert not [tool for tool, outcome in told.items() if CANARY in outcome.said]
    assert not [sent for sent in hub.secrets() if DEFAULT_SECRETS["ada, by token"] in sent]


async def test_server_where_no_login_may_go_to_docker_hub_does_not_start(places: Places):
    """People would be told that Docker Hub refuses them, which nobody had asked."""
    for missing in ("registry", "api"):
        registries = entry(places)
        hosts = [host for host in registries["docker.io"]["auth_hosts"] if host not in getattr(places, missing)]
        registries["docker.io"]["auth_hosts"] = hosts
        async with gateway_of(registries) as portcall:
            with pytest.raises(ConfigurationError, match="nobody could sign in"):
                HubAccounts(portcall)


async def test_sign_in_is_checked_by_docker_hub_itself(places: Places):
    async with gateway_of(entry(places)) as portcall:
        accounts = HubAccounts(portcall)
        assert await accounts.check(ADA.logins["docker.io"]) == "ada"
        for refused in (EXPELLED.logins["docker.io"], Credentials("ada@example.com", MALLORYS)):
            with pytest.raises(UnauthorizedError):
                await accounts.check(refused)
