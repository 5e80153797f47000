"""Redirect URIs: which may be registered, which may be asked for, and what people are told of them."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AnyUrl, ValidationError
from tests.core.auth.signin.bed import Bed

from portcall.auth.signin.redirects import (
    LOOPBACK,
    fault_of,
    is_same_but_for_port,
    place_for_people,
    usable_schemes,
)
from portcall.errors import ConfigurationError

_LISTED = frozenset({"cursor", "com.example.app"})

_FINE = (
    "https://claude.ai/api/mcp/auth_callback",
    "https://client.example:8443/cb?tenant=1",
    "http://127.0.0.1:1234/cb",
    "http://127.0.0.1",
    "http://localhost:1/",
    "http://[::1]:8080/cb",
    "https://пример.рф/cb",
    "cursor://anysphere.cursor-retrieval/oauth/cb",
    "com.example.app:/oauth2redirect",
)

_TRICKS = (
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "file:///etc/passwd",
    "vbscript:x",
    "blob:https://client.example/x",
    "about:blank",
    "ftp://client.example/cb",
    "ws://client.example/cb",
    "vscode://not.listed/cb",
    "http://client.example/cb",
    "http://127.0.0.1.evil.example/cb",
    "http://localhost.evil.example/cb",
    "http://localhost@evil.example/cb",
    "http://127.0.0.2/cb",
    "http://[::ffff:127.0.0.1]/cb",
    "http://0.0.0.0/cb",
    "https://user@client.example/cb",
    "https://user:password@client.example/cb",
    "https://client.example/cb#fragment",
    "https://client.example/cb#",
    "https://*.client.example/cb",
    "https://client.example/*",
    # Would end a directive of the page's policy, and begin another.
    "https://a;script-src.evil.example/cb",
    "https://a,b.example/cb",
    "https://a'b.example/cb",
    "https://client.example/cb?code=mine",
    "https://client.example/cb?STATE=mine",
    "https://client.example/cb?blank=",
    "cursor:///cb",
    "cursor:a'b\"<>c",
    f"https://client.example/{'x' * 2048}",
)


@pytest.mark.parametrize("uri", _FINE)
def test_where_a_client_may_be_is_accepted(uri: str) -> None:
    assert fault_of(str(AnyUrl(uri)), _LISTED) is None


@pytest.mark.parametrize("uri", _TRICKS, ids=lambda uri: uri[:40])
def test_a_trick_is_refused(uri: str) -> None:
    assert fault_of(str(AnyUrl(uri)), _LISTED) is not None


@pytest.mark.anyio
async def test_the_tricks_are_refused_over_http_too_and_nothing_is_kept(bed: Bed) -> None:
    for uri in _TRICKS:
        reply = await bed.try_to_register(redirect_uris=["https://client.example/fine", uri])
        assert reply.status_code == 400, uri
        assert "invalid_" in reply.json()["error"]
        assert uri not in reply.text


@pytest.mark.anyio
async def test_a_client_registers_one_to_ten(bed: Bed) -> None:
    uris = [f"https://client.example/{number}" for number in range(11)]
    for refused in ([], uris):
        assert (await bed.try_to_register(redirect_uris=refused)).status_code == 400
    assert (await bed.try_to_register(redirect_uris=uris[:10])).status_code == 201


_NOT_REGISTERED = (
    "https://client.example/callback/more",
    "https://client.example/callback/../evil",
    "https://client.example/callback?x=1",
    "https://client.example/callback#x",
    "https://client.example:8443/callback",
    "https://client.example.evil.example/callback",
    "https://evil.example/callback",
    "https://evil.example\\@client.example/callback",
    "https://client.example@evil.example/callback",
    "http://client.example/callback",
    "https://client.example/CALLBACK",
    "https://client.example/%63allback",
    "javascript:alert(1)",
    "//evil.example/callback",
    "/callback",
    "",
)
_FAULTS: tuple[dict[str, str | None], ...] = (
    {"response_type": "token"},
    {"scope": "admin"},
    {"resource": "x"},
    {"code_challenge": None},
)


@pytest.mark.anyio
async def test_authorize_sends_nobody_to_where_the_client_did_not_register(bed: Bed) -> None:
    client = await bed.register()
    asked: list[dict[str, str | None]] = [{"redirect_uri": uri} for uri in _NOT_REGISTERED]
    # An error beside it must not open the way either.
    asked += [{"redirect_uri": "https://evil.example/", **fault} for fault in _FAULTS]
    for changed in asked:
        reply = await bed.authorize(client, **changed)
        assert reply.status_code == 400, changed
        assert "location" not in reply.headers


@pytest.mark.parametrize(
    ("asked", "same"),
    [
        ("http://127.0.0.1:9/cb", True),
        ("http://127.0.0.1/cb", True),
        ("http://localhost:9/cb", False),
        ("http://127.0.0.1:9/cb/", False),
        ("http://127.0.0.1:9/cb?x=1", False),
        ("http://x@127.0.0.1:9/cb", False),
        ("https://127.0.0.1:9/cb", False),
        ("http://[::1]:9/cb", False),
    ],
)
def test_of_loopback_the_port_alone_may_differ(asked: str, same: bool) -> None:
    assert is_same_but_for_port(asked, "http://127.0.0.1:1234/cb") is same


def test_elsewhere_the_port_may_not() -> None:
    assert not is_same_but_for_port("https://client.example:9/cb", "https://client.example/cb")


@pytest.mark.parametrize("scheme", ["javascript", "HTTP", "data", "a b", "x:", "", "1x", "https"])
def test_an_operator_cannot_list_a_dangerous_scheme(scheme: str) -> None:
    with pytest.raises(ConfigurationError, match="redirect_schemes"):
        usable_schemes(["cursor", scheme])


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("https://claude.ai/cb", "claude.ai"),
        ("http://127.0.0.1:1234/cb", "127.0.0.1:1234"),
        ("http://[::1]:1234/cb", "[::1]:1234"),
        ("cursor://x/cb", "cursor:"),
    ],
)
def test_people_are_told_where_it_leads(uri: str, place: str) -> None:
    assert place_for_people(uri)[0] == place


_STARTS = ("https://", "http://", "//", "javascript:", "cursor:")
_HOSTS = ("127.0.0.1", "[::1]", "[", "localhost", "evil.example", "@", ":80", "é", "*", ";", "'")
_RESTS = ("/", "?", "#", "\\", "%0d%0a", " ", "\t", "\u202e", "..", "=", "&", "code=x")
_PARTS = st.sampled_from(_STARTS + _HOSTS + _RESTS)


@given(st.lists(_PARTS, min_size=1, max_size=8).map("".join) | st.text(max_size=40))
def test_whatever_is_accepted_leads_to_a_listed_scheme_or_https_or_this_computer(text: str) -> None:
    try:
        uri = str(AnyUrl(text))
    except ValidationError:
        return
    if fault_of(uri, _LISTED) is not None:
        return
    parts = urlsplit(uri)
    host = parts.netloc.partition(":")[0] if "[" not in parts.netloc else parts.netloc.partition("]")[0] + "]"
    assert parts.scheme in {*_LISTED, "https"} or (parts.scheme == "http" and host in LOOPBACK)
    assert "@" not in parts.netloc
    assert uri.isascii()
    assert uri.isprintable()
    assert not set(uri) & set(' "<>')
