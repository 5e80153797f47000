"""A name may lead elsewhere the next time: what was checked is what is connected to."""

from __future__ import annotations

import pytest
from tests.core.http.asking import AMD64, PASSWORD, REPOSITORY, USER, asking, entry, with_password
from tests.security.advisory import advisory
from tests.security.internet import Internet
from tests.security.watch import Watch

from portcall.testing import Address, BearerAuth, BlobStore, FakeRegistry, RecordingServer, quirks

pytestmark = pytest.mark.anyio


def filled(**options: object) -> FakeRegistry:
    registry = FakeRegistry(**options)  # type: ignore[arg-type]
    registry.push(REPOSITORY, AMD64, tags=["1"])
    return registry


@advisory("google/go-containerregistry#2440")
async def test_each_connection_looks_a_name_up_once_and_uses_what_it_checked(internet: Internet, watch: Watch):
    """Between a check and a second lookup a name could change its mind."""
    registry = filled()
    blobs = BlobStore(registry)
    with registry.serve() as address, blobs.serve() as elsewhere:
        internet.name("cdn.example", internet.public(elsewhere), "127.0.0.1")
        registry.add(quirks.BlobRedirect(to=f"http://cdn.example:{elsewhere.port}"))
        async with asking(entry(address)) as gateway:
            outcome = await watch.ask(gateway, "get_image_details", image_name=f"{address.netloc}/{REPOSITORY}:1")
    assert outcome.code == "ok"
    assert internet.looked_up == ["cdn.example"]
    assert internet.inside() == [(address.host, address.port)]


@advisory("google/go-containerregistry#2440")
async def test_redirect_to_a_name_that_was_public_a_moment_ago_is_refused(
    internet: Internet, watch: Watch, attacker: RecordingServer
):
    registry = filled()
    mirror = RecordingServer(body=b'{"name": "x", "tags": ["1"]}')
    with registry.serve() as address, mirror.serve() as elsewhere:
        internet.name("mirror.example", internet.public(elsewhere), "127.0.0.1")
        async with asking(entry(address)) as gateway:
            for port, expected in ((elsewhere.port, "ok"), (attacker.address.port, "blocked")):
                repository = f"app-{expected}"
                registry.push(repository, AMD64, tags=["1"])
                with registry.misbehaving(quirks.Redirect(to=f"http://mirror.example:{port}", path=repository)):
                    outcome = await watch.ask(gateway, "search_tags", image_name=f"{address.netloc}/{repository}")
                assert outcome.code == expected
    assert internet.looked_up == ["mirror.example", "mirror.example"]
    assert len(mirror.requests) == 1
    assert attacker.requests == []
    assert set(internet.inside()) == {(address.host, address.port)}


@advisory("google/go-containerregistry#2440", "CVE-2026-48978")
async def test_realm_whose_name_was_public_a_moment_ago_is_refused(
    internet: Internet, watch: Watch, attacker: RecordingServer
):
    registry = filled()
    with FakeRegistry(auth=BearerAuth()).serve() as service, registry.serve() as address:
        internet.name("sso.example", internet.public(service), "127.0.0.1")
        for port, expected in ((service.port, "not_found"), (attacker.address.port, "blocked")):
            registry.auth = BearerAuth(realm=f"http://sso.example:{port}/token")
            async with asking(entry(address)) as gateway:
                reference = f"{address.netloc}/{REPOSITORY}:1"
                assert (await watch.ask(gateway, "get_image_details", image_name=reference)).code == expected
    assert internet.looked_up == ["sso.example", "sso.example"]
    assert attacker.requests == []


@advisory("google/go-containerregistry#2440")
async def test_registry_whose_name_was_public_a_moment_ago_is_refused(
    internet: Internet, watch: Watch, attacker: RecordingServer
):
    internet.name("rebinding.example", internet.public(), "127.0.0.1")
    image = f"rebinding.example:{attacker.address.port}/{REPOSITORY}:1"
    for expected in ("unreachable", "blocked"):
        async with asking() as gateway:
            assert (await watch.ask(gateway, "get_image_details", image_name=image)).code == expected
    assert internet.inside() == []
    assert attacker.requests == []


@advisory("google/go-containerregistry#2440")
@pytest.mark.parametrize("host", ["localhost", "app.localhost"])
@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "fd00::1", "0.0.0.0"])
async def test_loopback_name_that_leads_elsewhere_is_refused(
    internet: Internet, watch: Watch, host: str, address: str
):
    """Written plainly, it may be asked as this machine; and as nothing else."""
    internet.name(host, address)
    async with asking(local=True, timeout=5) as gateway:
        outcome = await watch.ask(gateway, "get_image_details", image_name=f"{host}:5000/{REPOSITORY}:1")
    assert outcome.code == "blocked"
    assert internet.reached == []


@advisory("google/go-containerregistry#2440")
async def test_name_with_a_public_and_a_private_address_is_reached_at_the_public_one(
    internet: Internet, watch: Watch
):
    registry = filled()
    with registry.serve() as address:
        internet.name("both.example", ("127.0.0.1", "10.0.0.1", internet.public(address)))
        registry.add(quirks.Redirect(to=f"http://both.example:{address.port}", path=f"/{REPOSITORY}/", times=1))
        async with asking(entry(address)) as gateway:
            reference = f"{address.netloc}/{REPOSITORY}:1"
            assert (await watch.ask(gateway, "get_image_details", image_name=reference)).code == "ok"
    assert registry.count("manifest") == 2
    assert set(internet.inside()) == {(address.host, address.port)}


@pytest.mark.parametrize(
    "metadata", ["169.254.169.254", "fd00:ec2::254", "168.63.129.16", "::ffff:169.254.169.254"]
)
@advisory("CVE-2026-48978")
async def test_name_in_the_configuration_never_turns_into_a_metadata_service(
    internet: Internet, watch: Watch, metadata: str
):
    """It may lead anywhere inside, which is what listing it is for; but not there."""
    registry = filled(auth=BearerAuth({USER: PASSWORD}, public=[]))
    watch.over(registry)
    with registry.serve() as address:
        internet.name("registry.example", "127.0.0.1", metadata)
        listed = with_password(Address("registry.example", address.port))
        for expected in ("ok", "blocked"):
            async with asking(listed) as gateway:
                reference = f"registry.example:{address.port}/{REPOSITORY}:1"
                assert (await watch.ask(gateway, "get_image_details", image_name=reference)).code == expected
    assert set(internet.inside()) == {("127.0.0.1", address.port)}
