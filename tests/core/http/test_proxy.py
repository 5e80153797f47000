"""Proxies: only hosts that the operator named go through one, for it hides where they lead."""

from __future__ import annotations

import os
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
    serving,
    with_password,
)
from tests.core.http.certificates import Authority
from tests.core.http.proxying import Proxy, proxying

from portcall.testing import BearerAuth, FakeRegistry, quirks

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.anyio

#: A host that no DNS knows: only the proxy finds it.
HOST = "registry.invalid"
IMAGE = f"{HOST}/{REPOSITORY}:1"
LISTED = {HOST: {"endpoint": f"http://{HOST}"}}


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    with serving() as registry:
        yield registry


@pytest.fixture
def proxy(registry: FakeRegistry) -> Iterator[Proxy]:
    with proxying(registry.address) as proxy:
        yield proxy


@pytest.fixture(autouse=True)
def _no_proxies_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def environment(monkeypatch: pytest.MonkeyPatch, **variables: str) -> dict[str, str]:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


async def test_listed_registry_is_asked_through_the_proxy(registry: FakeRegistry, proxy: Proxy):
    async with asking(LISTED, proxy=proxy.url) as gateway:
        detail = await gateway.get_image_details(IMAGE)
    assert detail.digest == AMD64.digest
    assert proxy.asked[0].startswith(f"GET http://{HOST}/v2/{REPOSITORY}/manifests/1 ")
    assert registry.requests[0].host == HOST


async def test_https_goes_through_the_proxy_in_a_tunnel(tmp_path_factory: pytest.TempPathFactory):
    authority = Authority(tmp_path_factory.mktemp("authority"))
    registry = FakeRegistry()
    registry.push(REPOSITORY, BOTH, tags=["1"])
    with registry.serve(ssl=authority.server_context(HOST)) as address, proxying(address) as proxy:
        listed = {HOST: {"endpoint": f"https://{HOST}", "ca_file": str(authority.ca_file)}}
        async with asking(listed, proxy=proxy.url) as gateway:
            detail = await gateway.get_image_details(IMAGE)
    assert detail.digest == BOTH.digest
    assert proxy.asked[0].startswith(f"CONNECT {HOST}:443 ")


async def test_registry_that_is_merely_named_is_not_asked_through_a_proxy(proxy: Proxy):
    async with asking(proxy=proxy.url) as gateway:
        with refused("blocked", "proxy", "List it", "[registries."):
            await gateway.get_image_details(IMAGE)
    assert proxy.asked == []


@pytest.mark.parametrize("allowed", [HOST, "*.invalid", f"{HOST}:80"])
async def test_host_that_was_allowed_by_name_is_asked_through_the_proxy(proxy: Proxy, allowed: str):
    listed = {"other.invalid": {"endpoint": f"http://{HOST}"}}
    async with asking(listed, proxy=proxy.url, allow_hosts=[allowed, "other.invalid"]) as gateway:
        await gateway.get_image_details(f"other.invalid/{REPOSITORY}:1")
    assert proxy.asked != []


@pytest.mark.parametrize("allowed", ["*", "**", "*.*", "?*"])
async def test_allowing_everything_names_no_host(proxy: Proxy, allowed: str):
    async with asking(proxy=proxy.url, allow_hosts=[allowed]) as gateway:
        with refused("blocked", "proxy"):
            await gateway.get_image_details(IMAGE)
    assert proxy.asked == []


async def test_redirect_to_a_host_that_nobody_named_is_not_followed_through_a_proxy(
    registry: FakeRegistry, proxy: Proxy
):
    registry.add(quirks.ManifestRedirect(to="http://metadata.invalid"))
    async with asking(LISTED, proxy=proxy.url) as gateway:
        with refused("blocked", "metadata.invalid", "proxy"):
            await gateway.get_image_details(IMAGE)
    assert len(proxy.asked) == 1


async def test_realm_on_a_host_that_nobody_named_is_not_asked_through_a_proxy():
    auth = BearerAuth({USER: PASSWORD}, realm="http://metadata.invalid/token")
    with serving(auth=auth) as registry, proxying(registry.address) as proxy:
        async with asking(LISTED, proxy=proxy.url) as gateway:
            with refused("blocked", "metadata.invalid", "proxy"):
                await gateway.get_image_details(IMAGE)
    assert len(proxy.asked) == 1


async def test_token_service_in_auth_hosts_is_asked_through_the_proxy():
    auth = BearerAuth({USER: PASSWORD}, public=[], realm="http://sso.invalid/token")
    with serving(auth=auth) as registry, proxying(registry.address) as proxy:
        listed = {HOST: {**LISTED[HOST], "username": USER, "password_env": "PASSWORD"}}
        listed[HOST]["auth_hosts"] = ["sso.invalid"]  # type: ignore[assignment]
        async with asking(listed, proxy=proxy.url) as gateway:
            await gateway.get_image_details(IMAGE)
    assert [line for line in proxy.asked if line.startswith("GET http://sso.invalid/token?")] != []


async def test_token_service_that_a_listed_registrys_plugin_declares_is_asked_through_the_proxy(proxy: Proxy):
    async with asking({"docker.io": {}}, proxy=proxy.url) as gateway:
        with refused("unreachable", "auth.docker.io"):
            await gateway.get_image_details("nginx:1")
    assert {line.split(" ")[1] for line in proxy.asked} == {"auth.docker.io:443"}


