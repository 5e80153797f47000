"""Realms: any text in a challenge leads to the token service that was checked, or nowhere."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.http.asking import refused, unhurried

from portcall.errors import BlockedError
from portcall.http.origin import Origin
from portcall.http.realm import is_own_realm, permitted_realm, token_url
from portcall.http.upstream import Upstream

HTTPS = Upstream("registry.example", "https://registry.example")
HTTP = Upstream("registry.example", "http://registry.example")
_PLAIN = ["http", "https", ":", "//", "/", "registry.example", "@", "evil.example", "?", "#", "&scope=x", "token"]
_ODD = ["\\", " ", "\t", "\r\n", "\x00", "[::1]", "%2f", ":443", ":0", "é", "．", ".."]
PIECES = st.lists(st.sampled_from(_PLAIN + _ODD)).map("".join)
REALMS = st.one_of(
    st.text(), PIECES, PIECES.map("https://registry.example{}".format), PIECES.map("http://".__add__)
)


@unhurried
@given(REALMS, st.sampled_from([HTTPS, HTTP]), st.booleans(), st.text(max_size=20))
def test_any_realm_is_blocked_or_is_where_it_says(
    realm: str, upstream: Upstream, with_credentials: bool, service: str
):
    try:
        permitted = permitted_realm(upstream, upstream.origin, realm, with_credentials=with_credentials)
    except BlockedError:
        return
    origin = Origin.of(permitted)
    assert origin is not None
    assert not (upstream is HTTPS and origin.scheme == "http")
    if with_credentials:
        assert origin == upstream.origin
        assert is_own_realm(upstream.origin, realm)
    url = token_url(permitted, service, ["repository:a/b:pull"])
    assert Origin.of(url) == origin
    assert urlsplit(url).fragment == ""
    assert "repository:a/b:pull" in parse_qs(urlsplit(url).query)["scope"]
    try:
        built = str(httpx.URL(url))
    except httpx.InvalidURL:
        return
    assert Origin.of(built) == origin


@pytest.mark.parametrize(
    ("realm", "url"),
    [
        ("http://registry.example/service/token", "https://registry.example/service/token?service=s&scope=x"),
        ("http://registry.example:8080/token", "https://registry.example/token?service=s&scope=x"),
        (
            "https://registry.example/token?tenant=a%2Fb#c",
            "https://registry.example/token?tenant=a%2Fb&service=s&scope=x",
        ),
        ("https://REGISTRY.example:443/token", "https://REGISTRY.example:443/token?service=s&scope=x"),
    ],
)
def test_realm_of_the_registrys_own_host_is_asked_by_https(realm: str, url: str):
    permitted = permitted_realm(HTTPS, HTTPS.origin, realm, with_credentials=True)
    assert token_url(permitted, "s", ["x"]) == url
    assert is_own_realm(HTTPS.origin, realm)


@pytest.mark.parametrize(
    "realm",
    [
        "https://registry.example:8443/token",
        "https://auth.registry.example/token",
        "https://registry.example.evil.example/token",
        "https://evil.example/registry.example",
    ],
)
def test_realm_elsewhere_may_not_receive_credentials(realm: str):
    assert not is_own_realm(HTTPS.origin, realm)
    assert permitted_realm(HTTPS, HTTPS.origin, realm, with_credentials=False) == realm
    with refused("blocked", "may not receive its credentials", "auth_hosts"):
        permitted_realm(HTTPS, HTTPS.origin, realm, with_credentials=True)
