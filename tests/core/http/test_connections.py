"""No registry, redirect, realm or Link reaches an address that is not public, however it is spelt."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from tests.core.http.asking import REPOSITORY, USER, asking, bench, entry, refused, serving, with_password

from portcall.http.policy import HostPolicy
from portcall.http.pools import ConnectionPools
from portcall.testing import Address, BearerAuth, FakeRegistry, RecordingServer, image, layer, quirks

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.anyio

#: Spellings of 127.0.0.1, and of what Linux takes for it.
LOOPBACK = [
    "127.0.0.1",
    "127.8.8.8",
    "127.1",
    "127.0.1",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "2130706433",
    "0.0.0.0",
    "0",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::]",
    "localhost",
    "LOCALHOST",
]
#: Those that a reference can hold.
IN_REFERENCES = [host for host in LOOPBACK if host != "[::ffff:127.0.0.1]"]


def _own_names() -> list[str]:
    """Return what this machine is called, where that leads to an address that is not public."""
    names = ["ip6-localhost", socket.gethostname()]
    found = []
    for name in names:
        try:
            addresses = {str(info[4][0]) for info in socket.getaddrinfo(name, 80, type=socket.SOCK_STREAM)}
        except OSError:
            continue
        if all(address.startswith(("127.", "10.", "172.", "192.168.", "::1", "fe80")) for address in addresses):
            found.append(name)
    return found


@pytest.fixture
def attacker() -> Iterator[RecordingServer]:
    """A server on loopback that no registry but itself may lead to."""
    server = RecordingServer()
    with server.serve():
        yield server


@pytest.mark.parametrize("host", [*IN_REFERENCES, *_own_names(), "169.254.169.254", "10.0.0.1", "[fd00::1]"])
async def test_registry_that_is_merely_named_must_be_public(attacker: RecordingServer, host: str):
    reference = f"{host}:{attacker.address.port}/{REPOSITORY}:1"
    async with asking(local=False, timeout=5) as gateway:
        with refused("blocked", "public address"):
            await gateway.get_image_details(reference)
    assert attacker.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST"])
async def test_loopback_host_written_out_is_asked_when_local(host: str):
    with serving() as registry:
        reference = f"{host}:{registry.address.port}/{REPOSITORY}:1"
        async with asking(local=True) as gateway:
            detail = await gateway.get_image_details(reference)
    assert detail.digest == registry.digest(REPOSITORY, "1")


@pytest.mark.parametrize("host", ["127.1", "0x7f000001", "2130706433", "0.0.0.0"])
async def test_loopback_in_disguise_is_not_asked_even_when_local(attacker: RecordingServer, host: str):
    async with asking(local=True, timeout=5) as gateway:
        with refused("blocked", "public address"):
            await gateway.get_image_details(f"{host}:{attacker.address.port}/{REPOSITORY}:1")
    assert attacker.requests == []


@pytest.mark.parametrize("host", LOOPBACK)
async def test_redirect_does_not_reach_this_machine(attacker: RecordingServer, host: str):
    with serving(quirks.ManifestRedirect(to=f"http://{host}:{attacker.address.port}")) as registry:
        async with asking(entry(registry.address), timeout=5) as gateway:
            with refused("blocked", "public address"):
                await gateway.get_image_details(f"{registry.address.netloc}/{REPOSITORY}:1")
        assert registry.fired(quirks.ManifestRedirect) == 1
    assert attacker.requests == []


@pytest.mark.parametrize("host", LOOPBACK)
async def test_realm_does_not_reach_this_machine(attacker: RecordingServer, host: str):
    auth = BearerAuth(realm=f"http://{host}:{attacker.address.port}/token")
    with serving(auth=auth) as registry:
        async with asking(entry(registry.address), timeout=5) as gateway:
            with refused("blocked", "public address"):
                await gateway.get_image_details(f"{registry.address.netloc}/{REPOSITORY}:1")
    assert attacker.requests == []


@pytest.mark.parametrize("host", LOOPBACK)
async def test_link_does_not_reach_this_machine(attacker: RecordingServer, host: str):
    link = quirks.LinkElsewhere(to=f"http://{host}:{attacker.address.port}")
    with serving(quirks.ShortPages(size=2), link) as registry:
        async with asking(entry(registry.address), timeout=5) as gateway:
            found = await gateway.search_tags(f"{registry.address.netloc}/{REPOSITORY}")
        assert registry.fired(quirks.LinkElsewhere) == 1
    assert len(found.tags) == 2
    assert any("another host" in warning for warning in found.warnings)
    assert attacker.requests == []


@pytest.mark.parametrize("target", ["http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/latest/"])
async def test_redirect_does_not_reach_a_metadata_service(target: str):
    with serving(quirks.ManifestRedirect(to=target, keep_path=False)) as registry:
        async with asking(entry(registry.address), timeout=5) as gateway:
            with refused("blocked", "public address"):
                await gateway.get_image_details(f"{registry.address.netloc}/{REPOSITORY}:1")


async def test_where_a_name_leads_inside_is_not_told():
    """Whoever may ask would else learn the addresses behind every name inside."""
    async with asking(local=False, timeout=5) as gateway:
        with refused("blocked", "localhost") as caught:
            await gateway.get_image_details(f"localhost:1/{REPOSITORY}:1")
    told = f"{caught.error.message} {caught.error.hint}"
    assert "127." not in told
    assert "::1" not in told


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "gopher://127.0.0.1/",
        "http://user:secret@127.0.0.1/",
        "http://127.0.0.1:99999/",
        "http://[::1",
        "http://registry.example\\@127.0.0.1/",
        "http://%31%32%37.0.0.1/",
        "http://registry.example/\x7f",
    ],
)
async def test_redirect_to_what_is_no_address_is_refused(location: str):
    with serving(quirks.ManifestRedirect(to=location, keep_path=False)) as registry:
        async with asking(entry(registry.address), timeout=5) as gateway:
            with refused("blocked"):
                await gateway.get_image_details(f"{registry.address.netloc}/{REPOSITORY}:1")


async def test_address_of_a_foreign_layer_is_not_asked(attacker: RecordingServer):
    """CVE-2020-15157: it would answer 401, and be given credentials."""
    foreign = image([layer({"base": "x"}, urls=[f"{attacker.address.url}/base.tar.gz"])], docker=True)
    with serving() as registry:
        registry.push(REPOSITORY, foreign, tags=["foreign"])
        async with asking(with_password(registry.address, auth_hosts=[attacker.address.netloc])) as gateway:
            detail = await gateway.get_image_details(f"{registry.address.netloc}/{REPOSITORY}:foreign")
    assert detail.layers[0].foreign
    assert attacker.requests == []


@pytest.mark.parametrize("asked_before", [False, True])
async def test_one_listed_registry_does_not_lead_to_another(asked_before: bool):
    """The exemption belongs to the registry being asked; a connection kept alive does not lend it."""
    with serving() as inner, serving(quirks.ManifestRedirect(to=inner.address.url)) as outer:
        listed = {**entry(outer.address), **with_password(inner.address)}
        async with asking(listed, timeout=5) as gateway:
            if asked_before:
                await gateway.get_image_details(f"{inner.address.netloc}/{REPOSITORY}:1")
            inner.forget()
            with refused("blocked", "public address"):
                await gateway.get_image_details(f"{outer.address.netloc}/{REPOSITORY}:1")
        assert inner.requests == []


async def test_realm_of_one_listed_registry_does_not_lead_to_another():
    with serving(auth=BearerAuth({USER: "x"})) as inner:
        auth = BearerAuth(realm=f"{inner.address.url}/token")
        with serving(auth=auth) as outer:
            listed = {**entry(outer.address), **entry(inner.address)}
            async with asking(listed, timeout=5) as gateway:
                with refused("blocked", "public address"):
                    await gateway.get_image_details(f"{outer.address.netloc}/{REPOSITORY}:1")
            assert inner.requests == []


async def test_connections_of_a_listed_registry_are_not_lent_to_an_unlisted_one():
    """What an operator's name leads to may be anywhere; what a reference names may be this machine alone."""
    address = Address("localhost", 5000)
    async with bench() as made:
        listed, unlisted = made.upstream(address), made.upstream(address, listed=False)
        pools = ConnectionPools(HostPolicy(), {}, 8)
        assert pools.transport_for(listed, listed.origin) is pools.transport_for(listed, listed.origin)
        assert pools.transport_for(listed, listed.origin) is not pools.transport_for(unlisted, listed.origin)


async def test_registry_listed_by_name_is_reached_at_a_private_address():
    with serving() as registry:
        listed = {"registry.corp.example": {"endpoint": f"http://localhost:{registry.address.port}"}}
        async with asking(listed, local=False) as gateway:
            detail = await gateway.get_image_details(f"registry.corp.example/{REPOSITORY}:1")
    assert detail.digest == registry.digest(REPOSITORY, "1")


async def test_registry_on_ipv6_is_asked():
    registry = FakeRegistry()
    try:
        with registry.serve(host="::1") as address:
            async with asking(entry(address)) as gateway:
                with refused("not_found"):
                    await gateway.get_image_details(f"{address.netloc}/{REPOSITORY}:1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    assert registry.requests != []
