"""Completions: what goes on from what was typed, of registries that are known, as whoever types may see them."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import PromptReference, ResourceTemplateReference
from tests.agents.agent import connected, settings_for
from tests.agents.world import World
from tests.core.http.asking import settings
from tests.core.server.signed_in import signed_in
from tests.doubles.dockerhub import DEFAULT_SECRETS, DockerHubDouble, Repository, User

from portcall import Portcall
from portcall.caller import Caller
from portcall.gateway.failing import Failing
from portcall.http.upstream import Credentials
from portcall.models import DockerImage, Tag
from portcall.pages import RepositoryPage, TagPage
from portcall.testing import FakeRegistry, image, layer, quirks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from mcp_types import Completion
    from tests.agents.agent import Agent

pytestmark = pytest.mark.anyio

IMAGE, TAGS = "docker://image/{+name}/{tag}", "docker://tags/{+name}"
DOCKERFILE, IMAGES = "docker://dockerfile/{+name}/{tag}", "docker://images/{+query}"
HOST = "registry.example"


async def completed(agent: Agent, ref: str, argument: str, typed: str, **known: str) -> Completion:
    """Return what goes on from ``typed``, in a prompt's argument or a template's variable."""
    reference = (
        ResourceTemplateReference(type="ref/resource", uri=ref)
        if "://" in ref
        else PromptReference(type="ref/prompt", name=ref)
    )
    value = {"name": argument, "value": typed}
    return (await agent.client.complete(reference, value, known or None)).completion


async def completed_names(agent: Agent, ref: str, typed: str) -> list[str]:
    return (await completed(agent, ref, "name", typed)).values


async def names(agent: Agent, typed: str) -> list[str]:
    return await completed_names(agent, IMAGE, typed)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Docker Hub, Quay, GitHub and a company's registry; tests read only."""
    with World(tmp_path_factory.mktemp("cache")).serve() as world:
        yield world


@pytest.fixture
async def agent(world: World) -> AsyncIterator[Agent]:
    async with world.agent() as agent:
        yield agent


def pushed(registry: FakeRegistry, repository: str, *tags: str) -> None:
    registry.push(repository, image([layer({"a": "b"})]), tags=tags or ["1.0"])


# Of each registry, by its own plugin


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ngi", ["nginx"]),
        ("NGI", ["nginx"]),
        ("library/ng", ["library/nginx"]),
        ("docker.io/ng", ["docker.io/nginx"]),
        ("grafana/", ["grafana/grafana", "grafana/loki", "grafana/k6"]),
        ("grafana/l", ["grafana/loki"]),
        ("quay.io/acme/", ["quay.io/acme/tool"]),
        ("quay.io/oliver006/redis", ["quay.io/oliver006/redis_exporter"]),
        ("ghcr.io/acme/", ["ghcr.io/acme/app"]),
        ("ghcr.io/acme/x", []),
        ("registry.corp.example/", ["registry.corp.example/team/api", "registry.corp.example/team/base"]),
        ("registry.corp.example/team/b", ["registry.corp.example/team/base"]),
    ],
)
async def test_a_name_goes_on_with_repositories_of_its_registry(agent: Agent, typed: str, found: list[str]):
    assert sorted(await names(agent, typed)) == sorted(found)


@pytest.mark.parametrize(
    ("name", "typed", "found"),
    [
        ("nginx", "1.28", ["1.28.0", "1.28.0-alpine", "1.28", "1.28-alpine"]),
        ("quay.io/acme/tool", "", ["v0.9.0", "latest"]),
        ("ghcr.io/acme/app", "v1", ["v1.5.0", "v1.4.2"]),
        ("registry.corp.example/team/base", "12", ["12.6", "12.5", "12"]),
        ("registry.corp.example/team/base:12.5", "12.", ["12.6", "12.5"]),
        ("registry.corp.example/team/base", "alpine", []),
    ],
)
async def test_a_tag_goes_on_with_its_repositorys_the_newest_first(
    agent: Agent, name: str, typed: str, found: list[str]
):
    completion = await completed(agent, IMAGE, "tag", typed, name=name)
    assert completion.values == found
    assert completion.total == len(found)
    assert completion.has_more is False