async def test_loopback_is_never_asked_through_a_proxy(registry: FakeRegistry, proxy: Proxy):
    async with asking(entry(registry.address), proxy=proxy.url) as gateway:
        await gateway.get_image_details(f"{registry.address.netloc}/{REPOSITORY}:1")
        await gateway.get_image_details(f"localhost:{registry.address.port}/{REPOSITORY}:1")
    assert proxy.asked == []


async def test_no_proxy_is_no_proxy_whatever_the_environment_says(proxy: Proxy, monkeypatch: pytest.MonkeyPatch):
    environ = environment(monkeypatch, http_proxy=proxy.url, HTTP_PROXY=proxy.url, ALL_PROXY=proxy.url)
    async with asking(LISTED, proxy="none", environ=environ) as gateway:
        with refused("unreachable", "does not resolve"):
            await gateway.get_image_details(IMAGE)
    assert proxy.asked == []


async def test_proxy_of_the_environment_is_used(proxy: Proxy, monkeypatch: pytest.MonkeyPatch):
    environ = environment(monkeypatch, http_proxy=proxy.url)
    async with asking(LISTED, proxy="env", environ=environ) as gateway:
        await gateway.get_image_details(IMAGE)
    assert proxy.asked != []


async def test_proxy_of_the_environment_may_lack_its_scheme(proxy: Proxy, monkeypatch: pytest.MonkeyPatch):
    environ = environment(monkeypatch, http_proxy=proxy.url.removeprefix("http://"))
    async with asking(LISTED, proxy="env", environ=environ) as gateway:
        await gateway.get_image_details(IMAGE)
    assert proxy.asked != []


@pytest.mark.parametrize("spared", [HOST, ".invalid", "*", f"{HOST}:80"])
async def test_hosts_in_no_proxy_are_asked_directly(proxy: Proxy, monkeypatch: pytest.MonkeyPatch, spared: str):
    environ = environment(monkeypatch, http_proxy=proxy.url, no_proxy=spared)
    async with asking(LISTED, proxy="env", environ=environ) as gateway:
        with refused("unreachable", "does not resolve"):
            await gateway.get_image_details(IMAGE)
    assert proxy.asked == []


async def test_host_in_no_proxy_still_has_to_be_public(proxy: Proxy, monkeypatch: pytest.MonkeyPatch):
    environ = environment(monkeypatch, http_proxy=proxy.url, https_proxy=proxy.url, no_proxy="*")
    async with asking(proxy="env", environ=environ, local=False) as gateway:
        with refused("blocked", "no public address"):
            await gateway.get_image_details(f"10.0.0.1:5000/{REPOSITORY}:1")


@pytest.mark.parametrize("kind", ["socks5", "socks5h", "ftp"])
async def test_proxy_of_another_kind_is_refused_without_its_password(monkeypatch: pytest.MonkeyPatch, kind: str):
    environ = environment(monkeypatch, http_proxy=f"{kind}://{USER}:{PASSWORD}@proxy.invalid:1080")
    async with asking(LISTED, proxy="env", environ=environ) as gateway:
        with refused("invalid_argument", "network.proxy", "http"):
            await gateway.get_image_details(IMAGE)


async def test_proxys_password_goes_to_the_proxy_alone(registry: FakeRegistry, proxy: Proxy):
    url = proxy.url.replace("://", f"://{USER}:{PASSWORD}@")
    async with asking(LISTED, proxy=url) as gateway:
        await gateway.get_image_details(IMAGE)
    assert all("proxy-authorization: basic" in headers for headers in proxy.headers)
    assert not [one for one in registry.requests if one.authorization or "proxy-authorization" in one.headers]


async def test_proxy_that_refuses_is_said_to(proxy: Proxy):
    proxy.refusal = "407 Proxy Authentication Required"
    listed = {HOST: {"endpoint": f"https://{HOST}"}}
    async with asking(listed, proxy=proxy.url.replace("://", f"://{USER}:{PASSWORD}@"), timeout=8) as gateway:
        with refused("unreachable", "proxy", HOST, "network.proxy"):
            await gateway.get_image_details(IMAGE)


async def test_proxy_that_is_down_is_said_to_be(proxy: Proxy):
    async with asking(LISTED, proxy="http://127.0.0.1:9", timeout=8) as gateway:
        with refused("unreachable", "proxy"):
            await gateway.get_image_details(IMAGE)


async def test_client_certificate_is_not_shown_to_another_host(tmp_path_factory: pytest.TempPathFactory):
    """A host that was allowed by name is reached through the same proxy, with the public's trust alone."""
    authority = Authority(tmp_path_factory.mktemp("authority"))
    client = authority.sign("a client")
    other = FakeRegistry()
    context = authority.server_context("cdn.invalid", wants_client=True)
    redirect = quirks.ManifestRedirect(to="https://cdn.invalid")
    with other.serve(ssl=context) as elsewhere, serving(redirect) as registry, proxying(elsewhere) as proxy:
        listed = with_password(
            registry.address,
            ca_file=str(authority.ca_file),
            client_cert=str(client.certificate),
            client_key=str(client.key),
        )
        allowed = ["cdn.invalid", registry.address.netloc]
        async with asking(listed, proxy=proxy.url, allow_hosts=allowed, timeout=8) as gateway:
            with refused("unreachable"):
                await gateway.get_image_details(f"{registry.address.netloc}/{REPOSITORY}:1")
    assert proxy.asked != []
    assert other.requests == []
