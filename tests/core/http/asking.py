"""How these tests ask: over real HTTP on loopback, through the façade, or through one Distribution."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

import portcall
from portcall.errors import PortcallError
from portcall.http.cache import MemoryCache
from portcall.http.client import HttpClient
from portcall.http.origin import Origin
from portcall.http.policy import HostPolicy
from portcall.http.pools import ConnectionPools
from portcall.http.replies import ReplyCache
from portcall.http.upstream import Upstream
from portcall.oci.distribution import Distribution
from portcall.settings import load_settings
from portcall.testing import FakeRegistry, image, index, layer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from portcall.http.tracing import UpstreamTraces
    from portcall.settings import Settings
    from portcall.testing import Address, Auth
    from portcall.testing.quirks import Quirk

#: For property tests: a busy machine is no fault.
unhurried = hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

USER, PASSWORD = "ada", "canary-Pa55word"
REPOSITORY = "shop/api"
AMD64 = image([layer({"srv/app": "one\n"}, command="COPY app /srv/")], labels={"team": "shop"})
ARM64 = image([layer({"srv/app": "two\n"}, command="COPY app /srv/")], platform="linux/arm64/v8")
BOTH = index([AMD64, ARM64])


class Clock:
    """A clock that moves when told to."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += seconds


@contextlib.contextmanager
def serving(*quirks: Quirk, auth: Auth | None = None, **options: Any) -> Iterator[FakeRegistry]:
    """Serve a registry that holds ``shop/api:1`` (one platform) and ``shop/api:latest`` (two)."""
    registry = FakeRegistry(auth=auth, quirks=quirks, **options)
    registry.push(REPOSITORY, AMD64, tags=["1"])
    registry.push(REPOSITORY, BOTH, tags=["latest", "2"])
    with registry.serve():
        yield registry


def settings(
    registries: Mapping[str, Mapping[str, Any]] | None = None,
    environ: Mapping[str, str] | None = None,
    **network: Any,
) -> Settings:
    """Return the settings that hold ``registries`` and ``network``, and nothing of this machine's."""
    variables = {
        "PORTCALL_REGISTRIES": json.dumps(registries or {}),
        "PASSWORD": PASSWORD,
        "PORTCALL_NETWORK__PROXY": "none",
        **{f"PORTCALL_NETWORK__{key.upper()}": _written(value) for key, value in network.items()},
        **(environ or {}),
    }
    return load_settings(os.devnull, variables)


def _written(value: object) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


def entry(address: Address, **fields: Any) -> dict[str, dict[str, Any]]:
    """Return a ``[registries.X]`` entry for a server on loopback."""
    return {address.netloc: {"endpoint": address.url, **fields}}


def with_password(address: Address, password: str = "PASSWORD", **fields: Any) -> dict[str, dict[str, Any]]:
    """Return such an entry with Ada's credentials; ``password`` names the variable that holds hers."""
    return entry(address, username=USER, password_env=password, **fields)


@contextlib.asynccontextmanager
async def asking(
    registries: Mapping[str, Mapping[str, Any]] | None = None, *, local: bool = True, **options: Any
) -> AsyncIterator[portcall.Portcall]:
    """Open the façade with settings of the test's own."""
    async with portcall.Portcall(settings(registries, **options), local=local) as gateway:
        yield gateway


@dataclass
class Bench:
    """The http layer alone, with a clock that tests move."""

    clock: Clock = field(default_factory=Clock)
    wall: Clock = field(default_factory=lambda: Clock(time.time()))
    max_bytes: int = 1 << 26
    policy: HostPolicy = field(default_factory=HostPolicy)
    traces: UpstreamTraces | None = None

    def __post_init__(self) -> None:
        self.cache = MemoryCache(self.max_bytes, clock=self.clock)
        pools, replies = ConnectionPools(self.policy, {}, 8), ReplyCache(self.cache, wall=self.wall)
        self.http = HttpClient(pools, replies, self.policy, clock=self.clock, traces=self.traces)

    def upstream(self, address: Address, *also: Address, **fields: Any) -> Upstream:
        """Return an upstream that may reach its own address and ``also``."""
        origins = (Origin.of(each.url) for each in (address, *also))
        exempt = frozenset(origin for origin in origins if origin)
        return Upstream(address.netloc, address.url, **{"listed": True, "exempt": exempt, **fields})

    def distribution(self, address: Address, *also: Address, **fields: Any) -> Distribution:
        """Return the protocol for such an upstream."""
        return Distribution(self.http, self.upstream(address, *also, **fields))


@contextlib.asynccontextmanager
async def bench(**options: Any) -> AsyncIterator[Bench]:
    """Set the http layer up, and take it down."""
    made = Bench(**options)
    try:
        yield made
    finally:
        await made.http.aclose()


@contextlib.contextmanager
def refused(code: str, *words: str) -> Iterator[Refusal]:
    """Expect a :class:`PortcallError` of that code, whose message or hint holds each of ``words``."""
    caught = Refusal()
    with pytest.raises(PortcallError) as info:
        yield caught
    caught.error = info.value
    told = f"{caught.error.message} {caught.error.hint}"
    assert caught.error.code == code, told
    for word in words:
        assert word in told
    assert PASSWORD not in told + repr(caught.error)


class Refusal:
    """The error that :func:`refused` expected."""

    error: PortcallError


@contextlib.contextmanager
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Collect what is logged, down to the least word."""
    with caplog.at_level(logging.DEBUG):
        yield caplog
