"""What the integration tests start: a gateway, a shell, an MCP session, each configured for real registries."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
from tests.testbed.configuration import Entry, registry_entry, write_configuration
from tests.testbed.shell import Shell
from tests.testbed.stalled import StalledRegistry, stalled_registry

from portcall import Portcall
from portcall.settings import load_settings
from portcall.testing.fixtures import fake_registry, recording_server

__all__ = ["fake_registry", "recording_server"]

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.testbed.registry import RealRegistry


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, as portcall does."""
    return "asyncio"


@pytest.fixture
def configuration(tmp_path: Path) -> Callable[..., Path]:
    """Writes a configuration file that lists registries: ``configuration(basic_registry, network={…})``."""

    def write(*registries: RealRegistry, **sections: Entry) -> Path:
        entries = {registry.netloc: registry_entry(registry, tmp_path) for registry in registries}
        return write_configuration(tmp_path / "portcall.toml", entries, **sections)

    return write


@pytest.fixture
async def gateway_of(tmp_path: Path) -> AsyncIterator[Callable[..., Portcall]]:
    """Opens a gateway for configuration entries by prefix: ``gateway_of({"host": {…}}, network={…})``."""
    async with AsyncExitStack() as stack:

        def opened(registries: dict[str, Entry], **sections: Entry) -> Portcall:
            config = write_configuration(tmp_path / "portcall.toml", registries, **sections)
            portcall = Portcall(load_settings(config, {}))
            stack.push_async_callback(portcall.aclose)
            return portcall

        yield opened


@pytest.fixture
def gateway(tmp_path: Path, gateway_of: Callable[..., Portcall]) -> Callable[..., Portcall]:
    """Opens a gateway for real registries: ``gateway(basic_registry, network={…})``."""

    def opened(*registries: RealRegistry, **sections: Entry) -> Portcall:
        entries = {registry.netloc: registry_entry(registry, tmp_path) for registry in registries}
        return gateway_of(entries, **sections)

    return opened


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Runs ``portcall`` as a child process, with an empty home folder."""
    home = tmp_path / "home"
    home.mkdir()
    return Shell(home)


@pytest.fixture
async def stalled() -> AsyncIterator[StalledRegistry]:
    """A registry that never answers; loopback, so that it needs no configuration."""
    async with stalled_registry() as registry:
        yield registry


@pytest.fixture
def say(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Prints what was counted: at once in a slow test, else with the report of one that failed."""

    def show(text: str) -> None:
        if request.node.get_closest_marker("slow"):
            with capsys.disabled():
                request.config.get_terminal_writer().line(f"\n{text}")
        else:
            request.node.add_report_section("call", "counted", text)

    return show