@pytest.mark.parametrize(
    ("uri", "means"),
    [
        ("docker://image/nginx/1.28", ("get_image_details", "nginx:1.28")),
        ("docker://image/quay.io/acme/tool/v0.9.0", ("get_image_details", "quay.io/acme/tool:v0.9.0")),
        ("docker://image/ghcr.io%2Facme%2Fapp/v1.5.0", ("get_image_details", "ghcr.io/acme/app:v1.5.0")),
        (
            "docker://image/registry.corp.example/team/base/12",
            ("get_image_details", "registry.corp.example/team/base:12"),
        ),
        ("docker://tags/nginx", ("search_tags", "nginx")),
        ("docker://tags/quay.io/acme/tool", ("search_tags", "quay.io/acme/tool")),
        ("docker://tags/ghcr.io/acme/app", ("search_tags", "ghcr.io/acme/app")),
        ("docker://tags/registry.corp.example/team/base", ("search_tags", "registry.corp.example/team/base")),
        ("docker://dockerfile/nginx/1.28", ("get_dockerfile", "nginx:1.28")),
        ("docker://dockerfile/quay.io/acme/tool/v0.9.0", ("get_dockerfile", "quay.io/acme/tool:v0.9.0")),
        ("docker://dockerfile/ghcr.io/acme/app/v1.5.0", ("get_dockerfile", "ghcr.io/acme/app:v1.5.0")),
        (
            "docker://dockerfile/registry.corp.example/team/base/12",
            ("get_dockerfile", "registry.corp.example/team/base:12"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_every_plugins_images_have_addresses(agent: Agent, uri: str, means: tuple[str, str]):
    tool, name = means
    told = await agent.call(tool, image_name=name)
    assert not told.is_error, told.text
    (content,) = (await agent.client.read_resource(uri)).contents
    assert getattr(content, "text", "").removesuffix("that cursor, goes on.").startswith(told.text)


# Where something can be completed


async def test_nothing_typed_yet_goes_on_with_the_registries(agent: Agent):
    everywhere = ["docker.io/", "ghcr.io/", "quay.io/", "registry.corp.example/"]
    for ref, argument in ((IMAGE, "name"), (DOCKERFILE, "name"), (TAGS, "name"), ("audit_image", "image")):
        assert (await completed(agent, ref, argument, "")).values == everywhere
    assert await names(agent, "g") == ["ghcr.io/"]


async def test_a_prompts_image_goes_on_with_its_tags_behind_the_colon(agent: Agent):
    found = await completed(agent, "audit_image", "image", "registry.corp.example/team/base:12.")
    assert found.values == ["registry.corp.example/team/base:12.6", "registry.corp.example/team/base:12.5"]
    assert (await completed(agent, "choose_base_image", "current", "ngi")).values == ["nginx"]


async def test_the_tag_to_upgrade_to_is_one_of_the_image_that_was_named(agent: Agent):
    found = await completed(agent, "plan_upgrade", "target", "17", image="postgres:16.8")
    assert found.values[0] == "17.5"
    assert (await completed(agent, "plan_upgrade", "target", "17")).values == []


@pytest.mark.parametrize(
    ("ref", "argument"),
    [(IMAGES, "query"), (IMAGE, "tag"), ("choose_base_image", "purpose"), ("audit_image", "no_such_argument")],
)
async def test_what_has_no_list_goes_on_with_nothing(agent: Agent, ref: str, argument: str):
    assert (await completed(agent, ref, argument, "ngi")).values == []


@pytest.mark.parametrize(
    ("ref", "names"),
    [
        ("hunter2", "choose_base_image, audit_image, shrink_image, plan_upgrade."),
        ("docker://hunter2/{+name}", f"{IMAGES}, {TAGS}, {IMAGE}, {DOCKERFILE}."),
        ("docker://image/{+name}", f"{IMAGES}, {TAGS}, {IMAGE}, {DOCKERFILE}."),
    ],
)
async def test_what_is_not_there_cannot_be_completed(demo_agent: Agent, ref: str, names: str):
    with pytest.raises(MCPError, match="nothing of that name here to complete") as caught:
        await completed(demo_agent, ref, "name", "ngi")
    assert caught.value.code == -32602
    assert f"These can be {names}" in caught.value.message.replace("`", "")
    assert "hunter2" not in f"{caught.value.message} {caught.value.data}"


async def test_a_prompt_that_was_nearly_named_is_suggested(demo_agent: Agent):
    with pytest.raises(MCPError, match=r"Did you mean `audit_image`\?") as caught:
        await completed(demo_agent, "audit", "image", "ngi")
    assert caught.value.data["candidates"] == ["audit_image"]


@pytest.mark.parametrize(
    ("toolset", "lists_names", "lists_tags"),
    [("dockerfile", False, False), ("inspect", False, True), ("discovery", True, False)],
)
async def test_what_no_tool_lists_is_not_completed_either(
    fake: FakeRegistry, toolset: str, lists_names: bool, lists_tags: bool
):
    """A toolset that is switched off is not got at by typing; registries' names alone are no secret."""
    pushed(fake, "team/api", "1.0")
    async with connected(settings_for(fake.address, [HOST]), toolsets=[toolset, "content"]) as agent:
        name = f"{HOST}/team/api"
        assert (await completed(agent, "shrink_image", "image", "reg")).values == [f"{HOST}/"]
        found = await completed(agent, "shrink_image", "image", f"{HOST}/team/")
        assert found.values == ([name] if lists_names else [])
        assert bool(fake.requests) is lists_names
        found = await completed(agent, "shrink_image", "image", f"{name}:1")
        assert found.values == ([f"{name}:1.0"] if lists_tags else [])
        if toolset != "discovery":
            ref = DOCKERFILE if toolset == "dockerfile" else IMAGE
            assert await completed_names(agent, ref, f"{HOST}/team/") == []
            found = await completed(agent, ref, "tag", "", name=name)
            assert found.values == (["1.0"] if lists_tags else [])
    assert bool(fake.requests) is (lists_names or lists_tags)


async def test_slashes_may_be_written_as_addresses_have_them(fake_agent: Agent, fake: FakeRegistry):
    pushed(fake, "team/api", "1.0")
    escaped = f"{HOST}%2Fteam%2Fapi"
    assert (await completed(fake_agent, IMAGE, "tag", "", name=escaped)).values == ["1.0"]
    assert await names(fake_agent, f"{HOST}%2Fteam%2F") == [escaped]


async def test_clients_of_the_handshake_complete_as_well(fake: FakeRegistry):
    pushed(fake, "team/api", "1.0")
    async with connected(settings_for(fake.address, [HOST]), mode="legacy") as agent:
        assert await names(agent, f"{HOST}/t") == [f"{HOST}/team/api"]
        assert (await completed(agent, IMAGE, "tag", "", name=f"{HOST}/team/api")).values == ["1.0"]


# Limits


async def test_a_hundred_are_shown_and_all_are_counted(fake_agent: Agent, fake: FakeRegistry):
    pushed(fake, "team/api", *(f"1.{minor}" for minor in range(150)))
    found = await completed(fake_agent, IMAGE, "tag", "1", name=f"{HOST}/team/api")
    assert len(found.values) == 100
    assert found.values[0] == "1.149"
    assert found.total == 150
    assert found.has_more is True


async def test_of_more_names_than_the_protocol_shows_the_first_hundred_are_shown(
    fake_agent: Agent, fake: FakeRegistry
):
    for number in range(120):
        pushed(fake, f"team/app{number:03}")
    found = await completed(fake_agent, IMAGE, "name", f"{HOST}/team/")
    assert len(found.values) == 100
    assert found.has_more is True


async def test_keystrokes_find_kept_what_the_first_one_asked_for(fake_agent: Agent, fake: FakeRegistry):
    """The list of a repository's tags, or a namespace's repositories, is the same whatever is typed next."""
    pushed(fake, "team/api", "1.27", "1.28")
    await completed(fake_agent, IMAGE, "tag", "", name=f"{HOST}/team/api")
    await names(fake_agent, f"{HOST}/team/")
    before = len(fake.requests)
    for typed in ("1", "1.", "1.2", "1.28"):
        assert (await completed(fake_agent, IMAGE, "tag", typed, name=f"{HOST}/team/api")).values
    for typed in ("team/a", "team/ap", "team/api"):
        assert await names(fake_agent, f"{HOST}/{typed}") == [f"{HOST}/team/api"]
    assert len(fake.requests) == before


@pytest.mark.parametrize("max_bytes", [0, 1 << 20])
async def test_of_a_long_list_a_few_pages_are_read_and_there_are_more(max_bytes: int):
    """A registry that gives one tag a page would be asked three thousand times, by a keystroke."""
    fake = FakeRegistry(page_size=2)
    pushed(fake, "team/api", *(f"1.{minor:03}" for minor in range(100)))
    with fake.serve():
        async with connected(settings_for(fake.address, [HOST], cache={"max_bytes": max_bytes})) as agent:
            for typed in ("1", "1."):
                fake.forget()
                found = await completed(agent, IMAGE, "tag", typed, name=f"{HOST}/team/api")
                assert len(found.values) == 10
                assert found.total is None
                assert found.has_more is True
                assert len(fake.requests) <= 5 + 1  # and once for a token


async def test_githubs_searches_are_left_to_the_tools(agent: Agent, world: World):
    """It allows ten a minute; what somebody types would use them up. A namespace's list is asked for once."""
    before = len(world.github.requests.api)
    for typed in ("ac", "acm", "acme"):
        assert await names(agent, f"ghcr.io/{typed}") == []
    assert len(world.github.requests.api) == before


@pytest.mark.parametrize("typed", ["x", "x/", "x/y", "../..", "a%2e", "team/api?n=1", "a b", "a" * 3000])
async def test_a_registry_that_nobody_listed_is_never_asked(fake: FakeRegistry, typed: str):
    """Though it could be asked for an image: completing gives nobody a reason to."""
    pushed(fake, "x/y")
    async with connected(settings_for(fake.address, [f"{HOST}/listed"])) as agent:
        host = f"localhost:{fake.address.port}"
        for name in (f"{host}/{typed}", f"{HOST}/{typed}", f"evil.example/{typed}"):
            assert await names(agent, name) == []
            assert (await completed(agent, IMAGE, "tag", "", name=name)).values == []
        assert await names(agent, f"{HOST}/") == [f"{HOST}/listed/"]
    assert fake.requests == []


@pytest.mark.parametrize("typed", ["../", "team/../x", "team/api?n=1", "team/a b", "team/" + "a" * 3000])
async def test_what_is_no_path_is_sent_nowhere(fake_agent: Agent, fake: FakeRegistry, typed: str):
    assert await names(fake_agent, f"{HOST}/{typed}") == []
    assert (await completed(fake_agent, IMAGE, "tag", "1[0-9]*", name=f"{HOST}/team/api")).values == []
    assert fake.requests == []


async def test_what_a_registry_lists_that_is_no_name_is_left_out(fake_agent: Agent, fake: FakeRegistry):
    """What is completed is typed on behalf of a person: it has to be a name, and nothing else."""
    pushed(fake, "team/api")
    tags = '{"name": "team/api", "tags": ["1.0", "1.`x`", "1.0\\\\n# Ignore", "1.1;rm -rf", "1.2"]}'
    fake.add(quirks.Answer(200, body=tags.encode(), content_type="application/json", path="tags/list"))
    found = await completed(fake_agent, IMAGE, "tag", "1", name=f"{HOST}/team/api")
    assert found.values == ["1.2", "1.0"]


async def test_what_a_plugin_tells_is_read_as_carefully(fake_agent: Agent, monkeypatch: pytest.MonkeyPatch):
    """No tags that are none, no repositories of other registries; those first that somebody vouches for."""

    def told(name: str, **more: bool) -> DockerImage:
        return DockerImage.model_validate({"name": name, "registry": HOST, "reference": name, **more})

    async def tags(*_: object, **__: object) -> TagPage:
        return TagPage((Tag(name="1.0"), Tag(name="1.`x`"), Tag(name="1.0\n# x")))

    async def repositories(*_: object, **__: object) -> RepositoryPage:
        names = (f"{HOST}/team/a", "evil.example/team/b", f"{HOST}/team/`c`")
        return RepositoryPage((*map(told, names), told(f"{HOST}/team/d", is_official=True)))

    monkeypatch.setattr("portcall_oci.OciBackend.list_tags", tags)
    monkeypatch.setattr("portcall_oci.OciBackend.list_repositories", repositories)
    assert (await completed(fake_agent, IMAGE, "tag", "1", name=f"{HOST}/team/a")).values == ["1.0"]
    assert await names(fake_agent, f"{HOST}/team/") == [f"{HOST}/team/d", f"{HOST}/team/a"]


# What goes wrong


@pytest.mark.parametrize(
    "quirk",
    [quirks.Answer(503), quirks.Answer(403), quirks.Answer(429, retry_after=60), quirks.Garbage(), quirks.Stall()],
    ids=lambda quirk: type(quirk).__name__ + str(getattr(quirk, "status", "")),
)
async def test_what_cannot_be_looked_up_goes_on_with_nothing_and_is_in_the_log(
    fake: FakeRegistry, quirk: quirks.Quirk, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG, "portcall.completion")
    pushed(fake, "team/api")
    fake.add(quirk)
    entry = {HOST: {"endpoint": fake.address.url}}
    for argument, typed, known in (("tag", "1", {"name": f"{HOST}/team/api"}), ("name", f"{HOST}/team/", {})):
        async with connected(settings(entry, timeout=0.25)) as agent:
            assert (await completed(agent, IMAGE, argument, typed, **known)).values == []
    told = [record for record in caplog.records if record.name == "portcall.completion"]
    assert [(record.message, record.levelname) for record in told] == [("not_completed", "DEBUG")] * 2
    assert {getattr(record, "registry", None) for record in told} <= {HOST, None}
    assert all(getattr(record, "code", "") for record in told)


@pytest.mark.parametrize(
    "quirk",
    [quirks.Answer(500), quirks.Answer(429), quirks.Garbage(), quirks.Stall()],
    ids=lambda quirk: type(quirk).__name__ + str(getattr(quirk, "status", "")),
)
async def test_a_registry_that_fails_is_asked_once_and_then_left_alone_for_a_while(
    fake: FakeRegistry, quirk: quirks.Quirk, monkeypatch: pytest.MonkeyPatch
):
    pushed(fake, "team/api")
    now = 1000.0
    monkeypatch.setattr("portcall.gateway.completion.Failing", lambda: Failing(lambda: now))
    monkeypatch.setattr("portcall.gateway.completion._PATIENCE", 0.5)
    async with connected(settings_for(fake.address, [HOST])) as agent:
        fake.add(quirk)
        for typed in ("", "1", "1."):
            assert (await completed(agent, IMAGE, "tag", typed, name=f"{HOST}/team/api")).values == []
        assert await names(agent, f"{HOST}/team/") == []
        assert len(fake.requests) == 1
        fake.clear_quirks()
        now += 9.9
        assert await names(agent, f"{HOST}/team/") == []
        now += 0.2
        assert await names(agent, f"{HOST}/team/") == [f"{HOST}/team/api"]


async def test_what_is_missing_or_refused_there_stops_no_other_keystroke(fake_agent: Agent, fake: FakeRegistry):
    pushed(fake, "team/api")
    fake.add(quirks.Answer(403, path="secret/"))
    for name in ("team/nope", "secret/api"):
        assert (await completed(fake_agent, IMAGE, "tag", "", name=f"{HOST}/{name}")).values == []
    assert (await completed(fake_agent, IMAGE, "tag", "", name=f"{HOST}/team/api")).values == ["1.0"]


async def test_a_tool_that_shares_a_keystrokes_question_tries_again_all_the_same(fake: FakeRegistry):
    pushed(fake, "team/api")
    async with Portcall(settings_for(fake.address, [HOST])) as portcall:
        fake.add(quirks.Answer(503, times=1), quirks.Latency(0.2, times=1))
        name = f"{HOST}/team/api"
        typing = asyncio.create_task(portcall.complete_tag(name, ""))
        async with asyncio.timeout(10):
            while not fake.requests:  # noqa: ASYNC110 - it is another thread's
                await asyncio.sleep(0.01)
        assert [tag.name for tag in (await portcall.search_tags(name)).tags] == ["1.0"]
        assert (await typing).values == ("1.0",)


async def test_what_one_caller_met_is_not_held_against_another(fake: FakeRegistry):
    pushed(fake, "team/api")
    async with Portcall(settings_for(fake.address, [HOST]), local=False) as portcall:
        ada, eve = (
            portcall.seen_by(Caller(name, name, frozenset({"read"}))) for name in ("token:ada", "token:eve")
        )
        fake.add(quirks.Answer(429))
        assert (await ada.complete_tag(f"{HOST}/team/api", "")).values == ()
        fake.clear_quirks()
        assert (await ada.complete_tag(f"{HOST}/team/api", "")).values == ()
        again = portcall.seen_by(Caller("token:ada", "token:ada", frozenset({"read"})))
        assert (await again.complete_tag(f"{HOST}/team/api", "")).values == ()
        assert (await eve.complete_tag(f"{HOST}/team/api", "")).values == ("1.0",)


async def test_a_plugin_that_crashes_ends_nothing(fake_agent: Agent, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as broken:
        broken.setattr("portcall_oci.OciBackend.capabilities", property(lambda _: 1 / 0))
        assert await names(fake_agent, f"{HOST}/team/") == []
    assert await names(fake_agent, "reg") == [f"{HOST}/"]


async def test_somebody_who_types_is_not_kept_waiting(
    fake_agent: Agent, fake: FakeRegistry, monkeypatch: pytest.MonkeyPatch
):
    fake.add(quirks.Stall())
    monkeypatch.setattr("portcall.gateway.completion._PATIENCE", 0.2)
    async with asyncio.timeout(10):
        assert await names(fake_agent, f"{HOST}/team/") == []


# Whose


def ada_and_mallory() -> tuple[Caller, Caller, DockerHubDouble]:
    hub = DockerHubDouble()
    hub.add(User(name="mallory", password="dckr_pat_mallory000000000000000000"))
    hub.add(Repository(path="ada/canary", private=True))
    hub.push("ada/canary", image([layer({"a": "b"})]), tags=["1.0"])

    def caller(name: str, secret: str) -> Caller:
        return Caller(f"dockerhub:{name}", name, frozenset({"read"}), {"docker.io": Credentials(name, secret)})

    ada = caller("ada", DEFAULT_SECRETS["ada, by token"])
    return ada, caller("mallory", "dckr_pat_mallory000000000000000000"), hub


async def test_nobody_is_shown_anothers_private_names():
    """However lately their owner was shown them, through the same process and its one cache."""
    ada, mallory, hub = ada_and_mallory()
    with hub.serve() as places:
        hosts = [urlsplit(url).netloc for url in (places.auth, places.registry, places.api)]
        entry: dict[str, Any] = {"endpoint": places.registry, "api": places.api, "auth_hosts": hosts}

        async with Portcall(settings({"docker.io": entry}), local=False) as portcall:
            for who, sees in ((ada, True), (mallory, False), (None, False), (ada, True)):
                gateway = portcall.seen_by(who) if who else portcall
                found = await gateway.complete_name("ada/c")
                assert ("ada/canary" in found.values) is sees
                tags = await gateway.complete_tag("ada/canary", "")
                assert (tags.values == ("1.0",)) is sees


async def test_who_may_not_read_is_completed_nothing():
    nothing = Caller("token:none", "none", frozenset())
    async with signed_in(Portcall(settings()), nothing) as agent:
        with pytest.raises(MCPError, match="nothing of that name"):
            await names(agent, "")
