"""What is nearly right is answered with what was meant: registries, names, tags, tools, arguments, platforms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.agents.agent import connected
from tests.security.internet import Internet

from portcall.errors import ConfigurationError, InvalidArgumentError
from portcall.gateway import Portcall
from portcall.server.app import build_server
from portcall.settings import Settings
from portcall.testing import FakeRegistry, image, layer, quirks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.agents.agent import Agent

pytestmark = pytest.mark.anyio

CORPORATE = "registry.corp.example"
DIGEST = "sha256:" + "a" * 64


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Internet:
    """Names that lead nowhere, whatever this machine's resolver makes of them."""
    internet = Internet()
    for host in ("dockr.io", "gchr.io", "quay.oi", "docker.com", "hub.docker.com", "registry.k8s.oi"):
        internet.name(host)
    internet.install(monkeypatch)
    return internet


@pytest.fixture
def corporate() -> Iterator[FakeRegistry]:
    """A company's own registry, served."""
    registry = FakeRegistry()
    registry.push("team/api", image([layer({"a": "b"})]), tags=["1.0"])
    with registry.serve():
        yield registry


def settings(registry: FakeRegistry, **network: Any) -> Settings:
    known = {CORPORATE: {"endpoint": registry.address.url}}
    return Settings.model_validate({"registries": known, "network": {"proxy": "none", **network}})


@pytest.fixture
async def agent(corporate: FakeRegistry, names: Internet) -> AsyncIterator[Agent]:
    """An agent who knows the well-known registries, and the company's."""
    async with connected(settings(corporate)) as one:
        yield one


# Registries


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dockr.io/nginx", "nginx"),
        ("hub.docker.com/library/redis:7", "redis:7"),
        ("registry.corp.exampel/team/api:1.0", "registry.corp.example/team/api:1.0"),
        ("registry.corp.example:5000/team/api", "registry.corp.example/team/api"),
    ],
)
async def test_an_image_at_a_registry_that_nobody_knows_is_named_at_the_one_that_was_meant(
    agent: Agent, names: Internet, typed: str, meant: str
):
    names.name("registry.corp.exampel")
    missing = await agent.call("get_image_details", image_name=typed)
    assert missing.code == "unreachable"
    assert missing.candidate == meant
    assert missing.structured["error"]["candidates"] == [meant]
    assert missing.says(r"Check the name.* is not known here\. Did you mean the registry `")
    # Of what was meant nothing is known, and nothing was asked.
    assert {host for host in names.looked_up if host.startswith(("registry-1", "ghcr", "quay.io"))} == set()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gchr.io/acme/app:1.2", "ghcr.io"),
        (f"quay.oi/acme/app@{DIGEST}", "quay.io"),
        ("docker.com/grafana/grafana", "docker.io"),
        ("hub.docker.com/grafana/grafana:11", "docker.io"),
        ("registry.k8s.oi/pause:3", "registry.k8s.io"),
    ],
)
async def test_where_anybody_may_publish_the_registry_alone_is_named(agent: Agent, typed: str, meant: str):
    """Nobody looked whether that image is there, and whose it is."""
    missing = await agent.call("get_image_details", image_name=typed)
    assert missing.structured["error"]["candidates"] == [meant]
    assert missing.says(r"Did you mean the registry `([^`]+)`\?$") == meant


async def test_a_listed_registry_is_anybodys_no_more(corporate: FakeRegistry, names: Internet):
    known = {"ghcr.io": {"endpoint": corporate.address.url}}
    listed = Settings.model_validate({"registries": known, "network": {"proxy": "none"}})
    async with connected(listed) as agent:
        missing = await agent.call("get_image_details", image_name="gchr.io/acme/app:1.2")
    assert missing.candidate == "ghcr.io/acme/app:1.2"


@pytest.mark.parametrize("host", ["registry.gitlab.corp.com", "us.gcr.io", "europe-docker.pkg.dev"])
async def test_another_house_is_no_typing_error(agent: Agent, names: Internet, host: str):
    names.name(host)
    missing = await agent.call("get_image_details", image_name=f"{host}/team/api:1.0")
    assert missing.code == "unreachable"
    assert missing.structured["error"]["candidates"] == []


