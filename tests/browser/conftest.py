"""A server that people sign in to with Docker Hub's double, apps, and a browser; each worker starts them once."""

from __future__ import annotations

import json
import socket
from contextlib import AsyncExitStack, ExitStack
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from tests.browser.app import App, Site
from tests.browser.visitor import Visitor
from tests.doubles.dockerhub import DockerHubDouble, Repository
from tests.testbed.certificates import write_server_certificate
from tests.testbed.chromium import chromium
from tests.testbed.shell import Shell
from tests.testbed.team_server import TeamServer, serving

from portcall.testing import image, layer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

    from playwright.async_api import Browser

#: A scheme that the operator has listed.
SCHEME = "com.example.app"
#: For what differs by its colours alone, which pages share.
LIGHT_AND_SLOWLY_DARK = ("light", pytest.param("dark", marks=pytest.mark.slow))
PRIVATE = "ada/private"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, as portcall does."""
    return "asyncio"


@pytest.fixture(scope="package")
def hub() -> Iterator[DockerHubDouble]:
    hub = DockerHubDouble()
    hub.add(Repository(path=PRIVATE, private=True))
    hub.push(PRIVATE, image([layer({"etc/motd": "for Ada alone"})]), tags=["1.0"])
    with hub.serve():
        yield hub


@pytest.fixture(scope="package")
def server(hub: DockerHubDouble, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TeamServer]:
    places = hub.places
    hosts = [urlsplit(url).netloc for url in (places.auth, places.registry, places.api)]
    entry = {"endpoint": places.registry, "api": places.api, "auth_hosts": hosts}
    shell = Shell(tmp_path_factory.mktemp("signing-in"))
    port = _free_port()
    environment = {
        "PORTCALL_REGISTRIES": json.dumps({"docker.io": entry}),
        "PORTCALL_AUTH__MODE": "dockerhub",
        "PORTCALL_AUTH__STORE": f"sqlite:///{shell.home / 'state.db'}",
        "PORTCALL_AUTH__REDIRECT_SCHEMES": json.dumps([SCHEME]),
        "PORTCALL_SERVER__ALLOW_WRITE": "true",
        "PORTCALL_SERVER__PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    with serving(shell, environment=environment, port=port) as server:
        yield server


@pytest.fixture(scope="package")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    async with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture
async def visit(browser: Browser) -> AsyncIterator[Callable[..., Awaitable[Visitor]]]:
    """Seats a new person at a browser of their own: ``await visit(scripts=True, color_scheme="dark")``.

    Scripts are off unless a test wants to look with one.
    """
    async with AsyncExitStack() as open_:

        async def seat(*, scripts: bool = False, **options: Any) -> Visitor:
            context = await browser.new_context(java_script_enabled=scripts, **options)
            open_.push_async_callback(context.close)
            return await Visitor.at(context)

        yield seat


@pytest.fixture
def site() -> Iterator[Site]:
    """Somebody else's web server; also where apps wait for their answer."""
    with Site() as site:
        yield site


@pytest.fixture
def other_site() -> Iterator[Site]:
    """One more."""
    with Site() as site:
        yield site


@pytest.fixture
def secure_site(tmp_path: Path) -> Iterator[Site]:
    """One with https."""
    with Site(write_server_certificate(tmp_path)) as site:
        yield site


@pytest.fixture
async def app(server: TeamServer, site: Site) -> App:
    """A program on this device that wants to use the server."""
    return await App.registered(server, site)


def _free_port() -> int:
    with ExitStack() as stack:
        probe = stack.enter_context(socket.socket())
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
