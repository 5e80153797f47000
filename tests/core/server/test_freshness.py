"""Freshness hints: for how long what was read is worth keeping, and who may keep it for others."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from mcp.client.client import Client
from mcp.server.caching import CacheHint
from tests.agents.agent import Agent, connected, settings_for
from tests.core.http.asking import settings
from tests.core.server.signed_in import signed_in

from portcall import Portcall
from portcall.call import Call
from portcall.caller import ANYBODY, Caller
from portcall.models import ImageDetail
from portcall.server.app import build_server
from portcall.server.callers import Callers
from portcall.server.freshness import FreshnessHints, Lasting, hint_of, note_freshness
from portcall.settings import Settings
from portcall.testing import DEMO_HOST, BasicAuth, FakeRegistry, image, layer, quirks

if TYPE_CHECKING:
    from collections.abc import Iterator


pytestmark = pytest.mark.anyio

SECOND, MINUTE, DAY = 1000, 60_000, 86_400_000
API = f"{DEMO_HOST}/shop/api"
READER = Caller("token:ci", "ci", frozenset({"read"}))


async def hint(agent: Agent, uri: str) -> tuple[int | None, str | None]:
    """Return for how many milliseconds an answer may be kept, and by whom: the client itself keeps it so long."""
    result = await agent.client.session.read_resource(uri)
    return result.ttl_ms, result.cache_scope


async def test_what_a_digest_names_may_be_kept_for_a_day(demo_agent: Agent, demo: FakeRegistry):
    uri = f"docker://image/{API}/{demo.digest('shop/api', '1.4.2')}"
    assert await hint(demo_agent, uri) == (DAY, "public")


async def test_what_a_tag_names_may_be_kept_as_long_as_portcall_itself_believes_it(demo_agent: Agent):
    """A minute from when the registry said so, and not from when it was read."""
    uri = f"docker://image/{API}/1.4.2"
    first, scope = await hint(demo_agent, uri)
    assert scope == "public"
    assert first is not None
    assert MINUTE - 5 * SECOND < first <= MINUTE
    again, _ = await hint(demo_agent, uri)
    assert again is not None
    assert MINUTE - 10 * SECOND < again < first


@pytest.mark.parametrize("uri", [f"docker://tags/{API}", "docker://registries"])
async def test_a_list_may_be_kept_for_minutes(demo_agent: Agent, uri: str):
    kept, scope = await hint(demo_agent, uri)
    assert kept is not None
    assert 4 * MINUTE < kept <= 5 * MINUTE
    assert scope == "public"


async def test_a_dockerfile_that_no_provenance_vouches_for_is_kept_no_longer_than_a_tag(
    guarded: FakeRegistry,
):
    """Even by digest: a source that is found later tells more than the history."""
    async with connected(settings_for(guarded.address, ["registry.example"])) as agent:
        digest = guarded.digest("open/api", "1.0")
        told = await agent.call("get_dockerfile", image_name=f"registry.example/open/api@{digest}")
        assert (told.structured["origin"], told.structured.get("warnings")) == ("history", None)
        kept, _ = await hint(agent, f"docker://dockerfile/registry.example/open/api/{digest}")
    assert kept is not None
    assert 0 < kept <= MINUTE


async def test_an_answer_past_its_time_is_not_kept_at_all(fake: FakeRegistry):
    fake.push("team/api", image([layer({"a": "b"})]), tags=["1.0"])
    portcall = Portcall(settings_for(fake.address, ["registry.example"]))
    async with signed_in(portcall, READER) as agent:
        uri = "docker://image/registry.example/team/api/1.0"
        assert (await hint(agent, uri))[0]
        portcall.outdate("registry.example/team/api:1.0")
        fake.add(quirks.Answer(429, retry_after=60))
        assert (await hint(agent, uri))[0] == 0


@pytest.fixture
def guarded() -> Iterator[FakeRegistry]:
    """A registry that shows nothing to strangers but what is public."""
    registry = FakeRegistry(auth=BasicAuth({"robot": "secret"}, public=["open/*"]))
    for repository in ("team/api", "open/api"):
        registry.push(repository, image([layer({"a": "b"}, command="COPY a /")]), tags=["1.0"])
    with registry.serve():
        yield registry


def with_login(registry: FakeRegistry) -> Settings:
    entry = {"endpoint": registry.address.url, "username": "robot", "password_env": "ROBOT"}
    return settings({"registry.example": entry}, {"ROBOT": "secret"})


@pytest.mark.parametrize("kind", ["image", "dockerfile"])
@pytest.mark.parametrize("repository", ["team/api", "open/api"])
async def test_what_was_asked_with_credentials_is_the_readers_own(
    repository: str, kind: str, guarded: FakeRegistry
):
    """Even named by a digest: others have to prove that they may see it. Out of the cache, too."""
    digest = guarded.digest(repository, "1.0")
    async with connected(with_login(guarded)) as agent:
        uri = f"docker://{kind}/registry.example/{repository}/{digest}"
        assert [(await hint(agent, uri))[1] for _ in range(2)] == ["private", "private"]
        assert (await hint(agent, f"docker://tags/registry.example/{repository}"))[1] == "private"


async def test_what_anybody_may_see_is_everybodys_though_others_have_logins(guarded: FakeRegistry):
    async with connected(settings_for(guarded.address, ["registry.example"])) as agent:
        uri = f"docker://image/registry.example/open/api/{guarded.digest('open/api', '1.0')}"
        assert await hint(agent, uri) == (DAY, "public")


async def test_that_there_are_credentials_is_their_owners_business(guarded: FakeRegistry):
    async with connected(with_login(guarded)) as agent:
        assert (await hint(agent, "docker://registries"))[1] == "private"


async def test_a_signed_in_readers_answers_are_their_own(demo: FakeRegistry):
    """What one caller is told, another may not be, whatever it took to see it."""
    async with signed_in(Portcall(settings_for(demo.address, [DEMO_HOST])), READER) as agent:
        assert await hint(agent, f"docker://image/{API}/{demo.digest('shop/api', '1.4.2')}") == (DAY, "private")


async def test_a_client_that_heeds_the_hints_asks_nobody_twice(fake_agent: Agent, fake: FakeRegistry):
    fake.push("team/api", image([layer({"a": "b"})]), tags=["1.0"])
    uri = "docker://image/registry.example/team/api/1.0"
    first = await fake_agent.client.read_resource(uri)
    fake.push("team/api", image([layer({"a": "c"})]), tags=["1.0"])
    assert await fake_agent.client.read_resource(uri) == first


async def test_where_nobody_says_who_they_are_answers_are_everybodys(demo: FakeRegistry):
    portcall = Portcall(settings_for(demo.address, [DEMO_HOST]))
    async with Client(build_server(portcall, callers=Callers(portcall, ANYBODY))) as client:
        uri = f"docker://image/{API}/{demo.digest('shop/api', '1.4.2')}"
        assert await hint(Agent(client), uri) == (DAY, "public")
        assert await offers(client) == {(10 * MINUTE, "public")}


async def test_the_protocol_before_knows_no_hints(demo: FakeRegistry):
    async with connected(settings_for(demo.address, [DEMO_HOST]), mode="legacy") as agent:
        result = await agent.client.read_resource(f"docker://image/{API}/1.4.2")
        assert not {"ttl_ms", "cache_scope"} & result.model_fields_set


async def test_where_the_protocol_has_no_hints_none_are_put_in():
    """And on no result of another kind, whatever was read before."""

    async def served(_: object) -> dict[str, object]:
        note_freshness(CacheHint(MINUTE, "public"))
        return {"contents": []}

    def of(method: str) -> Any:
        return SimpleNamespace(method=method)

    assert await FreshnessHints()(of("resources/read"), served) == {"contents": []}
    assert await FreshnessHints()(of("tools/list"), served) == {"contents": []}


async def offers(client: Client) -> set[tuple[int | None, str | None]]:
    results = [
        await client.list_tools(),
        await client.list_prompts(),
        await client.list_resources(),
        await client.list_resource_templates(),
        await client.session.discover(),
    ]
    return {(result.ttl_ms, result.cache_scope) for result in results}


async def test_what_is_offered_to_everybody_may_be_shared_for_minutes(demo_agent: Agent):
    assert await offers(demo_agent.client) == {(10 * MINUTE, "public")}


async def test_what_is_offered_to_some_is_theirs_alone():
    async with signed_in(Portcall(Settings()), READER) as agent:
        assert await offers(agent.client) == {(10 * MINUTE, "private")}


def detail(**more: object) -> ImageDetail:
    return ImageDetail.model_validate(
        {
            "name": "a",
            "registry": "r.example",
            "reference": "r.example/a@sha256:" + "0" * 64,
            "digest": "sha256:" + "0" * 64,
            "platform_digest": "sha256:" + "0" * 64,
            "media_type": "x",
            **more,
        }
    )


def test_doubts_are_kept_no_longer_than_a_tag():
    """What could not be looked up may be there a minute later."""
    doubted = detail(warnings=("credentials were refused",))
    assert hint_of(doubted, Call(), Lasting.FIXED, is_own=False).ttl_ms == MINUTE
    assert hint_of(detail(), Call(), Lasting.FIXED, is_own=False).ttl_ms == DAY


def test_what_is_older_than_it_lasts_is_kept_no_longer():
    call = Call()
    call.note_age(time.time() - 90)
    call.note_age(time.time())
    assert hint_of(detail(), call, Lasting.BY_TAG, is_own=False).ttl_ms == 0


@pytest.mark.parametrize(("is_own", "is_private"), [(True, False), (False, True), (True, True)])
def test_whatever_is_anybodys_own_is_private(is_own: bool, is_private: bool):
    call = Call(is_private=is_private)
    assert hint_of(detail(), call, Lasting.FIXED, is_own=is_own).scope == "private"


def test_nobody_is_told_of_a_read_that_is_none():
    note_freshness(hint_of(detail(), Call(), Lasting.FIXED, is_own=False))
