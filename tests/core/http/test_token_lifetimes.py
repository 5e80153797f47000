"""How long a token is used: as its service says, else as it says itself, else a minute."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.http.asking import REPOSITORY, bench, serving, unhurried

from portcall.errors import UpstreamError
from portcall.http.jwt import own_lifetime
from portcall.http.reply import Reply
from portcall.http.token import Token, refresh_token_of, refuses_credentials
from portcall.http.upstream import Upstream
from portcall.testing import BearerAuth, quirks

UPSTREAM = Upstream("registry.example", "https://registry.example")
NOW = 1_700_000_000.0


def jwt(claims: object) -> str:
    parts = [b'{"alg":"none"}', claims if isinstance(claims, bytes) else json.dumps(claims).encode(), b"sign"]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("quirk", "options", "lives"),
    [
        (quirks.TokenOnly(), {"ttl": 3600}, 3600),
        (quirks.TokenExpiryZero(), {"ttl": 3600}, 3600),
        (quirks.TokenOnly(), {"ttl": 3600, "opaque": True}, 60),
        (quirks.TokenOnly(), {"ttl": 3600, "clock": lambda: time.time() - 3e8}, 3600),
        (quirks.TokenOnly(), {"ttl": 3600, "clock": lambda: time.time() + 3e8}, 3600),
        (quirks.TokenOnly(), {"ttl": 1e7}, 86_400),
        (None, {"ttl": 3600, "announced": 600}, 600),
    ],
    ids=["Quay", "zero", "opaque", "clock behind", "clock ahead", "without end", "told"],
)
async def test_token_is_renewed_just_before_its_time(
    quirk: quirks.Quirk | None, options: dict[str, Any], lives: int
):
    with serving(*([quirk] if quirk else []), auth=BearerAuth(**options)) as registry:
        async with bench(max_bytes=0) as made:
            distribution = made.distribution(registry.address)
            await distribution.tags(REPOSITORY)
            made.clock.move(lives - 6)
            await distribution.tags(REPOSITORY)
            assert registry.count("token") == 1
            made.clock.move(2)
            await distribution.tags(REPOSITORY)
            assert registry.count("token") == 2


@pytest.mark.anyio
async def test_token_that_dies_before_its_minute_is_renewed_after_one_401():
    """Docker's specification forbids such tokens, so that they are not worth a token request each."""
    auth = BearerAuth(ttl=30)
    with serving(auth=auth) as registry:
        async with bench(max_bytes=0) as made:
            distribution = made.distribution(registry.address)
            await distribution.tags(REPOSITORY)
            made.clock.move(31)
            auth.revoke_tokens()
            registry.forget()
            await distribution.tags(REPOSITORY)
        assert [one.kind for one in registry.requests] == ["tags", "token", "tags"]


@pytest.mark.parametrize(
    ("claims", "seconds"),
    [
        ({"iat": NOW, "exp": NOW + 300}, 300),
        ({"nbf": NOW, "exp": NOW + 300}, 300),
        ({"iat": NOW - 10, "nbf": NOW, "exp": NOW + 300}, 310),
        ({"iat": NOW + 900, "nbf": NOW, "exp": NOW + 300}, 300),
        ({"iat": "soon", "nbf": None, "exp": NOW + 300.5}, 300.5),
        ({"iat": True, "exp": NOW + 300}, 300),
        ({"exp": NOW + 300}, 300),
        ({"exp": NOW - 1}, None),
        ({"exp": NOW + 1e6}, None),
        ({"exp": 0, "iat": -300}, None),
        ({"exp": "300"}, None),
        ({"exp": 10**400, "iat": 1}, None),
        ({"exp": float("inf"), "iat": 1}, None),
        ({"exp": float("nan"), "iat": 1}, None),
        ({"iat": NOW}, None),
        ({}, None),
        ([], None),
        (b"[" * 20_000, None),
        (b'{"exp": 1' + b"0" * 5000 + b"}", None),
        (b"\xff\xfe", None),
        (b"", None),
    ],
)
def test_lifetime_is_read_from_the_claims(claims: object, seconds: float | None):
    assert own_lifetime(jwt(claims), NOW) == seconds


@pytest.mark.parametrize("text", ["", ".", "..", "...", "opaque", "a.b", "a.b.c.d", ". .", "a.é.b", "a.=.b"])
def test_what_is_no_jwt_tells_nothing(text: str):
    assert own_lifetime(text, NOW) is None


CLAIMS = st.dictionaries(
    st.sampled_from(["exp", "iat", "nbf", "jti"]),
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.just([])),
)


@unhurried
@given(st.one_of(st.text(), CLAIMS.map(jwt), st.binary().map(jwt)), st.floats(0, 1e12))
def test_any_token_may_be_looked_into(token: str, now: float):
    seconds = own_lifetime(token, now)
    assert seconds is None or 0 < seconds < 1e12


DOCUMENTS = st.dictionaries(
    st.sampled_from(["token", "access_token", "expires_in", "refresh_token", "error"]),
    st.one_of(CLAIMS.map(jwt), st.none(), st.integers(), st.floats(), st.text(), st.lists(st.text())),
).map(lambda document: json.dumps(document).encode())


@unhurried
@given(st.one_of(st.binary(), DOCUMENTS), st.sampled_from([200, 400, 401]))
def test_any_answer_of_a_token_service_is_read_or_refused(body: bytes, status: int):
    reply = Reply(status, body=body)
    refuses_credentials(reply)
    renewed = refresh_token_of(reply)
    assert renewed.isascii()
    assert len(renewed) <= 8192
    try:
        token = Token.read(reply, UPSTREAM)
    except UpstreamError:
        return
    assert token.header.startswith("Bearer ")
    assert token.header.isascii()
    assert token.header.isprintable()
    assert 55 <= token.lifetime < 86_400