@pytest.mark.parametrize(("status", "code"), [(429, "rate_limited"), (403, "forbidden"), (500, "upstream_error")])
async def test_what_a_registry_really_answers_keeps_its_own_next_step(
    corporate: FakeRegistry, names: Internet, status: int, code: str
):
    stranger = FakeRegistry(quirks=[quirks.Answer(status, headers={"retry-after": "600"})])
    known = {"team.localhost:5000": {"endpoint": corporate.address.url}}
    with stranger.serve() as address:
        names.name("team.localhost", address.host)
        async with connected(Settings.model_validate({"registries": known})) as agent:
            refused = await agent.call(
                "get_image_details", image_name=f"team.localhost:{address.port}/team/api:1.0"
            )
    assert refused.code == code
    assert refused.structured["error"]["candidates"] == []
    assert "Did you mean" not in refused.text


async def test_what_is_missing_there_keeps_it_too_and_is_told_what_was_meant(
    corporate: FakeRegistry, names: Internet
):
    stranger = FakeRegistry()
    known = {"team.localhost:5000": {"endpoint": corporate.address.url}}
    with stranger.serve() as address:
        names.name("team.localhost", address.host)
        async with connected(Settings.model_validate({"registries": known})) as agent:
            missing = await agent.call(
                "get_image_details", image_name=f"team.localhost:{address.port}/team/api:1.0"
            )
    assert missing.code == "not_found"
    assert missing.says(
        r"Check the name\. .* is not known here\. Did you mean the registry `team\.localhost:5000`\?"
    )
    assert missing.candidate == "team.localhost:5000/team/api:1.0"


@pytest.mark.parametrize("tool", ["check_images", "compare_images", "search_tags", "list_files", "get_manifest"])
async def test_every_question_about_an_image_tells_it(agent: Agent, tool: str):
    typed, meant = "registry.crop.example/team/api:1.0", f"{CORPORATE}/team/api:1.0"
    arguments: dict[str, Any] = {"image_name": typed}
    if tool == "check_images":
        arguments = {"images": [typed]}
    if tool == "compare_images":
        arguments = {"image_a": meant, "image_b": typed}
    answer = await agent.call(tool, **arguments)
    assert answer.says(r"Candidates: `([^`]+)`") == meant


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("search_images", {"query": "nginx"}),
        ("search_users", {"query": "nginx"}),
        ("list_repositories", {"namespace": "acme"}),
        ("search_dockerfiles", {"query": "nginx"}),
        ("list_registries", {}),
    ],
)
async def test_a_registry_that_was_mistyped_by_itself_is_named(agent: Agent, tool: str, arguments: dict[str, Any]):
    missing = await agent.call(tool, **arguments, registry="quay.oi")
    assert missing.says(r"Did you mean the registry `([^`]+)`\?") == "quay.io"
    assert missing.structured["error"]["candidates"] == ["quay.io"]


@pytest.mark.parametrize(
    ("word", "meant"), [("quay", "quay.io"), ("Docker Hub", "docker.io"), ("corp", CORPORATE)]
)
@pytest.mark.parametrize("tool", ["list_registries", "search_images", "search_users", "list_repositories"])
async def test_a_word_for_a_registry_is_answered_with_its_name(agent: Agent, tool: str, word: str, meant: str):
    arguments = {"search_images": {"query": "x"}, "search_users": {"query": "x"}}.get(tool, {})
    refused = await agent.call(tool, **arguments, registry=word)
    assert refused.code == "invalid_reference"
    assert refused.says(r"Did you mean `([^`]+)`\?") == meant
    assert refused.structured["error"]["candidates"] == [meant]


async def test_whoever_answers_in_the_place_of_a_registry_is_not_taken_for_it(
    corporate: FakeRegistry, names: Internet
):
    """Typing errors are registered by those who wait for them: what they refuse may well be there."""
    impostor = FakeRegistry(quirks=[quirks.Answer(404)])
    with impostor.serve() as address:
        known = {CORPORATE: {"endpoint": corporate.address.url}}
        async with connected(
            Settings.model_validate({"registries": known, "network": {"proxy": "none"}})
        ) as agent:
            place = names.host("registry.corp.exmaple", address)
            names.name("registry.corp.exmaple", names.public(address))
            missing = await agent.call("get_image_details", image_name=f"{place.host}:{place.port}/team/api:1.0")
    assert missing.is_error
    assert missing.candidate == f"{CORPORATE}/team/api:1.0"


