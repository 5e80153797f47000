"""The twenty tasks of ``docs/tasks.md``: what works today, in how many calls, for how many bytes to read.

Each task is one function: an agent that knows the goal, and of the world only what the answers say. It ends
when the answer stands in what it read. ``docs/tasks.md`` holds the table; this test writes and checks it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.agents.agent import connected, settings_for
from tests.agents.catalogue import HOSTS
from tests.agents.snapshot import assert_matches

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.agents.agent import Agent

    from portcall.testing import FakeRegistry

TABLE = Path(__file__).parents[2] / "docs" / "tasks.md"

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Task:
    """A goal, how far it can be reached, and what is missing."""

    number: int
    goal: str
    solve: Callable[[Agent], Awaitable[None]] | None
    missing: str

    @property
    def state(self) -> str:
        if self.solve is None:
            return "not yet"
        return "partly" if self.missing else "works"


TASKS: list[Task] = []


def task(
    number: int, goal: str, *, missing: str = ""
) -> Callable[[Callable[[Agent], Awaitable[None]]], Callable[[Agent], Awaitable[None]]]:
    """Register a task; ``missing`` says what is not answered yet, and by which tool it will be."""

    def register(solve: Callable[[Agent], Awaitable[None]]) -> Callable[[Agent], Awaitable[None]]:
        TASKS.append(Task(number, goal, solve, missing))
        return solve

    return register


def not_yet(number: int, goal: str, *, missing: str) -> None:
    """Register a task that nothing answers."""
    TASKS.append(Task(number, goal, None, missing))


@task(1, "Which image should I use for PostgreSQL 16 on arm64? Give me a reference pinned by digest.")
async def postgres_for_arm(agent: Agent) -> None:
    tags = await agent.call("search_tags", image_name="postgres", tag_pattern="version:16")
    newest = tags.says(r"newest stable: `([^`]+)`")
    image = await agent.call("get_image_details", image_name=f"postgres:{newest}", platform="linux/arm64")
    assert newest == "16.9"
    assert image.says(r"for `linux/arm64/v8`")
    assert image.says(r"pinned: `(postgres@sha256:[0-9a-f]{64})`")


@task(2, "Is `nginx:1.27` the newest stable? What is?")
async def newest_nginx(agent: Agent) -> None:
    tags = await agent.call("search_tags", image_name="nginx")
    assert tags.says(r"newest stable: `([^`]+)`") == "1.29.1"


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
    assert checks.says(r"line 3: `nginx:1.27.5` exists.* newer: `([^`]+)`") == "1.29.1"
    assert checks.says(r"line 9: `ghcr.io/acme/app:v1.6.0` \*\*missing\*\*.*`(v1\.5\.0)`") == "v1.5.0"


@task(
    5,
    "This Deployment uses `ghcr.io/acme/app:v1.4.2`. What changed in `v1.5.0`?",
    missing="compare_images: one call, and the differences alone",
)
async def what_changed(agent: Agent) -> None:
    old = await agent.call("get_image_details", image_name="ghcr.io/acme/app:v1.4.2")
    new = await agent.call("get_image_details", image_name="ghcr.io/acme/app:v1.5.0")
    assert old.says("user: none is set, so root")
    assert new.says(r"user: `([^`]+)`") == "app"
    layers = [answer.says(r"1 +\d+ B ([0-9a-f]{12})") for answer in (old, new)]
    assert layers[0] == layers[1]


@task(
    6,
    "Why is `registry.corp.example/team/api:prod` 1.8 GB? What would shrink it most?",
    missing="analyze_layers: what is reclaimable",
)
async def why_so_large(agent: Agent) -> None:
    image = await agent.call("get_image_details", image_name="registry.corp.example/team/api:prod")
    assert image.says("size: 1.8 GB")
    assert image.says(r"1\.5 GB [0-9a-f]{12} (.*)") == "COPY . /srv"


not_yet(
    7, "What distribution and version is inside `quay.io/acme/tool:latest`?", missing="read_file: /etc/os-release"
)


@task(
    8,
    "Does the image contain a shell, and which user does it run as?",
    missing="list_files: whether there is a shell",
)
async def shell_and_user(agent: Agent) -> None:
    image = await agent.call("get_image_details", image_name="ghcr.io/acme/app:v1.5.0")
    assert image.says(r"user: `([^`]+)`") == "app"


@task(
    9,
    "Show the Dockerfile that built it; is it the real one or a reconstruction?",
    missing="get_dockerfile: the Dockerfile, and where it is from",
)
async def dockerfile(agent: Agent) -> None:
    image = await agent.call("get_image_details", image_name="ghcr.io/acme/app:v1.5.0")
    assert image.says(r"ADD alpine-minirootfs.tar.gz /\n.*COPY app /app")


@task(
    10,
    "Is its base image out of date?",
    missing="check_base_image: one call, and images that do not name their base",
)
async def base_image(agent: Agent) -> None:
    image = await agent.call("get_image_details", image_name="registry.corp.example/team/api:prod")
    named, digest = image.says(r"base image, as it says: `([^`]+)`").split("@")
    now = await agent.call("check_images", images=[named])
    assert now.says(r"exists · `(sha256:[0-9a-f]{64})`") != digest


not_yet(
    11,
    "Is it signed? By whom? Does it carry an SBOM? Does the SBOM hold log4j, and which version?",
    missing="list_referrers, verify_signature, get_attestation",
)
not_yet(12, "Which critical vulnerabilities does the registry know of?", missing="get_vulnerabilities")

DOCKERFILE = """\
FROM python:3.11.13-alpine AS build
RUN pip install .
FROM python:3.11.13-alpine
COPY --from=build /app /app
COPY --from=redis:6 /usr/local/bin/redis-cli /usr/local/bin/
"""


@task(
    13,
    "Review this Dockerfile: do its bases exist, are they pinned, is something newer out?",
    missing="analyze_dockerfile: findings, and what is not pinned",
)
async def review(agent: Agent) -> None:
    checks = await agent.call("check_images", content=DOCKERFILE, suggest_newer=True)
    assert checks.says(r"line 1: `python:3.11.13-alpine` exists.* newer: `([^`]+)`") == "3.13.5-alpine"
    assert checks.says(r"line 5: `redis:6` \*\*missing\*\*")


not_yet(14, "Find Dockerfiles that install `ffmpeg` on Alpine.", missing="search_dockerfiles")
not_yet(
    15,
    "Who publishes `grafana/grafana`, and what else do they publish?",
    missing="get_repository, list_repositories",
)
not_yet(16, 'Search "redis exporter" on every registry; which is the official one?', missing="search_images")


@task(17, "I typed `ngnix:latst`. Help.", missing="search_images: the repository's name")
async def typing_errors(agent: Agent) -> None:
    repository = await agent.call("get_image_details", image_name="ngnix:latst")
    assert repository.says("^not_found: docker.io has no repository library/ngnix")
    tag = await agent.call("get_image_details", image_name="nginx:latst")
    assert tag.says(r"^not_found: .*`(latest)`")


not_yet(
    18,
    "How many pulls have I left on Docker Hub, and when do they come back?",
    missing="list_registries: rate limits",
)
not_yet(
    19,
    "The registry answers 503. What do you know about the image anyway, and how old is that knowledge?",
    missing="answers from the cache past their time, saying so",
)
not_yet(
    20,
    "Tell me when `acme/app:stable` moves. (And then: copy it to our registry, dry run first.)",
    missing="subscriptions, copy_image",
)

HEAD = """\
# Twenty tasks

What people ask an agent about images, and how far portcall answers it today: an agent that follows nothing but
the answers, against registries that hold what the tasks name. Calls are tool calls; bytes are what the agent has
to read, the answers' text.

This table is written by `tests/agents/test_twenty_tasks.py`, and checked by it.

| # | goal | today | calls | bytes | missing |
|--:|------|-------|------:|------:|---------|
"""


@pytest.mark.parametrize("one", [one for one in TASKS if one.solve], ids=lambda one: f"task {one.number}")
async def test_a_task_is_done_with_what_the_answers_say(one: Task, agent: Agent):
    assert one.solve is not None
    await one.solve(agent)


async def test_the_table_says_what_is_done_in_how_many_calls(registries: FakeRegistry):
    assert [one.number for one in TASKS] == list(range(1, 21))
    rows = []
    for one in TASKS:
        calls = bytes_read = "–"
        if one.solve is not None:
            async with connected(settings_for(registries.address, HOSTS)) as agent:
                await one.solve(agent)
                calls, bytes_read = str(agent.calls), f"{agent.bytes_read:,}"
        rows.append(f"| {one.number} | {one.goal} | {one.state} | {calls} | {bytes_read} | {one.missing} |")
    assert_matches(TABLE, HEAD + "\n".join(rows))
