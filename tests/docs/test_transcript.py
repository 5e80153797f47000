"""``docs/transcript.md``: an agent finds, compares and pins an image across two registries; written by this test.

It talks MCP to the server that is shipped, and decides by nothing but what it read. The registries are local
doubles of Docker Hub and Quay, so that the page is the same each time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.agents.agent import Agent, Answer, connected
from tests.agents.snapshot import assert_matches
from tests.doubles.dockerhub import DockerHubDouble
from tests.doubles.dockerhub.catalogue import HubTag, Repository
from tests.doubles.quay import QuayDouble
from tests.doubles.quay.content import BEGINNING, DAY
from tests.doubles.quay.scans import Feature, Scan, Vulnerability

from portcall.render.untrusted import fenced
from portcall.settings import Settings
from portcall.testing import BuiltImage, BuiltIndex, image, index, layer

PAGE = Path(__file__).parents[2] / "docs" / "transcript.md"

INTRODUCTION = """\
# An agent finds, compares and pins an image

> We run Prometheus' node exporter on arm64 machines. It is on Docker Hub and on Quay: are the two the same, is
> anything known to be wrong with it, and what exactly should stand in our compose file?

What follows is one run, word for word: each call, and the text that the agent read. Docker Hub and Quay are played
by local doubles, so the images, dates and numbers are made up; everything else is as it would be.
This page is written by `tests/docs/test_transcript.py`, and checked by it.
"""

pytestmark = pytest.mark.anyio


class Transcript:
    """What the agent said, asked and read, in order."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._parts = [INTRODUCTION]

    def says(self, words: str) -> None:
        """Write down what the agent makes of what it read."""
        self._parts.append(words)

    async def asks(self, tool: str, **arguments: Any) -> Answer:
        """Call a tool, and write down question and answer."""
        answer = await self._agent.call(tool, **arguments)
        given = ", ".join(f"{name}={json.dumps(value)}" for name, value in arguments.items())
        self._parts += [f"**`{tool}({given})`**", fenced(answer.text, "markdown")]
        return answer

    @property
    def text(self) -> str:
        """The page."""
        cost = f"{self._agent.calls} calls, {self._agent.bytes_read:,} bytes to read."
        return "\n\n".join([*self._parts, cost])


def _exporter(version: str) -> BuiltIndex:
    platforms = ("linux/amd64", "linux/arm64/v8")
    children = [_binary(version, platform) for platform in platforms]
    return index(children)


def _binary(version: str, platform: str) -> BuiltImage:
    labels = {"org.opencontainers.image.source": "https://github.com/prometheus/node_exporter"}
    files = layer({"bin/node_exporter": f"{version} {platform}\n"}, command="COPY node_exporter /bin/")
    return image(
        [files],
        platform=platform,
        labels=labels,
        user="nobody",
        entrypoint=["/bin/node_exporter"],
        ports=["9100/tcp"],
    )


@contextmanager
def _registries() -> Iterator[Settings]:
    """Serve Docker Hub and Quay, which hold the same releases, but for one that Quay does not have yet."""
    hub, quay = DockerHubDouble(), QuayDouble()
    names = {"1.9.0": ["v1.9.0"], "1.9.1": ["v1.9.1"], "1.10.0": ["v1.10.0", "latest"]}
    exporter = Repository(
        path="prom/node-exporter",
        description="Exporter for machine metrics",
        badge="verified_publisher",
        stars=420,
        pulls=1_400_000_000,
        tags={
            tag: HubTag(name=tag, built=_exporter(version), pushed=f"2026-0{month}-12T09:00:00Z")
            for month, (version, tags) in enumerate(names.items(), 5)
            for tag in tags
        },
    )
    hub.add(exporter)
    for month, version in enumerate(("1.9.0", "1.9.1")):
        at = BEGINNING + (2323 + 31 * month) * DAY
        quay.catalogue.push("prometheus/node-exporter", _exporter(version), [f"v{version}"], at=at)
    stdlib = Vulnerability(
        name="CVE-2025-22871",
        severity="High",
        fixed_by="1.24.2",
        description="net/http accepts a bare LF in chunked bodies, which may let requests be smuggled.",
        score=9.1,
    )
    report = Scan("scanned", (Feature(name="stdlib", version="1.23.7", vulnerabilities=(stdlib,)),))
    quay.catalogue.scan(_binary("1.9.1", "linux/arm64/v8").digest, report)
    with hub.serve() as places, quay.serve() as address:
        yield Settings.model_validate(
            {
                "registries": {
                    "docker.io": {**places.settings, "api": places.api},
                    "quay.io": {"endpoint": address.url, "api": address.url},
                },
                "network": {"proxy": "none"},
            }
        )
    assert hub.violations == hub.hostile == quay.violations == quay.hostile == []


async def test_an_agent_finds_compares_and_pins_an_image_across_two_registries():
    with _registries() as settings:
        async with connected(settings) as agent:
            transcript = Transcript(agent)
            await _run(transcript)
    assert_matches(PAGE, transcript.text)


async def _run(transcript: Transcript) -> None:
    transcript.says("## Find")
    found = await transcript.asks("search_images", query="node-exporter", registry="docker.io,quay.io", limit=4)
    hub = found.says(r"^- `(prom/node-exporter)` · verified publisher")
    quay = found.says(r"^- `(quay\.io/prometheus/node-exporter)`")
    transcript.says("One on each, and Docker Hub vouches for its publisher. Which releases do they have?")
    tags = await transcript.asks("search_tags", image_name=hub, tag_pattern="version:>=1.9")
    newest = tags.says(r"newest stable of these: `([^`]+)`")
    theirs = await transcript.asks("search_tags", image_name=quay, tag_pattern="version:>=1.9")
    common = theirs.says(r"newest stable of these: `([^`]+)`")
    assert (newest, common) == ("v1.10.0", "v1.9.1")

    transcript.says(
        f"## Compare\n\nQuay does not have {newest} yet. Is {common} the same image on both, on arm64?"
    )
    checks = await transcript.asks(
        "check_images", images=[f"{hub}:{common}", f"{quay}:{common}"], platform="linux/arm64", suggest_newer=True
    )
    digests = {check["digest"] for check in checks.structured["checks"]}
    assert len(digests) == 1
    transcript.says(
        "The same digest: the same bytes, wherever they come from. What Quay's scanner says is true of Docker "
        "Hub's, too."
    )
    scan = await transcript.asks("get_vulnerabilities", image_name=f"{quay}:{common}", platform="linux/arm64")
    assert scan.says("1 high")
    transcript.says(f"One high finding, in the Go runtime that {common} was built with. {newest} is newer.")

    transcript.says(f"## Pin\n\n{newest} then, from Docker Hub. As whom does it run, and on which port?")
    image_detail = await transcript.asks("get_image_details", image_name=f"{hub}:{newest}", platform="linux/arm64")
    pinned = image_detail.says(r"pinned: `([^`]+)`")
    assert image_detail.says(r"user: `([^`]+)`") == "nobody"
    compose = f"services:\n  exporter:\n    image: {pinned}\n    platform: linux/arm64\n"
    transcript.says("It runs as nobody. The line for the compose file, checked before it is written:")
    verdict = await transcript.asks("check_images", content=compose, platform="linux/arm64")
    assert verdict.says("1 image, it exists for `linux/arm64`")
    transcript.says(fenced(compose.rstrip(), "yaml"))