async def test_a_registry_that_may_not_be_asked_is_not_named(corporate: FakeRegistry, names: Internet):
    async with connected(settings(corporate, allow_hosts=["*.example"])) as agent:
        blocked = await agent.call("get_image_details", image_name="dockr.io/nginx")
        near = await agent.call("get_image_details", image_name="registry.corp.exampel/team/api")
    assert (blocked.code, near.code) == ("blocked", "blocked")
    assert blocked.structured["error"]["candidates"] == near.structured["error"]["candidates"] == []
    assert near.says("network.allow_hosts")


@pytest.mark.parametrize("host", ["images.elsewhere.example", "10.0.0.1:5000", "[2001:db8::1]:5000"])
async def test_a_registry_that_is_like_no_other_is_no_typing_error(agent: Agent, host: str):
    missing = await agent.call("get_image_details", image_name=f"{host}/team/api")
    assert missing.is_error
    assert missing.structured["error"]["candidates"] == []


async def test_an_error_of_a_known_registry_names_no_other(agent: Agent, corporate: FakeRegistry):
    corporate.add(quirks.Answer(403))
    refused = await agent.call("get_image_details", image_name=f"{CORPORATE}/team/api:1.0")
    assert refused.code == "forbidden"
    assert refused.structured["error"]["candidates"] == []


async def test_where_all_is_well_nothing_more_is_asked(agent: Agent, corporate: FakeRegistry):
    await agent.call("get_image_details", image_name=f"{CORPORATE}/team/api:1.0")
    assert [request.kind for request in corporate.requests] == ["manifest", "blob"]


# Tags


async def test_a_tag_costs_one_request_more_to_be_corrected(agent: Agent, corporate: FakeRegistry):
    missing = await agent.call("get_image_details", image_name=f"{CORPORATE}/team/api:1.0.0")
    assert missing.candidate == "1.0"
    assert [request.kind for request in corporate.requests] == ["manifest", "tags"]


async def test_a_digest_in_the_place_of_a_tag_is_put_where_it_belongs(agent: Agent):
    missing = await agent.call("get_image_details", image_name=f"{CORPORATE}/team/api", tag="a" * 64)
    assert missing.candidate == f"{CORPORATE}/team/api@{DIGEST}"


@pytest.mark.parametrize(
    ("typed", "step"),
    [
        (f"nginx@{'a' * 64}", "Write sha256: before it."),
        ("nginx@sha256:abc", "get_image_details tells an image's whole digest."),
        ("sha256:" + "a" * 64, "Write it as name@sha256:…"),
    ],
)
async def test_a_digest_that_is_no_whole_one_says_what_is_missing(agent: Agent, typed: str, step: str):
    refused = await agent.call("get_image_details", image_name=typed)
    assert refused.code == "invalid_reference"
    assert refused.structured["error"]["hint"].endswith(step)


async def test_a_digest_that_is_not_there_is_what_is_to_be_checked(agent: Agent):
    missing = await agent.call("get_image_details", image_name=f"{CORPORATE}/team/api@{DIGEST}")
    assert missing.structured["error"]["hint"] == "Check name and digest."


# Tools and arguments


@pytest.mark.parametrize(
    ("called", "meant"),
    [
        ("list_tags", "search_tags"),
        ("serach_tags", "search_tags"),
        ("get-manifest", "get_manifest"),
        ("image_info", "get_image_details"),
        ("inspect_image", "get_image_details"),
        ("scan_image", "get_vulnerabilities"),
        ("cat_file", "read_file"),
        ("list_images", "search_images"),
        ("diff_images", "compare_images"),
        ("repo_info", "get_repository"),
        ("image_history", "analyze_layers"),
    ],
)
async def test_a_tool_that_others_call_otherwise_is_named(agent: Agent, called: str, meant: str):
    refused = await agent.call(called)
    assert refused.code == "invalid_argument"
    assert refused.structured["error"]["candidates"][0] == meant


async def test_a_tool_like_no_other_gets_no_candidate_but_the_list(agent: Agent):
    refused = await agent.call("zzz")
    assert refused.structured["error"]["candidates"] == []
    assert refused.says("The tools are .*search_tags")


