"""What answers cost a conversation: the canonical questions, asked about a Docker Hub that is like the real one.

``benchmarks/context.py`` prints the costs beside those of peers; ``test_context_budget.py`` keeps them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import httpx
from tests.agents.agent import connected
from tests.doubles.dockerhub import DockerHubDouble, HubTag, Organisation, Repository

from portcall.settings import Settings
from portcall.testing import BuiltIndex, attestation, image, index, layer

if TYPE_CHECKING:
    from tests.agents.agent import Agent

    from portcall.testing import BuiltImage, Layer

#: Those of library/nginx; with BuildKit's attestations each tag has 16 entries.
PLATFORMS = (
    *("linux/386", "linux/amd64", "linux/arm/v5", "linux/arm/v7", "linux/arm64/v8", "linux/ppc64le"),
    *("linux/riscv64", "linux/s390x"),
)
RELEASES = (
    "1.29.1",
    "1.29.0",
    *(f"1.28.{patch}" for patch in (2, 1, 0)),
    *(f"1.27.{n}" for n in range(5, -1, -1)),
)
#: Images of each release, with the endings that its tags have; official images carry several names.
VARIANTS = (("", "-trixie"), ("-perl", "-trixie-perl"), ("-otel", "-trixie-otel"), ("-alpine", "-alpine3.22"))
#: Of the newest release alone.
FLOATING = ("1.29", "1", "mainline", "latest")

#: Bytes of peers' lists of tools, as measured from outside, and of the part that models see.
PEERS_LISTS = {
    "docker/hub-mcp 5a7c80f, 13 tools": (44_162, 10_195),
    "harbor-registry-mcp 0.2.0, 8 tools": (19_440, 8_075),
    "dockerhub-api 1.0.1, 9 tools": (6_996, 6_271),
    "docker-hub-mcp 0.2.2, 4 tools": (1_777, 1_767),
}

_INSTALL = """\
RUN /bin/sh -c set -x && groupadd --system --gid 101 nginx && useradd --system --gid nginx --no-create-home \
--home /nonexistent --comment "nginx user" --shell /bin/false --uid 101 nginx && apt-get update && \
apt-get install --no-install-recommends --no-install-suggests -y gnupg1 ca-certificates && \
NGINX_GPGKEYS="573BFD6B3D8FBC641079A6ABABF5BD827BD9BF62 8540A6F18833A80E9C1653A42FD21310B49F6B46 \
9E9BE90EACBCDE69FE9B204CBCDCD8A38D88A2B3"; export GNUPGHOME="$(mktemp -d)"; found=''; \
for NGINX_GPGKEY in $NGINX_GPGKEYS; do echo "Fetching GPG key"; done; \
apt-get install -y nginx=${NGINX_VERSION}-${PKG_RELEASE} && rm -rf /var/lib/apt/lists/* # buildkit"""
_SCRIPTS = ("docker-entrypoint.sh", "10-listen-on-ipv6-by-default.sh", "15-local-resolvers.envsh")
_SCRIPTS += ("20-envsubst-on-templates.sh", "30-tune-worker-processes.sh")


@cache
def _layers(variant: str) -> tuple[Layer, ...]:
    """Return seven layers, of which one differs between variants."""
    root = {"etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nNAME="Debian GNU/Linux"\nID=debian\n'}
    return (
        layer(root, command="# debian.sh --arch 'amd64' out/ 'trixie' '@1752451200'"),
        layer({"usr/sbin/nginx": f"nginx{variant}", "etc/nginx/nginx.conf": "user nginx;\n"}, command=_INSTALL),
        *(
            layer(
                {f"docker-entrypoint.d/{name}": "#!/bin/sh\n"},
                command=f"COPY {name} /docker-entrypoint.d # buildkit",
            )
            for name in _SCRIPTS
        ),
    )


@cache
def nginx(release: str, variant: str) -> BuiltIndex:
    """Return an image of library/nginx: eight platforms, eight attestations."""
    images = {platform: _of_platform(release, variant, platform) for platform in PLATFORMS}
    told = [attestation(each, name=f"nginx:{release}{variant}", provenance=False) for each in images.values()]
    return index(images, attestations=told, annotations={"org.opencontainers.image.version": release + variant})


def _of_platform(release: str, variant: str, platform: str) -> BuiltImage:
    return image(
        _layers(variant),
        platform=platform,
        created="2026-07-14T18:27:33.123456789Z",
        env=[
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            *(f"NGINX_VERSION={release}", "NJS_VERSION=0.9.1", "NJS_RELEASE=1~trixie", "PKG_RELEASE=1~trixie"),
            "DYNPKG_RELEASE=1~trixie",
        ],
        labels={"maintainer": "NGINX Docker Maintainers <docker-maint@nginx.com>"},
        entrypoint=["/docker-entrypoint.sh"],
        cmd=["nginx", "-g", "daemon off;"],
        ports=["80/tcp"],
        stop_signal="SIGQUIT",
    )


def docker_hub() -> DockerHubDouble:
    """Return a Docker Hub with library/nginx, and others that a search for it finds."""
    hub = DockerHubDouble(default=False)
    hub.add(Organisation(name="library", full_name="Docker Official Images"))
    official = {"badge": "official", "description": "Official build of Nginx.", "stars": 21_268}
    hub.add(Repository(path="library/nginx", pulls=12_981_954_060, tags=_tags(), **official))
    for name in (
        "ingress",
        "unprivileged",
        "exporter",
        "proxy",
        "static",
        "php",
        "rtmp",
        "certbot",
        "waf",
        "webdav",
    ):
        told = f"NGINX, as {name}, in a container that is small and runs anywhere, with examples for Compose"
        hub.add(Repository(path=f"acme/nginx-{name}", description=told, stars=len(name), pulls=10_000_000))
    return hub


def _tags() -> dict[str, HubTag]:
    tags = {}
    for age, release in enumerate(RELEASES):
        for variant, other in VARIANTS:
            names = [f"{release}{variant}", f"{release}{other}"]
            names += [f"{name}{variant}" for name in FLOATING if not age]
            for name in names:
                pushed = (
                    f"2026-{12 - age:02}-14T20:0{len(tags) % 10}:36.123456Z"
                    if age < 11
                    else "2025-12-01T00:00:00Z"
                )
                tags[name] = HubTag(name=name, built=nginx(release, variant), pushed=pushed)
    return tags


@dataclass(frozen=True)
class Question:
    """A question to portcall, and what a peer's answer to the same is made of.

    Attributes:
        title: What is asked.
        tool: Of portcall.
        arguments: Of that tool.
        hub: Paths of the REST API whose documents docker/hub-mcp answers with.
        raw: References whose manifest and configuration StacklokLabs/ocireg-mcp answers with.
    """

    title: str
    tool: str
    arguments: dict[str, Any]
    hub: tuple[str, ...] = ()
    raw: tuple[str, ...] = ()


_TAGS = "/v2/namespaces/library/repositories/nginx/tags"
_ONE, _OTHER = "nginx:1.29.1", "nginx:1.28.2"
_TEN = [f"nginx:{release}" for release in RELEASES[:10]]

QUESTIONS = (
    Question("10 tags", "search_tags", {"image_name": "nginx", "limit": 10}, (f"{_TAGS}?page_size=10",)),
    Question("100 tags", "search_tags", {"image_name": "nginx", "limit": 100}, (f"{_TAGS}?page_size=100",)),
    Question("the full version of a tag", "search_tags", {"image_name": "nginx:1"}),
    Question("image details", "get_image_details", {"image_name": _ONE}, (f"{_TAGS}/1.29.1",), (_ONE,)),
    Question("manifest", "get_manifest", {"image_name": _ONE}),
    Question("check of 10", "check_images", {"images": _TEN}, tuple(f"{_TAGS}/{one[6:]}" for one in _TEN)),
    Question("compare", "compare_images", {"image_a": _OTHER, "image_b": _ONE}, (), (_ONE, _OTHER)),
    Question("search of 10", "search_images", {"query": "nginx"}, ("/api/search/v4?query=nginx&from=0&size=10",)),
    Question("repository", "get_repository", {"image_name": "nginx"}, (_TAGS.removesuffix("/tags"),)),
    Question("layers", "analyze_layers", {"image_name": _ONE}, (), (_ONE,)),
    Question("layers, deep", "analyze_layers", {"image_name": _ONE, "deep": True}),
    Question("files of a directory", "list_files", {"image_name": _ONE, "path": "/docker-entrypoint.d"}),
    Question("a file", "read_file", {"image_name": _ONE, "path": "/etc/os-release"}),
    Question("Dockerfile", "get_dockerfile", {"image_name": _ONE}),
    Question("base image", "check_base_image", {"image_name": _ONE}),
    Question("registries", "list_registries", {}),
    Question("not found", "get_image_details", {"image_name": "nginx:1.29.99"}),
    Question("wrong argument", "get_image_details", {"image": "nginx"}),
)
#: What has no answer but an error.
FAILING = {"not found", "wrong argument"}


@dataclass(frozen=True)
class Cost:
    """Bytes that an answer takes: of its text, of its JSON, and of the documents that a peer answers with.

    What does not fit into one answer takes several calls.
    """

    question: Question
    calls: int
    text: int
    structured: int
    hub: int | None = None
    raw: int | None = None


@dataclass(frozen=True)
class ListCost:
    """Bytes of the list of tools, and of the part that every host shows its model."""

    tools: int
    whole: int
    shown: int
    instructions: int


def size(value: object) -> int:
    """Return the bytes of a value as compact JSON, as it goes over the wire."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def list_cost(tools: list[dict[str, Any]], instructions: str | None) -> ListCost:
    """Return what a list of tools costs, and what the server says beside it."""
    shown = [{key: tool[key] for key in ("name", "description", "inputSchema")} for tool in tools]
    return ListCost(len(tools), size(tools), size(shown), len((instructions or "").encode()))


async def costs(*, peers: bool = False) -> tuple[ListCost, list[Cost]]:
    """Return what the list of tools and the answers to :data:`QUESTIONS` cost; with ``peers``, theirs too."""
    with docker_hub().serve() as hub:
        entry = {**hub.settings, "api": hub.api}
        settings = Settings.model_validate({"registries": {"docker.io": entry}, "network": {"proxy": "none"}})
        async with connected(settings) as agent:
            listed = (await agent.client.list_tools()).tools
            tools = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed]
            found = [await _cost(question, agent) for question in QUESTIONS]
            told = agent.client.session.instructions
        if peers:
            found = [_beside_peers(cost, hub.api) for cost in found]
    return list_cost(tools, told), found


async def _cost(question: Question, agent: Agent) -> Cost:
    """Ask, and where a number of rows is wanted go on until they are there."""
    wanted, answers, rows, cursor = question.arguments.get("limit", 1), [], 0, ""
    while rows < wanted:
        answer = await agent.call(question.tool, **question.arguments, **({"cursor": cursor} if cursor else {}))
        assert answer.is_error == (question.title in FAILING), answer.text
        answers.append(answer)
        rows += len(answer.structured.get("tags", [None]))
        cursor = answer.structured.get("next_cursor") or ""
    text = sum(len(answer.text.encode()) for answer in answers)
    return Cost(question, len(answers), text, sum(size(answer.structured) for answer in answers))


def _beside_peers(cost: Cost, api: str) -> Cost:
    question = cost.question
    of_hub = sum(size(httpx.get(api + path).raise_for_status().json()) for path in question.hub)
    of_raw = sum(_raw_documents(reference) for reference in question.raw)
    return replace(cost, hub=of_hub or None, raw=of_raw or None)


def _raw_documents(reference: str) -> int:
    """Return the bytes of the manifest and configuration of one platform."""
    built = nginx(reference.partition(":")[2], "")
    one = next(child for child in built.children if child.platform == "linux/amd64")
    return size(one.document) + size(one.config)
