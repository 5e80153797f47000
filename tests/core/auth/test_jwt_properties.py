"""Whatever is sent as a token: it is refused, or it is good; nothing else ever comes of it."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.core.auth.issuer import AUDIENCE, key

from portcall.auth.discovery import IssuerDocument
from portcall.auth.issuer_keys import IssuerKeys
from portcall.auth.jwt import JwtVerifier

if TYPE_CHECKING:
    from collections.abc import Iterator

ISSUER = "https://sso.example"
KEYS = [key().jwk(), key("ES256", "two").jwk(), key("EdDSA", "three").jwk()]

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture(scope="module")
def verifier() -> JwtVerifier:
    async def fetch() -> IssuerDocument:
        return IssuerDocument({"keys": KEYS}, None)

    return JwtVerifier(ISSUER, AUDIENCE, IssuerKeys(fetch))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
HEADERS = st.fixed_dictionaries(
    {"alg": st.sampled_from(["RS256", "PS512", "ES256", "EdDSA", "HS256", "none"]) | JSON},
    optional={
        "kid": st.sampled_from(["one", "two", "three", "four"]) | JSON,
        "typ": st.sampled_from(["JWT", "at+jwt"]) | JSON,
        "crit": JSON,
        "b64": JSON,
        "jwk": JSON,
    },
)
CLAIMS = st.fixed_dictionaries(
    {},
    optional={
        "iss": st.just(ISSUER) | JSON,
        "aud": st.just(AUDIENCE) | JSON,
        "sub": st.just("ada") | JSON,
        "exp": st.just(10**11) | JSON,
        "nbf": st.just(0) | JSON,
        "iat": st.just(0) | JSON,
        "jti": JSON,
        "scope": JSON,
        "scp": JSON,
        "email": JSON,
        "azp": JSON,
    },
)


def encoded(part: object) -> str:
    data = part if isinstance(part, bytes) else json.dumps(part).encode("utf-8", "surrogatepass")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


PARTS = st.one_of(
    HEADERS.map(encoded), CLAIMS.map(encoded), st.binary(max_size=64).map(encoded), st.text(max_size=9)
)


@given(st.one_of(st.text(st.characters()), st.lists(PARTS, min_size=2, max_size=4).map(".".join)))
@unhurried
def test_any_text_is_refused(loop: asyncio.AbstractEventLoop, verifier: JwtVerifier, token: str) -> None:
    assert loop.run_until_complete(verifier.verify_token(token)) is None


@given(CLAIMS, st.sampled_from(["scope", "scp", "jti", "email", "azp", "nbf", "iat", "exp", "sub"]), JSON)
@unhurried
def test_any_signed_claims_are_refused_or_make_a_caller(
    loop: asyncio.AbstractEventLoop, verifier: JwtVerifier, claims: dict[str, Any], odd: str, value: object
) -> None:
    good = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "exp": 10**11}
    for told in (claims, {**good, odd: value}):
        found = loop.run_until_complete(verifier.verify_token(_signed(told)))
        if found is not None:
            assert (told["iss"], told["aud"]) == (ISSUER, AUDIENCE)
            assert found.caller.scopes <= {"read", "write"}
            assert found.caller.name.isprintable()
            assert found.model_dump_json()
    assert loop.run_until_complete(verifier.verify_token(_signed(good)))


def _signed(claims: object) -> str:
    content = f"{encoded({'alg': 'EdDSA', 'kid': 'three'})}.{encoded(claims)}"
    return f"{content}.{encoded(key('EdDSA', 'three').private.sign(content.encode()))}"
