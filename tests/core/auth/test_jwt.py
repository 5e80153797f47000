"""Mode ``jwt``: which tokens of an issuer are good here, and as whom they let in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from mcp.server.auth.middleware.bearer_auth import BearerAuthBackend
from starlette.requests import HTTPConnection
from tests.core.auth.issuer import AUDIENCE, JWKS, Issuer, key, verifying

from portcall.auth.jwt import LEEWAY, MAX_CHARACTERS, JwtVerifier
from portcall.errors import ConfigurationError
from portcall.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.core.auth.issuer import SigningKey

    from portcall.auth.caller_token import CallerToken

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    issuer = Issuer(key())
    with issuer.serve():
        yield issuer


@pytest.fixture
async def verifier(issuer: Issuer) -> AsyncIterator[JwtVerifier]:
    issuer.publish(key())
    async with verifying(issuer) as opened:
        yield opened


async def verified(verifier: JwtVerifier, token: str) -> CallerToken:
    """Return a good token, verified."""
    found = await verifier.verify_token(token)
    assert found is not None
    return found


def encoded(part: object) -> str:
    data = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class TestGoodTokens:
    async def test_one_says_who_and_what_for(self, issuer: Issuer, verifier: JwtVerifier) -> None:
        end = int(time.time()) + 100
        shown = issuer.token(scope="openid read write", exp=end, preferred_username="Ada L.", azp="desk")
        token = await verified(verifier, shown)
        assert (token.caller.name, token.caller.identity) == ("Ada L. (ada)", f"jwt:{issuer.url}:ada")
        assert (token.token, token.scopes, token.client_id) == (shown, ["read", "write"], "desk")
        assert (token.subject, token.resource) == (token.caller.identity, AUDIENCE)
        assert dict(token.caller.logins) == {}

    async def test_its_end_is_told_with_the_leeway_for_whoever_looks_at_it_again(
        self, issuer: Issuer, verifier: JwtVerifier
    ) -> None:
        end = int(time.time()) - LEEWAY + 20
        token = await verified(verifier, issuer.token(exp=end))
        assert token.expires_at == end + LEEWAY
        assert (await verified(verifier, issuer.token(exp=10**30))).expires_at == 253_402_300_799

    async def test_the_sdks_own_door_lets_it_in_as_far_as_the_leeway_goes(
        self, issuer: Issuer, verifier: JwtVerifier
    ) -> None:
        door, now = BearerAuthBackend(verifier), int(time.time())

        async def entered(token: str) -> bool:
            headers = [(b"authorization", f"Bearer {token}".encode())]
            return await door.authenticate(HTTPConnection({"type": "http", "headers": headers})) is not None

        assert await entered(issuer.token())
        assert await entered(issuer.token(exp=now - LEEWAY + 20))
        assert not await entered(issuer.token(exp=now - LEEWAY - 1))

    @pytest.mark.parametrize(
        ("kind", "algorithm"),
        [("RSA", name) for name in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")]
        + [(name, name) for name in ("ES256", "ES384", "ES512", "EdDSA")],
    )
    async def test_all_public_key_algorithms_are_known(
        self, issuer: Issuer, verifier: JwtVerifier, kind: str, algorithm: str
    ) -> None:
        issuer.publish(key(kind))
        assert await verifier.verify_token(issuer.token(key(kind), algorithm))

    @pytest.mark.parametrize(
        "changes",
        [
            {"aud": ["https://other.example", AUDIENCE]},
            {"iat": None},
            {"iat": 1700000000.5},
            {"nbf": timedelta(seconds=LEEWAY - 20)},
            {"iat": timedelta(seconds=LEEWAY - 20)},
            {"exp": timedelta(seconds=-LEEWAY + 20)},
            {"headers": {"typ": "at+jwt"}},
            {"headers": {"typ": "application/at+JWT"}},
            {"headers": {"typ": None}},
            {"extra": {"deeply": [{"nested": "things"}]}},
        ],
        ids=str,
    )
    async def test_what_issuers_do_differently_is_good_all_the_same(
        self, issuer: Issuer, verifier: JwtVerifier, changes: dict[str, Any]
    ) -> None:
        assert await verifier.verify_token(issuer.token(**changes))

    async def test_without_an_id_the_only_key_of_the_kind_is_meant(
        self, issuer: Issuer, verifier: JwtVerifier
    ) -> None:
        issuer.publish(key(kid=None), key("ES256", "other"))
        assert await verifier.verify_token(issuer.token(key(kid=None)))

    async def test_without_an_id_and_with_two_keys_nobody_guesses(
        self, issuer: Issuer, verifier: JwtVerifier
    ) -> None:
        issuer.publish(key(), key(kid="two"))
        assert await verifier.verify_token(issuer.token(headers={"kid": None})) is None


class TestRefusals:
    @pytest.mark.parametrize(
        "changes",
        [
            {"aud": "https://other.example"},
            {"aud": f"{AUDIENCE}/"},
            {"aud": ["https://other.example"]},
            {"aud": []},
            {"aud": [AUDIENCE, 5]},
            {"aud": {AUDIENCE: 1}},
            {"aud": None},
            {"iss": "https://other.example"},
            {"iss": None},
            {"exp": None},
            {"exp": timedelta(seconds=-LEEWAY - 1)},
            {"exp": 0},
            {"exp": -1},
            {"exp": "9999999999"},
            {"exp": True},
            {"exp": "soon"},
            {"exp": []},
            {"exp": float("nan")},
            {"exp": float("inf")},
            {"nbf": timedelta(seconds=LEEWAY + 30)},
            {"nbf": "0"},
            {"nbf": float("inf")},
            {"iat": timedelta(seconds=LEEWAY + 30)},
            {"iat": "0"},
            {"iat": False},
            {"sub": None},
            {"sub": ""},
            {"sub": 5},
            {"sub": ["ada"]},
            {"headers": {"typ": "logout+jwt"}},
            {"headers": {"typ": "dpop+jwt"}},
            {"headers": {"typ": 5}},
            {"headers": {"crit": ["exp"], "exp": 1}},
            {"headers": {"crit": []}},
            {"headers": {"kid": "of somebody else"}},
        ],
        ids=str,
    )
    async def test_a_signed_token_that_is_not_for_here_and_now_is_refused(
        self, issuer: Issuer, verifier: JwtVerifier, changes: dict[str, Any]
    ) -> None:
        assert await verifier.verify_token(issuer.token(**changes)) is None

    @pytest.mark.parametrize(
        "demand", [{"crit": ["b64"], "b64": True}, {"b64": True}, {"b64": False}, {"crit": None}]
    )
    async def test_what_a_header_demands_is_not_passed_over(
        self, issuer: Issuer, verifier: JwtVerifier, demand: dict[str, Any]
    ) -> None:
        issuer.publish(key("EdDSA"))
        _, claims, _ = issuer.token(key("EdDSA"), "EdDSA").split(".")
        for more, good in (({}, True), (demand, False)):
            content = f"{encoded({'alg': 'EdDSA', 'kid': 'one', **more})}.{claims}"
            token = f"{content}.{encoded(key('EdDSA').private.sign(content.encode()))}"
            assert (await verifier.verify_token(token) is not None) is good

    async def test_the_issuer_is_compared_to_the_letter(self, issuer: Issuer, verifier: JwtVerifier) -> None:
        for other in (f"{issuer.url}/", issuer.url.upper(), f"{issuer.url}\n"):
            assert await verifier.verify_token(issuer.token(iss=other)) is None

    async def test_another_ones_signature_is_refused(self, issuer: Issuer, verifier: JwtVerifier) -> None:
        assert await verifier.verify_token(issuer.token(key(copy=1))) is None

    async def test_a_token_that_was_changed_is_refused(self, issuer: Issuer, verifier: JwtVerifier) -> None:
        header, claims, signature = issuer.token().split(".")
        more = encoded({**json.loads(base64.urlsafe_b64decode(claims + "==")), "scope": "read write"})
        assert await verifier.verify_token(f"{header}.{more}.{signature}") is None
        assert await verifier.verify_token(f"{header}.{claims}.") is None
        assert await verifier.verify_token(f"{header}.{claims}.{signature[:-4]}") is None
        assert await verifier.verify_token(f"{header}.{claims}.{encoded(bytes(256))}") is None

    @pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", None, 5, ["RS256"], {"RS256": 1}])
    async def test_a_token_without_a_signature_is_refused(
        self, issuer: Issuer, verifier: JwtVerifier, algorithm: object
    ) -> None:
        _, claims, signature = issuer.token().split(".")
        for ending in ("", signature):
            header = encoded({"alg": algorithm, "kid": "one"})
            assert await verifier.verify_token(f"{header}.{claims}.{ending}") is None

    @pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
    async def test_the_public_key_is_no_password(
        self, issuer: Issuer, verifier: JwtVerifier, algorithm: str
    ) -> None:
        """The oldest trick: a token signed by HMAC with the public key, which everybody has."""
        issuer.publish(key(), {"kty": "oct", "kid": "weak", "k": encoded(b"canary" * 8), "alg": algorithm})
        public = key().private.public_key()
        pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        number = public.public_numbers().n.to_bytes(256)
        secrets = [pem, pem.strip(), der, number, json.dumps(key().jwk()).encode(), b"canary" * 8, b""]
        _, claims, _ = issuer.token().split(".")
        for kid in ("one", "weak", None):
            content = f"{encoded({'alg': algorithm, 'kid': kid} if kid else {'alg': algorithm})}.{claims}"
            for secret in secrets:
                digest = hmac.digest(secret, content.encode(), f"sha{algorithm[2:]}")
                assert await verifier.verify_token(f"{content}.{encoded(digest)}") is None

    @pytest.mark.parametrize(
        ("published", "signer", "algorithm"),
        [
            (key("ES256"), key(), "RS256"),
            (key(), key("ES256"), "ES256"),
            (key(), key("EdDSA"), "EdDSA"),
            (key("ES384"), key("ES256"), "ES256"),
            (key("ES256K"), key("ES256K"), "ES256K"),
            (key("ES512"), key("ES512"), "ES521"),
        ],
        ids=lambda what: getattr(what, "kid", what),
    )
    async def test_a_key_of_one_kind_never_verifies_a_token_of_another(
        self, issuer: Issuer, verifier: JwtVerifier, published: SigningKey, signer: SigningKey, algorithm: str
    ) -> None:
        issuer.publish(published)
        assert await verifier.verify_token(issuer.token(signer, algorithm)) is None

    async def test_a_key_for_one_algorithm_is_good_for_no_other(
        self, issuer: Issuer, verifier: JwtVerifier
    ) -> None:
        issuer.publish(key().jwk(alg="PS256"))
        assert await verifier.verify_token(issuer.token(algorithm="PS256"))
        assert await verifier.verify_token(issuer.token(algorithm="RS256")) is None

    async def test_a_weak_key_vouches_for_nobody(self, issuer: Issuer, verifier: JwtVerifier) -> None:
        issuer.publish(key("RSA-1024"))
        with pytest.warns(jwt.InsecureKeyLengthWarning):
            token = issuer.token(key("RSA-1024"))
        assert await verifier.verify_token(token) is None

    async def test_what_the_header_says_of_keys_is_not_believed(
        self, issuer: Issuer, verifier: JwtVerifier
    ) -> None:
        """Neither fetched from an address that it names, nor taken from the token itself."""
        forger = key(copy=1)
        with Issuer(forger).serve() as elsewhere:
            said = {
                "jku": f"{elsewhere.url}{JWKS}",
                "x5u": f"{elsewhere.url}/certificate",
                "jwk": forger.jwk(),
                "x5c": [encoded(b"certificate")],
            }
            assert await verifier.verify_token(issuer.token(forger, headers=said)) is None
        # On a token that is good anyway it does no harm.
        assert await verifier.verify_token(issuer.token(headers=said))
        assert {request.path for request in issuer.requests} == {JWKS}

    @pytest.mark.parametrize("kid", [5, None, True, [], ["one"], {"one": 1}, "", "../keys", "one\0", "\ud800"])
    async def test_an_odd_key_id_is_refused(self, issuer: Issuer, verifier: JwtVerifier, kid: object) -> None:
        _, claims, signature = issuer.token().split(".")
        for algorithm in ("RS256", "ES256"):
            header = encoded({"alg": algorithm, "kid": kid})
            assert await verifier.verify_token(f"{header}.{claims}.{signature}") is None

    @pytest.mark.parametrize(
        "header",
        [b"", b"null", b"[]", b'"RS256"', b"5", b"{", b"\xff", b"[" * 5000, b'{"alg":' * 2000, b"1" * 5000],
        ids=lambda text: text[:8],
    )
    async def test_a_header_that_is_no_object_is_refused(
        self, issuer: Issuer, verifier: JwtVerifier, header: bytes
    ) -> None:
        _, claims, signature = issuer.token().split(".")
        assert await verifier.verify_token(f"{encoded(header)}.{claims}.{signature}") is None

    @pytest.mark.parametrize(
        "claims",
        [b"", b"null", b"[]", b"{", b"\xff", b"[" * 5000, b'{"a":' * 2000, b'{"exp":' + b"9" * 5000 + b"}"],
        ids=lambda text: text[:8],
    )
    async def test_claims_that_are_no_object_are_refused_though_they_are_signed(
        self, verifier: JwtVerifier, claims: bytes
    ) -> None:
        token = jwt.api_jws.encode(claims, key().private, "RS256", {"kid": "one"})
        assert await verifier.verify_token(token) is None

    @pytest.mark.parametrize("text", ["", ".", "..", "...", "a.b", "a.b.c.d.e", "é.é.é", "\ud800.a.b", "pc_token"])
    async def test_what_is_no_jwt_is_refused(self, verifier: JwtVerifier, text: str) -> None:
        assert await verifier.verify_token(text) is None

    async def test_what_cannot_be_good_whatever_the_keys_does_not_have_them_fetched(
        self, issuer: Issuer, verifier: JwtVerifier
    ) -> None:
        before = issuer.fetches
        good = encoded({"alg": "RS256", "kid": "one"})
        for token in (f"{good}.a", f"{good}.a.b.c.d", f"{good}.é.b", f"{encoded({'alg': 'HS256'})}.a.b", "a.b.c"):
            assert await verifier.verify_token(token) is None
        assert issuer.fetches == before
        assert await verifier.verify_token(f"{good}.a.b") is None
        assert issuer.fetches == before + 1

    async def test_a_token_over_16_kib_is_not_even_looked_at(self, issuer: Issuer, verifier: JwtVerifier) -> None:
        padding = MAX_CHARACTERS - len(issuer.token(pad=""))
        fits, over = issuer.token(pad="x" * (padding * 3 // 4 - 4)), issuer.token(pad="x" * padding)
        assert len(fits) <= MAX_CHARACTERS < len(over)
        assert await verifier.verify_token(fits)
        assert await verifier.verify_token(over) is None

    async def test_the_log_says_why_and_nothing_of_the_token(
        self, issuer: Issuer, verifier: JwtVerifier, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, "portcall.auth")
        for token in (
            issuer.token(aud="canary"),
            issuer.token(exp=1, sub="canary"),
            issuer.token(headers={"typ": "canary"}),
            issuer.token(headers={"kid": "canary"}),
            "canary.canary.canary",
        ):
            assert await verifier.verify_token(token) is None
        reasons = [vars(record)["reason"] for record in caplog.records]
        assert reasons == [
            "InvalidAudienceError",
            "ExpiredSignatureError",
            "it is a token of another kind",
            "the issuer has no such key, or several",
            "its header is no JSON object",
        ]
        assert "canary" not in str([vars(record) for record in caplog.records])


class TestConfiguration:
    def verifier(self, tmp_path: Path, **auth: str) -> JwtVerifier:
        file = tmp_path / "config.toml"
        rows = "\n".join(f'{name} = "{value}"' for name, value in auth.items())
        file.write_text(f'[network]\nproxy = "none"\nallow_hosts = ["ghcr.io"]\n[auth]\nmode = "jwt"\n{rows}\n')
        return JwtVerifier.of(load_settings(str(file), {}))

    async def test_the_configured_issuers_tokens_are_good_whatever_registries_may_be_asked(
        self, issuer: Issuer, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        issuer.publish(key())
        verifier = self.verifier(tmp_path, issuer=issuer.url, audience=AUDIENCE)
        assert caplog.messages == ["issuer_keys_by_plain_http"]
        await verifier.prepare()
        before = issuer.fetches
        assert await verifier.verify_token(issuer.token())
        assert issuer.fetches == before
        await verifier.aclose()

    async def test_keys_elsewhere_are_fetched_from_where_the_operator_says(
        self, issuer: Issuer, tmp_path: Path
    ) -> None:
        issuer.publish(key())
        verifier = self.verifier(
            tmp_path, issuer="https://sso.example", audience=AUDIENCE, jwks_url=f"{issuer.url}{JWKS}"
        )
        assert await verifier.verify_token(issuer.token(iss="https://sso.example"))
        await verifier.aclose()

    @pytest.mark.parametrize(
        ("auth", "reason"),
        [
            ({"audience": "a"}, 'auth.mode is "jwt", and auth.issuer is not set'),
            ({"issuer": "https://sso.example"}, 'auth.mode is "jwt", and auth.audience is not set'),
        ],
    )
    async def test_what_is_missing_stops_the_start(
        self, tmp_path: Path, auth: dict[str, str], reason: str
    ) -> None:
        with pytest.raises(ConfigurationError) as refused:
            self.verifier(tmp_path, **auth)
        assert refused.value.message == reason


async def test_a_callers_identity_is_the_same_for_every_token_and_server(issuer: Issuer) -> None:
    issuer.publish(key())
    identities = set()
    for scope in ("read", "write"):
        async with verifying(issuer) as verifier:
            identities.add((await verified(verifier, issuer.token(scope=scope))).caller.identity)
    assert identities == {f"jwt:{issuer.url}:ada"}


def test_what_was_signed_is_hashed_by_what_the_algorithm_says() -> None:
    """The tests' own forger works: its HMAC is what a verifier that fell for it would compute."""
    token = jwt.encode({"a": 1}, b"k" * 32, "HS256")
    content, _, signature = token.rpartition(".")
    assert signature == encoded(hmac.digest(b"k" * 32, content.encode(), hashlib.sha256))
