"""The examples in Python do what they say, with portcall from the wheel and their frameworks as published."""

from __future__ import annotations

import hashlib
import json
import signal
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.packaging.frameworks.python.example import Example, interrupted
from tests.packaging.frameworks.python.listener import Proxy
from tests.packaging.frameworks.python.readme import shown_in

from portcall.testing import FakeRegistry, quirks
from portcall.tools import TOOLS

FRAMEWORKS = ("python", "pydantic-ai", "openai-agents", "langgraph")
CANDIDATES = "Candidates: `1.4.1`, `1.4`, `1.4.0`, `1.4.1-alpine`, `1.4.0-rc.1`."


@pytest.fixture
def example(request: pytest.FixtureRequest, example_of: Callable[[str], Example]) -> Example:
    """The example that the test is run for."""
    return example_of(request.param)


every_example = pytest.mark.parametrize("example", FRAMEWORKS, indirect=True)
every_framework = pytest.mark.parametrize("example", FRAMEWORKS[1:], indirect=True)


@pytest.fixture
def stalled() -> Iterator[tuple[FakeRegistry, str]]:
    """A registry that takes every question and answers none, and where it is."""
    registry = FakeRegistry(quirks=(quirks.Stall(),))
    with registry.serve() as address:
        yield registry, address.netloc


def digest_of(registry: str, repository: str, tag: str) -> str:
    """Return the digest of what the registry holds under a tag, without any help of portcall's."""
    accept = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json"
    url = f"http://{registry}/v2/{repository}/manifests/{tag}"
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": accept})) as answer:
        return f"sha256:{hashlib.sha256(answer.read()).hexdigest()}"


def configured(folder: Path, registry: str) -> str:
    """Write a configuration that gives the registry a name; return the file's."""
    file = folder / "portcall.toml"
    file.write_text(f'[registries."registry.example"]\nendpoint = "http://{registry}"\n')
    return str(file)


@every_example
def test_a_tag_that_is_not_there_leads_to_the_newest_stable_version_pinned_by_its_digest(
    example: Example, registry: str
):
    """Word for word as the README shows it."""
    done = example.run(f"{registry}/shop/gateway")
    assert (done.status, done.err) == (0, "")
    printed = done.out.replace(registry, "localhost:5000")
    image = "localhost:5000/shop/gateway"
    assert f"pinned for linux/arm64: {image}@{digest_of(registry, 'shop/gateway', '1.5.1')}\n" in printed
    missing = [line for line in printed.splitlines() if f"not_found: {image} has no tag '1.4.20'" in line]
    assert missing
    assert all(line.endswith(CANDIDATES) for line in missing)
    assert shown_in(example.folder / "README.md", printed) == printed
    assert example.processes() == []


@every_framework
def test_the_framework_takes_every_schema_and_an_outage_is_told_and_a_made_up_digest_is_not_believed(
    example: Example, registry: str
):
    """Asked in one process, for these frameworks take seconds to load."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = f"127.0.0.1:{free.getsockname()[1]}"
    done = example.probe(f"{registry}/shop/gateway", f"{nobody}/shop/gateway")
    assert (done.status, done.err) == (0, "")
    told = json.loads(done.out.splitlines()[-1])
    assert told["schemas"] == [tool.name for tool in TOOLS]
    assert told["outage"].startswith(f"unreachable: the connection to {nobody} was refused")
    assert "made up" in told["made up"] or "none that get_image_details answered with" in told["made up"]
    assert "sha256:" + 64 * "0" not in done.out.replace(told["made up"], "")


@every_example
def test_an_agent_that_is_interrupted_while_a_registry_is_silent_leaves_no_portcall_behind(
    example: Example, stalled: tuple[FakeRegistry, str], tmp_path: Path
):
    """With all tools on, and a registry that only the configuration knows."""
    registry, netloc = stalled
    config = configured(tmp_path, netloc)
    process = example.start("registry.example/shop/gateway", "--toolsets", "", "--config", config)
    deadline = time.monotonic() + 30
    while not registry.requests and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(example.servers()) == 1
    status, out, err = interrupted(process)
    assert (status, err) == (130, "")
    assert out.splitlines() == [f"portcall offers {', '.join(tool.name for tool in TOOLS)}"]
    assert example.all_end()


def test_an_agent_that_is_killed_leaves_no_portcall_behind(
    example_of: Callable[[str], Example], stalled: tuple[FakeRegistry, str]
):
    registry, netloc = stalled
    example = example_of("python")
    with example.start(f"{netloc}/shop/gateway") as process:
        deadline = time.monotonic() + 30
        while not registry.requests and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(example.servers()) == 1
        process.send_signal(signal.SIGKILL)
    assert example.all_end()


@every_example
def test_an_example_brings_no_portcall_of_its_own(example: Example):
    assert "portcall" not in example.python.installed()
    assert {"mcp", "pydantic"} <= example.python.installed()


def test_what_asks_the_internet_is_seen(example_of: Callable[[str], Example], proxy: Proxy):
    """The proxy that every example is run with is one that frameworks' clients ask."""
    example = example_of("openai-agents")
    script = "import openai; openai.OpenAI(max_retries=0).models.list()"
    command = [str(example.python.python), "-c", script]
    assert example.shell.run(command, environment=example.variables).status == 1
    assert proxy.asked == ["CONNECT api.openai.com:443 HTTP/1.1"]
    proxy.asked.clear()
