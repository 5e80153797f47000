"""The twenty tasks of ``docs/tasks.md``: what works today, in how many calls, for how many bytes to read.

Each task is one function: an agent that knows the goal, and of the world only what the answers say. It ends
when the answer stands in what it read. Where it takes more than one call, it says why no fewer do.
``docs/tasks.md`` holds the table and the calls; this test writes and checks them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.agents.images import DOCKERFILE as IMAGE_DOCKERFILE
from tests.agents.images import official
from tests.agents.snapshot import assert_matches
from tests.agents.world import World

from portcall.testing import Reply

if TYPE_CHECKING:
    from tests.agents.agent import Agent, Asked

TABLE = Path(__file__).parents[2] / "docs" / "tasks.md"

pytestmark = pytest.mark.anyio


Solve = Callable[["Agent"], Awaitable[None]]
Happen = Callable[[World], Awaitable[None]]
Runs = dict[int, "list[Asked]"]


@dataclass(frozen=True)
class Task:
    """A goal, how far it can be reached, what is missing, and what happened before somebody asked."""

    number: int
    goal: str
    solve: Solve | None
    missing: str
    before: Happen | None = None

    @property
    def state(self) -> str:
        if self.solve is None:
            return "not yet"
        return "partly" if self.missing else "works"


TASKS: list[Task] = []


def task(number: int, goal: str, *, missing: str = "", before: Happen | None = None) -> Callable[[Solve], Solve]:
    """Register a task; ``missing`` says what is not answered yet, and by which tool it will be."""

    def register(solve: Solve) -> Solve:
        TASKS.append(Task(number, goal, solve, missing, before))
        return solve

    return register


def not_yet(number: int, goal: str, *, missing: str) -> None:
    """Register a task that nothing answers."""
    TASKS.append(Task(number, goal, None, missing))


@task(1, "Which image should I use for PostgreSQL 16 on arm64? Give me a reference pinned by digest.")
async def postgres_for_arm(agent: Agent) -> None:
    tags = await agent.call("search_tags", image_name="postgres", tag_pattern="version:16")
    assert tags.says(r"newest stable of these: `([^`]+)`") == "16.9"
    assert tags.says(r"newest stable of these: .* pinned: `(postgres@sha256:[0-9a-f]{64})`")
    assert tags.says(r"platforms of each: `.*linux/arm64")


@task(2, "Is `nginx:1.27` the newest stable? What is?")
async def newest_nginx(agent: Agent) -> None:
    tags = await agent.call("search_tags", image_name="nginx")
    assert tags.says(r"newest release: `([^`]+)`") == "1.29.1"
    # What its publisher calls stable is another branch.
    assert tags.says(r"`latest` is `([^`]+)`") == "1.29.1"
    assert tags.says(r"`stable` is `([^`]+)`") == "1.28.0"


@task(3, "Which full version is `python:3` today, and which other tags are the same image?")
async def full_version_of_python(agent: Agent) -> None:
    tags = await agent.call("search_tags", image_name="python:3")
    assert tags.says(r"full version: `([^`]+)`") == "3.13.5"
    assert tags.says("`3.13.5` `3.13` `3` `latest`")


COMPOSE = """\
services:
  web:
    image: nginx:1.27.5
  cache:
    image: redis:7-alpine
  app:
    image: ghcr.io/acme/app:v1.4.2
  jobs:
    image: ghcr.io/acme/app:v1.6.0
