"""The test bed as pytest fixtures; loaded by ``tests/conftest.py``.

The registries live for a session (of each pytest-xdist worker) and hold every shape of
``tests.testbed.shapes``, which tests read only: what a test pushes goes to ``scratch_repository``. The
shapes are pushed once; every registry starts with a copy of the files that this made.
After a failure their logs are in ``.testbed/``.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest
from tests.testbed import go_registry, registry
from tests.testbed.fault_proxy import FaultProxy
from tests.testbed.process import log_kept
from tests.testbed.push import PushClient
from tests.testbed.redis import RedisServer
from tests.testbed.sharing import locked, shared_folder
from tests.testbed.tags import push_many_tags
from tests.testbed.token_server import TokenServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.testbed.registry import RealRegistry

REGISTRIES = ("plain", "basic", "token", "tls")


@pytest.fixture(scope="session")
def shapes_storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry's storage with every shape in it, pushed once for all registries of all workers."""
    shared = shared_folder(tmp_path_factory)
    storage = shared / "shapes"
    with locked(shared / "shapes.lock"):
        if not storage.exists():
            folder = tmp_path_factory.mktemp("registry-shapes")
            with registry.plain(folder) as running:
                _fill(running)
            registry.storage(folder).rename(storage)
    return storage


@pytest.fixture(scope="session")
def plain_registry(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, shapes_storage: Path
) -> Iterator[RealRegistry]:
    """A registry that speaks http and asks nobody who they are."""
    with (
        _home(request, tmp_path_factory, "plain", shapes_storage) as folder,
        registry.plain(folder) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def basic_registry(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, shapes_storage: Path
) -> Iterator[RealRegistry]:
    """A registry with Basic authentication."""
    with (
        _home(request, tmp_path_factory, "basic", shapes_storage) as folder,
        registry.basic(folder) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def tls_registry(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, shapes_storage: Path
) -> Iterator[RealRegistry]:
    """A registry that speaks https, with a certificate that only its ``ca_file`` vouches for."""
    with _home(request, tmp_path_factory, "tls", shapes_storage) as folder, registry.tls(folder) as running:
        yield running


@pytest.fixture(scope="session")
def session_token_server() -> Iterator[TokenServer]:
    """The token server behind ``token_registry``; tests want ``token_server``, which is reset for each."""
    with TokenServer() as server:
        yield server


@pytest.fixture(scope="session")
def token_registry(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    shapes_storage: Path,
    session_token_server: TokenServer,
) -> Iterator[RealRegistry]:
    """A registry that wants bearer tokens, which ``token_server`` gives."""
    with (
        _home(request, tmp_path_factory, "token", shapes_storage) as folder,
        registry.token(folder, session_token_server) as running,
    ):
        yield running


@pytest.fixture
def token_server(token_registry: RealRegistry, session_token_server: TokenServer) -> Iterator[TokenServer]:
    """The token server of ``token_registry``, with its default options and an empty log."""
    session_token_server.forget()
    yield session_token_server
    session_token_server.forget()


@pytest.fixture(scope="session", params=REGISTRIES)
def any_registry(request: pytest.FixtureRequest) -> RealRegistry:
    """Each of the four registries in turn."""
    running: RealRegistry = request.getfixturevalue(f"{request.param}_registry")
    return running


@pytest.fixture(scope="session")
def registry_with_3000_tags(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealRegistry]:
    """A plain registry that holds nothing but ``demo/tags``, with the tags ``tests.testbed.tags.MANY_TAGS``."""
    with _home(request, tmp_path_factory, "3000-tags") as folder, registry.plain(folder) as running:
        with PushClient(running) as client:
            push_many_tags(client, registry.storage(folder))
        yield running


@pytest.fixture(scope="session")
def oci11_registry(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealRegistry]:
    """An OCI 1.1 registry with the referrers API (olareg), all shapes but ``OLAREG_REFUSES``; may skip."""
    with _home(request, tmp_path_factory, "oci11") as folder, go_registry.oci11(folder) as running:
        _fill(running, without=go_registry.OLAREG_REFUSES)
        yield running


@pytest.fixture(scope="session")
def session_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """The server behind ``redis_server``; tests want that one, which is emptied for each."""
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_server(session_redis: RedisServer) -> RedisServer:
    """A Redis that holds nothing."""
    from redis import Redis  # unit tests shall not pay for it

    with Redis.from_url(session_redis.url) as client:
        client.flushall()
    return session_redis


@pytest.fixture
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., RedisServer]]:
    """Starts a Redis that this test may stop: ``own_redis("--maxmemory", "3mb")``."""
    with ExitStack() as stack:
        yield lambda *options, **how: stack.enter_context(
            RedisServer(tmp_path_factory.mktemp("redis"), options, **how)
        )


@pytest.fixture
def push() -> Iterator[Callable[[RealRegistry], PushClient]]:
    """Makes a push client for a registry: ``push(plain_registry).blob("scratch/x", b"…")``."""
    with ExitStack() as stack:
        yield lambda running: stack.enter_context(PushClient(running))


@pytest.fixture
def scratch_repository(request: pytest.FixtureRequest) -> str:
    """A repository name that is this test's own."""
    return "scratch/" + re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[:100]


@pytest.fixture
def fault_proxy_for() -> Iterator[Callable[[RealRegistry], FaultProxy]]:
    """Puts a fault proxy before any registry that speaks http."""
    with ExitStack() as stack:
        yield lambda running: stack.enter_context(FaultProxy(running.netloc))


@pytest.fixture
def fault_proxy(plain_registry: RealRegistry, fault_proxy_for: Callable[[RealRegistry], FaultProxy]) -> FaultProxy:
    """A fault proxy before ``plain_registry``, without rules."""
    return fault_proxy_for(plain_registry)


def _fill(running: RealRegistry, *, without: frozenset[tuple[str, str]] = frozenset()) -> None:
    from tests.testbed.shapes import push_shapes  # made by the import, which unit tests shall not pay for

    with PushClient(running) as client:
        push_shapes(client, without=without)


@contextmanager
def _home(
    request: pytest.FixtureRequest, factory: pytest.TempPathFactory, name: str, content: Path | None = None
) -> Iterator[Path]:
    """Give a registry a folder, with a copy of ``content``; at the end remove it, but for the log of a failure."""
    folder = factory.mktemp(f"registry-{name}", numbered=True)
    if content is not None:
        shutil.copytree(content, registry.storage(folder))
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with log_kept(folder, request.config.rootpath / ".testbed" / f"{worker}-{name}.log") as outcome:
        yield folder
        outcome.failed = request.session.testsfailed > 0