@pytest.mark.parametrize(
    ("tool", "given", "meant"),
    [
        ("search_tags", {"image": "nginx"}, "image_name"),
        ("search_tags", {"repository": "nginx"}, "image_name"),
        ("get_image_details", {"image_name": "nginx", "arch": "arm64"}, "platform"),
        ("get_image_details", {"ref": "nginx"}, "image_name"),
        ("search_images", {"q": "nginx"}, "query"),
        ("search_images", {"query": "nginx", "page_size": 3}, "limit"),
        ("search_images", {"query": "nginx", "next_cursor": "x"}, "cursor"),
        ("search_tags", {"image_name": "nginx", "pattern": "1"}, "tag_pattern"),
        ("search_tags", {"image_name": "nginx", "sort": "name"}, "order"),
        ("list_repositories", {"user": "grafana"}, "namespace"),
        ("analyze_dockerfile", {"dockerfile": "FROM nginx"}, "content"),
        ("check_images", {"references": ["nginx"]}, "images"),
        ("compare_images", {"old": "nginx", "image_b": "redis"}, "image_a"),
        ("read_file", {"image_name": "nginx", "file": "/etc/passwd"}, "path"),
        ("get_vulnerabilities", {"image_name": "nginx", "level": "high"}, "severity"),
    ],
)
async def test_an_argument_that_others_call_otherwise_is_named(
    agent: Agent, tool: str, given: dict[str, Any], meant: str
):
    refused = await agent.call(tool, **given)
    assert refused.code == "invalid_argument"
    assert refused.structured["error"]["candidates"] == [meant]
    assert refused.says(r"Did you mean `(\w+)`\?") == meant
    assert refused.says("It takes ")


@pytest.mark.parametrize(
    ("tool", "given", "says"),
    [
        ("search_tags", {"order": "date"}, "none of `version`, `updated`, `name`"),
        ("get_vulnerabilities", {"severity": "severe"}, "critical"),
        ("search_tags", {"limit": "many"}, "integer"),
        ("search_tags", {"limit": 0}, "greater than or equal to 1"),
        ("check_images", {"images": [{"name": "nginx"}], "image_name": None}, "string"),
        ("get_repository", {"readme": "perhaps"}, "boolean"),
    ],
)
async def test_a_value_that_cannot_be_says_what_can(agent: Agent, tool: str, given: dict[str, Any], says: str):
    arguments = {"image_name": f"{CORPORATE}/team/api", **given}
    if arguments["image_name"] is None:
        del arguments["image_name"]
    refused = await agent.call(tool, **arguments)
    assert refused.code == "invalid_argument"
    assert refused.says(says)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("linux-amd64", "linux/amd64"),
        ("amd64/linux", "linux/amd64"),
        ("linux_x86_64", "linux/amd64"),
        ("arm64/v8", "linux/arm64/v8"),
        ("arm32v7", "linux/arm/v7"),
        ("macos-arm64", "darwin/arm64"),
    ],
)
async def test_a_platform_is_named_as_it_is_spelled_here(agent: Agent, written: str, meant: str):
    refused = await agent.call("get_image_details", image_name=f"{CORPORATE}/team/api:1.0", platform=written)
    assert refused.code == "invalid_argument"
    assert refused.structured["error"]["candidates"] == [meant]


@pytest.mark.parametrize("written", ["solaris", "linux/amd64,linux/arm64", "a/b/c/d", "💥"])
async def test_what_is_no_platform_says_how_one_is_written(agent: Agent, written: str):
    refused = await agent.call("get_image_details", image_name=f"{CORPORATE}/team/api:1.0", platform=written)
    assert refused.says("linux/amd64")
    assert refused.structured["error"]["candidates"] == []


@pytest.mark.parametrize("written", ["arm64", "ARM64", "x86_64", "linux/aarch64"])
async def test_a_processor_alone_means_linux(agent: Agent, written: str):
    missing = await agent.call("get_image_details", image_name=f"{CORPORATE}/team/api:1.0", platform=written)
    assert not missing.is_error or missing.code == "not_found"


# What an operator writes


def test_a_toolset_is_named(corporate: FakeRegistry):
    with pytest.raises(InvalidArgumentError) as refused:
        build_server(Portcall(settings(corporate)), ["supply_chain"])
    assert refused.value.candidates == ("supply-chain",)
    assert "supply-chain" in refused.value.hint


def test_a_backend_is_named():
    entry = {"registry.example": {"backend": "dockrhub"}}
    with pytest.raises(ConfigurationError) as refused:
        Portcall(Settings.model_validate({"registries": entry}))
    assert refused.value.candidates == ("dockerhub",)
    assert "portcall plugins" in refused.value.hint
