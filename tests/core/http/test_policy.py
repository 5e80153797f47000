"""``allow_hosts`` and ``deny_hosts``: the operator's word comes before everything."""

from __future__ import annotations

import pytest
from tests.core.http.asking import REPOSITORY, asking, entry, refused, serving

from portcall.errors import BlockedError
from portcall.http.origin import Origin
from portcall.http.policy import HostPolicy
from portcall.http.upstream import Upstream
from portcall.testing import BearerAuth

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("pattern", "registry", "is_meant"),
    [
        ("ghcr.io", "ghcr.io", True),
        ("GHCR.io", "ghcr.io", True),
        ("ghcr.io", "evil.ghcr.io", False),
        ("ghcr.io", "ghcr.io.evil.example", False),
        ("*.corp.example", "registry.corp.example", True),
        ("*.corp.example", "registry.corp.example:5000", True),
        ("*.corp.example", "corp.example", False),
        ("*.corp.example", "corp.example.evil.test", False),
        ("registry.corp.example:5000", "registry.corp.example:5000", True),
        ("registry.corp.example:5000", "registry.corp.example:5001", False),
        ("registry.corp.example:5000", "registry.corp.example", False),
        ("10.0.0.?", "10.0.0.7:5000", True),
        ("[::1]", "[::1]", True),
        ("[::1]", "[::1]:5000", True),
        ("[::1]:5000", "[::1]:5000", True),
        ("*", "[2001:db8::1]:5000", True),
    ],
)
def test_pattern_means_the_host_with_or_without_its_port(pattern: str, registry: str, is_meant: bool):
    upstream = Upstream(registry, f"https://{registry}")
    allowing, denying = HostPolicy(allow=[pattern]), HostPolicy(deny=[pattern])
    refusing = denying if is_meant else allowing
    with pytest.raises(BlockedError):
        refusing.check_registry(upstream)
    (allowing if is_meant else denying).check_registry(upstream)


@pytest.mark.parametrize("pattern", ["evil.example", "evil.example:443", "*.example"])
def test_denied_host_is_denied_on_the_way_too(pattern: str):
    origin = Origin.of("https://evil.example/")
    assert origin
    with pytest.raises(BlockedError):
        HostPolicy(deny=[pattern]).check_origin(origin)


async def test_registry_that_is_not_allowed_is_not_asked():
    with serving() as registry:
        async with asking(entry(registry.address), allow_hosts=["*.corp.example"]) as gateway:
            with refused("blocked", "not allowed", "allow_hosts"):
                await gateway.get_image_details(f"{registry.address.netloc}/{REPOSITORY}:1")
        assert registry.requests == []


async def test_registry_that_is_denied_is_not_asked():
    with serving() as registry:
        async with asking(entry(registry.address), deny_hosts=["127.0.0.1"]) as gateway:
            with refused("blocked", "denied", "deny_hosts"):
                await gateway.get_image_details(f"{registry.address.netloc}/{REPOSITORY}:1")
        assert registry.requests == []


async def test_token_service_that_is_denied_is_not_asked():
    with serving(auth=BearerAuth(realm="https://evil.example/token")) as registry:
        async with asking(entry(registry.address), deny_hosts=["evil.example"]) as gateway:
            with refused("blocked", "evil.example", "deny_hosts"):
                await gateway.get_image_details(f"{registry.address.netloc}/{REPOSITORY}:1")


async def test_what_was_learnt_is_not_told_once_the_registry_is_denied():
    """The policy comes before the cache: it is one per process, so this needs two registries."""
    with serving() as registry:
        denied = {"denied.example": {"endpoint": registry.address.url}, **entry(registry.address)}
        async with asking(denied, deny_hosts=["denied.example"]) as gateway:
            await gateway.get_image_details(f"{registry.address.netloc}/{REPOSITORY}:1")
            with refused("blocked"):
                await gateway.get_image_details(f"denied.example/{REPOSITORY}:1")
        assert registry.count("manifest") == 1
