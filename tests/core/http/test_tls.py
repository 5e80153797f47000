"""TLS: whom a registry's entry lets portcall trust, and what it shows of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.core.http.asking import (
    AMD64,
    BOTH,
    PASSWORD,
    REPOSITORY,
    USER,
    asking,
    entry,
    refused,
    with_password,
)
from tests.core.http.certificates import Authority

from portcall.testing import BearerAuth, FakeRegistry, RecordingServer, quirks

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def filled(**options: object) -> FakeRegistry:
    registry = FakeRegistry(**options)  # type: ignore[arg-type]
    registry.push(REPOSITORY, BOTH, tags=["1"])
    return registry


async def test_private_authority_is_trusted_where_it_is_configured(authority: Authority):
    registry = filled()
    with registry.serve(ssl=authority.server_context("127.0.0.1")) as address:
        async with asking(entry(address, ca_file=str(authority.ca_file))) as gateway:
            detail = await gateway.get_image_details(f"{address.netloc}/{REPOSITORY}:1")
    assert detail.platform_digest == AMD64.digest


async def test_unknown_authority_is_not_trusted_and_the_hint_says_what_to_do(authority: Authority):
    registry = filled()
    with registry.serve(ssl=authority.server_context("127.0.0.1")) as address:
        async with asking(entry(address)) as gateway:
            with refused("unreachable", "TLS", "certificate", "ca_file"):
                await gateway.get_image_details(f"{address.netloc}/{REPOSITORY}:1")
    assert registry.requests == []


async def test_trust_of_one_registry_is_not_lent_to_another(authority: Authority):
    registry, other = filled(), filled()
    context = authority.server_context("127.0.0.1")
    with registry.serve(ssl=context) as address, other.serve(ssl=context) as strange:
        listed = {**entry(address, ca_file=str(authority.ca_file)), **entry(strange)}
        async with asking(listed) as gateway:
            await gateway.get_image_details(f"{address.netloc}/{REPOSITORY}:1")
            with refused("unreachable", "ca_file"):
                await gateway.get_image_details(f"{strange.netloc}/{REPOSITORY}:1")
    assert other.requests == []


async def test_certificate_for_another_host_is_not_trusted(authority: Authority):
    registry = filled()
    with registry.serve(ssl=authority.server_context("registry.example")) as address:
        async with asking(entry(address, ca_file=str(authority.ca_file))) as gateway:
            with refused("unreachable", "TLS", "not valid for"):
                await gateway.get_image_details(f"{address.netloc}/{REPOSITORY}:1")
    assert registry.requests == []


async def test_client_certificate_is_shown(authority: Authority):
    registry, client = filled(), authority.sign("a client")
    with registry.serve(ssl=authority.server_context("127.0.0.1", wants_client=True)) as address:
        listed = entry(
            address,
            ca_file=str(authority.ca_file),
            client_cert=str(client.certificate),
            client_key=str(client.key),
        )
        async with asking(listed) as gateway:
            await gateway.get_image_details(f"{address.netloc}/{REPOSITORY}:1")
    assert registry.requests != []


async def test_registry_that_wants_a_client_certificate_is_unreachable_without(authority: Authority):
    registry = filled()
    with registry.serve(ssl=authority.server_context("127.0.0.1", wants_client=True)) as address:
        async with asking(entry(address, ca_file=str(authority.ca_file)), timeout=8) as gateway:
            with refused("unreachable", address.netloc):
                await gateway.get_image_details(f"{address.netloc}/{REPOSITORY}:1")
    assert registry.requests == []


async def test_plain_http_behind_an_https_endpoint_is_said_to_be_so():
    registry = filled()
    with registry.serve() as address:
        listed = {address.netloc: {"endpoint": f"https://{address.netloc}"}}
        async with asking(listed) as gateway:
            with refused("unreachable", "TLS", "http://"):
                await gateway.get_image_details(f"{address.netloc}/{REPOSITORY}:1")


@pytest.mark.parametrize("key", ["ca_file", "client_cert"])
async def test_tls_file_that_cannot_be_used_is_named(authority: Authority, tmp_path: Path, key: str):
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    files = {"ca_file": str(authority.ca_file), key: str(broken)}
    if key == "client_cert":
        files["client_key"] = str(broken)
    registry = filled()
    context = authority.server_context("127.0.0.1")
    with registry.serve(ssl=context) as address, refused("invalid_argument", key, str(broken)):
        async with asking(entry(address, **files)) as gateway:
            await gateway.get_image_details(f"{address.netloc}/{REPOSITORY}:1")


async def test_redirect_from_https_to_http_is_refused(authority: Authority):
    plain = RecordingServer()
    with plain.serve() as elsewhere:
        registry = filled(quirks=[quirks.ManifestRedirect(to=elsewhere.url)])
        with registry.serve(ssl=authority.server_context("127.0.0.1")) as address:
            listed = entry(address, ca_file=str(authority.ca_file), auth_hosts=[elsewhere.netloc])
            async with asking(listed) as gateway:
                with refused("blocked", "https to plain http"):
                    await gateway.get_image_details(f"{address.netloc}/{REPOSITORY}:1")
    assert plain.requests == []


async def test_realm_of_an_https_registry_on_another_plain_host_is_refused(authority: Authority):
    plain = RecordingServer(body=b'{"token": "x"}')
    with plain.serve() as elsewhere:
        realm = f"http://localhost:{elsewhere.port}/token"
        registry = filled(auth=BearerAuth({USER: PASSWORD}, realm=realm))
        with registry.serve(ssl=authority.server_context("127.0.0.1")) as address:
            hosts = [f"localhost:{elsewhere.port}"]
            for fields in (entry, with_password):
                listed = fields(address, ca_file=str(authority.ca_file), auth_hosts=hosts)
                async with asking(listed) as gateway:
                    with refused("blocked", "no https URL"):
                        await gateway.get_image_details(f"{address.netloc}/{REPOSITORY}:1")
    assert plain.requests == []


async def test_plain_realm_on_the_same_host_is_asked_by_https(authority: Authority):
    """Harbor behind a TLS proxy names itself by http."""
    plain = RecordingServer(body=b'{"token": "x"}')
    with plain.serve() as elsewhere:
        realm = f"http://127.0.0.1:{elsewhere.port}/token"
        registry = filled(auth=BearerAuth({USER: PASSWORD}, public=[], realm=realm))
        with registry.serve(ssl=authority.server_context("127.0.0.1")) as address:
            async with asking(with_password(address, ca_file=str(authority.ca_file))) as gateway:
                await gateway.get_image_details(f"{address.netloc}/{REPOSITORY}:1")
    assert plain.requests == []
    assert [one.scheme_used for one in registry.asked("token")] == ["basic"]