"""


@task(4, "Do all images in this compose file exist, for linux/arm64? Which are stale?")
async def compose_file(agent: Agent) -> None:
    checks = await agent.call("check_images", content=COMPOSE, platform="linux/arm64", suggest_newer=True)
    assert checks.says("1 of 4 images failed for `linux/arm64`")
    assert checks.says(r"line 7, `app`: `ghcr.io/acme/app:v1.4.2` exists.* newer: `([^`]+)`") == "v1.5.0"
    assert checks.says(r"line 3, `web`: `nginx:1.27.5` exists.* newer: `([^`]+)`") == "1.29.1"
    assert checks.says(r"line 9, `jobs`: `ghcr.io/acme/app:v1.6.0` \*\*missing\*\*.*`(v1\.5\.0)`") == "v1.5.0"


@task(5, "This Deployment uses `ghcr.io/acme/app:v1.4.2`. What changed in `v1.5.0`?")
async def what_changed(agent: Agent) -> None:
    changes = await agent.call(
        "compare_images", image_a="ghcr.io/acme/app:v1.4.2", image_b="ghcr.io/acme/app:v1.5.0"
    )
    assert changes.says("1 layer shared")
    assert changes.says(r"^\+ user: (.*)") == "app"
    assert changes.says(r"^\+ LOG_FORMAT: (.*)") == "json"
    assert changes.says(r"^\+ .*COPY app /app")


@task(6, "Why is `registry.corp.example/team/api:prod` 1.8 GB? What would shrink it most?")
async def why_so_large(agent: Agent) -> None:
    image = await agent.call("analyze_layers", image_name="registry.corp.example/team/api:prod", deep=True)
    assert image.says(r"reclaimable: \*\*([^*]+)\*\*") == "1.5 MB"
    assert image.says(r"1\.5 MB +1\.5 MB +1\.5 MB [0-9a-f]{12} (.*)") == "COPY . /srv"
    assert image.says(r"^ +1\.5 MB (/srv\S+)$") == "/srv/model"
    assert image.says("next: 1.5 MB of it is in layer 3")
    assert image.says(r"apt lists: `([^`]+)` 103\.0 kB") == "/var/lib/apt/lists"


@task(7, "What distribution and version is inside `quay.io/acme/tool:latest`?")
async def distribution(agent: Agent) -> None:
    file = await agent.call("read_file", image_name="quay.io/acme/tool:latest", path="/etc/os-release")
    assert file.says(r"^ID=(.*)") == "alpine"
    assert file.says(r"^VERSION_ID=(.*)") == "3.21.3"


@task(8, "Does the image contain a shell, and which user does it run as?")
async def shell_and_user(agent: Agent) -> None:
    # No fewer: the user stands in the configuration, and files in the layers, which nobody wants downloaded who
    # asks for the one; and an image may have a shell whether or not its configuration names one.
    image = await agent.call("get_image_details", image_name="ghcr.io/acme/app:v1.5.0")
    shells = await agent.call("list_files", image_name="ghcr.io/acme/app:v1.5.0", pattern="**/bin/*sh")
    assert image.says(r"user: `([^`]+)`") == "app"
    assert shells.says(r"(/bin/sh -> .*)") == "/bin/sh -> /bin/busybox"


@task(9, "Show the Dockerfile that built it; is it the real one or a reconstruction?")
async def dockerfile(agent: Agent) -> None:
    found = await agent.call("get_dockerfile", image_name="ghcr.io/acme/app:v1.5.0")
    assert found.says("from its build provenance, to the letter")
    assert found.says("nobody signed it")
    assert IMAGE_DOCKERFILE in found.text


@task(10, "Is its base image out of date?")
async def base_image(agent: Agent) -> None:
    base = await agent.call("check_base_image", image_name="registry.corp.example/team/api:prod")
    assert base.says(r"based on `([^`]+)` \(.*\), whose tag has moved on") == "registry.corp.example/team/base:12"
    then, now = base.says(r"base that is named: `([^`]+)`"), base.says(r"base now: `([^`]+)`")
    assert then != now
    assert base.says(r"its layers (do not match)")


not_yet(
    11,
    "Is it signed? By whom? Does it carry an SBOM? Does the SBOM hold log4j, and which version?",
    missing="list_referrers, verify_signature, get_attestation",
)


@task(12, "Which critical vulnerabilities does the registry know of?")
async def critical_vulnerabilities(agent: Agent) -> None:
    report = await agent.call("get_vulnerabilities", image_name="quay.io/acme/tool:latest", severity="critical")
    assert report.says("1 critical, 1 high, 1 medium")
    assert report.says("listed: 1 row")
    assert report.says(r"`(CVE-[^`]+)` critical .* `libcrypto3 3.1.4-r0` · fixed in `3.1.6-r0`") == "CVE-2024-5535"


DOCKERFILE = """\
FROM python:3.11.13-alpine AS build
RUN pip install .
FROM python:3.11.13-alpine
COPY --from=build /app /app
COPY --from=redis:6 /usr/local/bin/redis-cli /usr/local/bin/
"""


@task(13, "Review this Dockerfile: do its bases exist, are they pinned, is something newer out?")
async def review(agent: Agent) -> None:
    found = await agent.call("analyze_dockerfile", content=DOCKERFILE)
    for line in (1, 3):
        # As it is written, without a digest; and with which one it would be pinned.
        assert found.says(rf"line {line}: `python:3.11.13-alpine` exists, not pinned · pin as `python:\S+@sha256:")
        assert found.says(rf"line {line}: .* newer: `([^`]+)`") == "3.13.5-alpine"
    assert found.says(r"line 5.*: `redis:6` \*\*missing\*\*.* Candidates: `([^`]+)`") == "7"
    assert found.says(r"\*\*warning\*\* line 3 `(\S*root\S*)`")
    assert found.says(r"line 2 .*--no-cache-dir")


@task(14, "Find Dockerfiles that install `ffmpeg` on Alpine.")
async def dockerfiles_with_ffmpeg(agent: Agent) -> None:
    found = await agent.call("search_dockerfiles", query="ffmpeg alpine", registry="ghcr.io")
    assert found.says("^# 1 Dockerfile by way of ghcr.io")
    assert found.says(r"^- `([^`]+)` · `Dockerfile` · `https://github.com/") == "github.com/acme/transcoder"
    assert found.says("^FROM alpine:3.22")
    assert found.says("^RUN apk add .*ffmpeg")


@task(15, "Who publishes `grafana/grafana`, and what else do they publish?")
async def publisher(agent: Agent) -> None:
    # No fewer: Docker Hub tells of an account and of its repositories in different places, and a search, which
    # has both in its rows, is no list of all that somebody publishes.
    who = await agent.call("search_users", query="grafana")
    assert who.says(r"^- `grafana` · organisation · `([^`]+)` · 3 images") == "Grafana Labs"
    what = await agent.call("list_repositories", namespace="grafana")
    assert what.says("3 repositories")
    for name in ("grafana/grafana", "grafana/loki", "grafana/k6"):
        assert what.says(f"^- `{name}`")


@task(16, 'Search "redis exporter" on every registry; which is the official one?')
async def redis_exporters(agent: Agent) -> None:
    found = await agent.call("search_images", query="redis exporter", registry="all")
    for registry in ("docker.io", "ghcr.io", "quay.io", "registry.corp.example"):
        assert found.says(rf"^- {registry}: \d (shown|found)")
    for name in ("oliver006/redis_exporter", "bitnami/redis-exporter", "ghcr.io/oliver006/redis_exporter"):
        assert found.says(f"^- `{name}`")
    assert not re.search("· official", found.text)
    assert found.says(r"^- `([^`]+)` · verified publisher") == "bitnami/redis-exporter"


@task(17, "I typed `ngnix:latst`. Help.")
async def typing_errors(agent: Agent) -> None:
    missing = await agent.call("get_image_details", image_name="ngnix:latst")
    assert missing.code == "not_found"
    assert missing.says("They are official")
    assert missing.candidate == "nginx:latest"


@task(18, "How many pulls have I left on Docker Hub, and when do they come back?")
async def pulls_left(agent: Agent) -> None:
    registry = await agent.call("list_registries", registry="docker.io", probe=True)
    assert registry.says(r"(\d+ of \d+) pulls left per 6 h, those spent are back within 6 h") == "87 of 100"


async def somebody_asked_and_then_came_the_outage(world: World) -> None:
    async with world.agent() as somebody:
        await somebody.call("get_image_details", image_name="redis:8")
    world.docker_hub.fail("registry", Reply(status=503))


@task(
    19,
    "The registry answers 503. What do you know about the image anyway, and how old is that knowledge?",
    before=somebody_asked_and_then_came_the_outage,
)
async def outage(agent: Agent) -> None:
    image = await agent.call("get_image_details", image_name="redis:8")
    assert image.says(r"pinned: `(redis@sha256:[0-9a-f]{64})`")
    assert image.says("env: .*`VERSION=8.0.3`")
    as_of = image.says(r"Stale:\*\* true as of (\S+Z); the registry could not be asked")
    assert abs(datetime.now(UTC) - datetime.fromisoformat(as_of)) < timedelta(minutes=5)


async def a_release_is_due(world: World) -> None:
    world.meanwhile = lambda: world.docker_hub.push("acme/app", official("app", "2"), tags=["stable"])


@task(
    20,
    "Tell me when `acme/app:stable` moves. (And then: copy it to our registry, dry run first.)",
    missing="copy_image",
    before=a_release_is_due,
)
async def tag_that_moves(agent: Agent) -> None:
    # No fewer: what is heard is that it moved, and whether it is there, and what it is now, is read afterwards.
    address = await agent.address_of("image", name="acme/app", tag="stable")
    assert await agent.hears_of(address) == address
    now = await agent.read(address)
    assert re.search(r"pinned: `(acme/app@sha256:[0-9a-f]{64})`", now)
    assert "VERSION=2" in now


HEAD = """\
# Twenty tasks

