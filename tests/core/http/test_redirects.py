"""Redirects are followed as far as they make sense, and the address is left as it was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from tests.core.http.asking import AMD64, PASSWORD, REPOSITORY, USER, asking, bench, entry, refused, serving

from portcall.http.upstream import Credentials
from portcall.oci.manifest import Manifest
from portcall.testing import Address, BearerAuth, BlobStore, FakeRegistry, RecordingServer, Reply, quirks, serve

if TYPE_CHECKING:
    from portcall.testing import Request
    from portcall.testing.quirks import Context

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Hops(quirks.Quirk):
    """Manifests are some redirects away, within the registry."""

    hops: int = 1
    absolute: bool = False
    body: bytes = b""

    def adjust(self, request: Request) -> Request:
        return request

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if request.kind != "manifest" or reply.status != 200:
            return reply
        done = int(request.parameter("hop") or 0)
        if done >= self.hops:
            return reply
        base = f"{request.scheme}://{request.host}" if self.absolute else ""
        headers = {"Location": f"{base}{request.path}?hop={done + 1}"}
        # The body comes a moment after the head, as it does over a real line.
        return Reply(status=307, headers=headers, body=self.body).delivered(slice=8, pause=0.005)


@pytest.mark.parametrize("absolute", [False, True])
async def test_redirect_within_the_registry_is_followed_with_its_token(absolute: bool):
    with serving(Hops(absolute=absolute), auth=BearerAuth({USER: PASSWORD}, public=[])) as registry:
        async with bench() as made:
            distribution = made.distribution(registry.address, credentials=Credentials(USER, PASSWORD))
            assert (await distribution.manifest(REPOSITORY, "1")).digest == AMD64.digest
        assert registry.count("token") == 1


async def test_five_redirects_are_followed():
    with serving(Hops(hops=5)) as registry:
        async with asking(entry(registry.address)) as gateway:
            await gateway.get_manifest(f"{registry.address.netloc}/{REPOSITORY}:1")
        assert registry.count("manifest") == 6


async def test_six_redirects_are_too_many():
    with serving(Hops(hops=6)) as registry:
        async with asking(entry(registry.address)) as gateway:
            with refused("upstream_error", "redirects without end"):
                await gateway.get_manifest(f"{registry.address.netloc}/{REPOSITORY}:1")
        assert registry.count("manifest") == 6


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_every_status_that_redirects_is_followed(status: int):
    with serving() as registry:
        blobs = BlobStore(registry)
        with blobs.serve() as elsewhere:
            registry.add(quirks.BlobRedirect(elsewhere.url, status=status))
            async with bench() as made:
                distribution = made.distribution(registry.address, elsewhere)
                manifest = (await distribution.manifest(REPOSITORY, "1")).content
                assert isinstance(manifest, Manifest)
                assert manifest.config
                await distribution.blob(REPOSITORY, manifest.config)
        assert registry.fired(quirks.BlobRedirect) == 1


async def test_signed_address_arrives_to_the_letter_and_without_a_token():
    """S3 refuses both: a signature that was written anew, and a second way to authenticate."""
    with serving(auth=BearerAuth({USER: PASSWORD}, public=[])) as registry:
        blobs = BlobStore(registry)
        with blobs.serve() as elsewhere:
            registry.add(quirks.BlobRedirect(elsewhere.url))
            async with bench() as made:
                distribution = made.distribution(
                    registry.address, elsewhere, credentials=Credentials(USER, PASSWORD)
                )
                manifest = (await distribution.manifest(REPOSITORY, "1")).content
                assert isinstance(manifest, Manifest)
                assert manifest.config
                await distribution.blob(REPOSITORY, manifest.config)
        assert [one.status for one in blobs.requests] == [200]
        assert blobs.secrets() == []


async def test_connection_outlives_a_redirect():
    """A redirect's small body is read, so that the next request need not connect anew."""
    registry = FakeRegistry(quirks=[Hops(hops=2, body=b"<a href='/'>Temporary Redirect</a>")])
    registry.push(REPOSITORY, AMD64, tags=["1"])
    connections: set[int] = set()

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            connections.add(scope["client"][1])
        await registry(scope, receive, send)

    with serve(noting) as address:
        async with bench(max_bytes=0) as made:
            for _ in range(3):
                await made.distribution(address).manifest(REPOSITORY, "1")
    assert registry.count() == 9
    assert len(connections) == 1


async def test_redirect_without_a_location_is_the_registrys_fault():
    with RecordingServer(307).serve() as address:
        async with asking(entry(address)) as gateway:
            with refused("upstream_error", "307"):
                await gateway.get_manifest(f"{address.netloc}/{REPOSITORY}:1")


async def test_redirect_to_a_denied_host_is_refused():
    with serving(quirks.ManifestRedirect(to="https://evil.example")) as registry:
        async with asking(entry(registry.address), deny_hosts=["*.example"]) as gateway:
            with refused("blocked", "evil.example", "deny_hosts"):
                await gateway.get_manifest(f"{registry.address.netloc}/{REPOSITORY}:1")


async def test_cookies_are_not_kept():
    """Harbor turns its CSRF check on for whoever brings one back."""
    server = RecordingServer(headers={"Set-Cookie": "sid=harbor; Path=/"}, body=b'{"name": "a", "tags": ["1"]}')
    with server.serve() as address:
        # By name: for mere addresses cookies are kept less often.
        named = Address("localhost", address.port)
        async with bench(max_bytes=0) as made:
            for _ in range(2):
                await made.distribution(named).tags(REPOSITORY)
    assert len(server.requests) == 2
    assert server.secrets() == []


async def test_requests_say_who_asks_and_ask_for_no_coding():
    with serving() as registry:
        async with bench() as made:
            await made.distribution(registry.address).tags(REPOSITORY)
        (asked,) = registry.requests
        assert asked.host == registry.address.netloc
    assert asked.headers["user-agent"].startswith("portcall/")
    assert asked.headers["accept-encoding"] == "identity"
