"""Examples and MCP Inspector, each with its packages; the registry that they ask about, and a team's server."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.packaging.frameworks.node.project import NodeProject
from tests.testbed.process import Service
from tests.testbed.shell import Shell

from portcall.testing import demo_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from portcall.testing import FakeRegistry

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[3] / "examples"
#: What a team's server calls the demo's registry.
HOST = "registry.example"
TOKEN = "a-token-of-this-test-alone"
#: Seconds between two looks at a tag that somebody subscribed to.
INTERVAL = "0.2"

_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/mcp")
_PATIENCE = 30


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo's registry, served.

    Attributes:
        registry: It.
        url: Where it is.
        name: How references name it: ``127.0.0.1:40213``.
    """

    registry: FakeRegistry
    url: str
    name: str


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """The registry that the README's commands ask about."""
    registry = demo_registry()
    with registry.serve() as address:
        yield Demo(registry, address.url, address.netloc)


@pytest.fixture
def project(portcall_from_wheel: Path, tmp_path: Path) -> Callable[..., NodeProject]:
    """Copies an example, and scripts of the tests beside it: ``project("typescript", "every_tool.mjs")``."""

    def copy(name: str, *scripts: str) -> NodeProject:
        return NodeProject.of(
            EXAMPLES / name, portcall_from_wheel, tmp_path, *(HERE / script for script in scripts)
        )

    return copy


@pytest.fixture(scope="module")
def team_server(demo: Demo, portcall_from_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over HTTP, which knows the demo's registry, and wants to be shown ``TOKEN``."""
    variables = {
        "PORTCALL_REGISTRIES": json.dumps({HOST: {"endpoint": demo.url}}),
        "PORTCALL_AUTH_TOKEN": TOKEN,
        "PORTCALL_SERVER__WATCH_INTERVAL": INTERVAL,
    }
    with _serving(portcall_from_wheel, tmp_path_factory.mktemp("team"), variables) as url:
        yield url


@contextmanager
def _serving(portcall: Path, home: Path, variables: dict[str, str]) -> Iterator[str]:
    log = home / "server.log"

    def address() -> str | None:
        found = _ADDRESS.search(log.read_text(errors="replace"))
        return found[0] if found else None

    command = [str(portcall), "serve", "--transport", "http", "--port", "0"]
    with Service(command, log, Shell(home).environment(**variables)) as service:
        yield service.wait_for(address, "portcall serve", _PATIENCE)