What people ask an agent about images, and how far portcall answers it today: an agent that follows nothing but
the answers, before local doubles of Docker Hub, Quay and GitHub, and a company's registry, which hold what the
tasks name (the 1.8 GB of task 6 are 1.8 MB there); portcall has a GitHub token, and no other login. Calls are what
the agent sends: tools that it calls, and in task 20 what it listens to and reads. Bytes are what it has to read,
the answers' text; the list of tools, which every conversation begins with, is told at the end.

This page is written by `tests/agents/test_twenty_tasks.py`, and checked by it.

| # | goal | today | calls | bytes read | missing |
|--:|------|-------|------:|-----------:|---------|
"""
CALLS = """\

## The calls

What the agent sent, in order. Long texts are left out.

"""


async def done(one: Task, world: World) -> Agent:
    """Do a task; return the agent that did it."""
    assert one.solve is not None
    if one.before is not None:
        await one.before(world)
    async with world.agent() as agent:
        await one.solve(agent)
    return agent


async def bytes_of_tools(world: World) -> tuple[int, int]:
    """Return how many tools there are, and what their list weighs as models are shown it."""
    async with world.agent() as agent:
        tools = (await agent.client.list_tools()).tools
    shown = [
        {"name": each.name, "description": each.description, "inputSchema": each.input_schema} for each in tools
    ]
    return len(tools), len(json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode())


def sent(asked: Asked) -> str:
    """Return a call on one line."""
    given = " ".join(f"{name}={_short(value)}" for name, value in asked.arguments.items())
    return f"`{asked.what} {given}`"


def _short(value: object) -> str:
    if isinstance(value, str) and "\n" in value:
        return f"({value.count(chr(10))} lines)"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@pytest.fixture(scope="module")
def runs() -> Runs:
    """What was sent for each task that was done already."""
    return {}


async def sent_for(one: Task, runs: Runs, folder: Path) -> list[Asked]:
    """Return what an agent sends to do a task; each is done once, in a world of its own."""
    if one.number not in runs:
        with World(folder / str(one.number)).serve() as world:
            runs[one.number] = (await done(one, world)).asked
    return runs[one.number]


@pytest.mark.parametrize("one", [one for one in TASKS if one.solve], ids=lambda one: f"task {one.number}")
async def test_a_task_is_done_with_what_the_answers_say(one: Task, runs: Runs, tmp_path: Path):
    assert await sent_for(one, runs, tmp_path)


async def test_the_page_says_what_is_done_in_how_many_calls(runs: Runs, tmp_path: Path):
    assert [one.number for one in TASKS] == list(range(1, 21))
    rows: list[str] = []
    steps: list[str] = []
    for one in TASKS:
        calls = bytes_read = "–"
        if one.solve is not None:
            asked = await sent_for(one, runs, tmp_path)
            calls, bytes_read = str(len(asked)), f"{weight(asked):,}"
            steps.append(f"- Task {one.number}: {', then '.join(map(sent, asked))}")
        rows.append(f"| {one.number} | {one.goal} | {one.state} | {calls} | {bytes_read} | {one.missing} |")
    everything = [asked for each in runs.values() for asked in each]
    rows.append(f"| | all of them | | {len(everything)} | {weight(everything):,} | |")
    with World(tmp_path / "tools").serve() as world:
        count, of_tools = await bytes_of_tools(world)
    end = (
        f"\n\nBefore it calls any, a model reads the names, descriptions and arguments of all {count} tools: "
        f"{of_tools:,} bytes. The whole list, which some hosts pass on, is larger: "
        "[what it costs to read](explanation/context-cost.md#before-the-first-question)."
    )
    assert_matches(TABLE, HEAD + "\n".join(rows) + "\n" + CALLS + "\n".join(steps) + end)


def weight(asked: Iterable[Asked]) -> int:
    """Return how many bytes had to be read."""
    return sum(one.bytes_read for one in asked)
