"""Key sets as issuers publish them: what can be used of one, and for what."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.core.auth.issuer import key

from portcall.auth.jwks import ALGORITHMS, KeySet, read_key
from portcall.errors import UpstreamError

RSA = key().jwk()
RSAS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")


def private_jwk() -> dict[str, Any]:
    return {**jwt.algorithms.RSAAlgorithm.to_jwk(key().private, as_dict=True), "key_ops": ["verify"]}


def test_no_algorithm_with_a_shared_secret_or_none_is_known() -> None:
    assert {*RSAS, "ES256", "ES384", "ES512", "EdDSA"} == ALGORITHMS


@pytest.mark.parametrize(
    ("data", "algorithms"),
    [
        (RSA, RSAS),
        ({**RSA, "alg": "RS256"}, ("RS256",)),
        ({**RSA, "key_ops": ["verify"]}, RSAS),
        (key().jwk(use=None, kid=None), RSAS),
        ({**RSA, "x5c": ["MII"], "x5t": "a", "issuer": "https://sso.example"}, RSAS),
        (key("ES256").jwk(), ("ES256",)),
        (key("ES384").jwk(), ("ES384",)),
        (key("ES512").jwk(alg="ES512"), ("ES512",)),
        (key("EdDSA").jwk(), ("EdDSA",)),
    ],
)
def test_a_public_key_is_good_for_what_it_says_or_for_what_its_kind_can_do(
    data: dict[str, Any], algorithms: tuple[str, ...]
) -> None:
    found = read_key(data)
    assert found is not None
    assert found.algorithms == algorithms


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "key",
        {},
        {**RSA, "kty": "oct"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "one"},
        {**RSA, "k": "c2VjcmV0"},
        private_jwk(),
        {**RSA, "use": "enc"},
        {**RSA, "use": 5},
        {**RSA, "key_ops": ["encrypt"]},
        {**RSA, "key_ops": "verify"},
        {**RSA, "alg": "HS256"},
        {**RSA, "alg": "none"},
        {**RSA, "alg": "RSA-OAEP"},
        {**RSA, "alg": ["RS256"]},
        {**RSA, "alg": None},
        {**RSA, "kid": 5},
        {**RSA, "kid": ["one"]},
        {**RSA, "n": 5},
        {**RSA, "n": ""},
        {**RSA, "n": "!"},
        {**RSA, "n": "A" * 4000},
        {**RSA, "n": "A" * 4000 + RSA["n"]},
        {**RSA, "n": ["AQAB"]},
        {**RSA, "e": None},
        {**RSA, "e": "AA"},
        {**RSA, "e": "Ag"},
        {name: value for name, value in RSA.items() if name != "e"},
        key("RSA-1024").jwk(),
        {**key("ES256").jwk(), "alg": "ES384"},
        {**key("ES256").jwk(), "crv": "P-384"},
        {**key("ES256").jwk(), "crv": ["P-256"]},
        {**key("ES256").jwk(), "x": "AAAA"},
        {**key("ES256").jwk(), "x": "A" * 43},
        {**key("ES256").jwk(), "kty": "OKP"},
        key("ES256K").jwk(),
        {**key("EdDSA").jwk(), "x": "AAAA"},
        {**key("EdDSA").jwk(), "crv": "X25519"},
        {**key("EdDSA").jwk(), "crv": "Ed448"},
        {**key("EdDSA").jwk(), "kty": "EC"},
        {**key("EdDSA").jwk(), "kty": "RSA"},
    ],
)
def test_what_signatures_cannot_safely_be_verified_with_is_passed_over(data: Any) -> None:
    assert read_key(data) is None
    assert KeySet.parse({"keys": [data, RSA, data]}).find("one", "RS256")


@pytest.mark.parametrize("content", [{}, {"keys": None}, {"keys": {}}, {"keys": "one"}, {"key": []}])
def test_what_lists_no_keys_is_no_key_set(content: dict[str, Any]) -> None:
    with pytest.raises(UpstreamError):
        KeySet.parse(content)


def test_of_two_keys_with_the_same_id_and_use_the_first_counts() -> None:
    first, second = key().jwk(), key(copy=1).jwk()
    found = KeySet.parse({"keys": [first, second, first]}).find("one", "RS256")
    assert found == KeySet.parse({"keys": [first]}).find("one", "RS256")


def test_keys_of_two_kinds_may_share_an_id() -> None:
    keys = KeySet.parse({"keys": [key().jwk(), key("ES256").jwk()]})
    both = {type(found.key).__name__ for name in ("RS256", "ES256") if (found := keys.find("one", name))}
    assert len(both) == 2


def test_a_key_without_an_id_is_not_the_one_that_a_token_names() -> None:
    keys = KeySet.parse({"keys": [key().jwk(kid=None)]})
    assert keys.find(None, "RS256")
    assert keys.find("one", "RS256") is None
    assert keys.find("", "RS256") is None


def test_a_set_of_very_many_keys_is_read_in_part() -> None:
    keys = KeySet.parse({"keys": [key().jwk(kid=str(number)) for number in range(300)]})
    assert keys.find("199", "RS256")
    assert keys.find("200", "RS256") is None


unhurried = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
MEMBERS = ("kty", "crv", "n", "e", "x", "y", "d", "k", "kid", "use", "key_ops", "alg")
WORDS = st.sampled_from(
    ["RSA", "EC", "OKP", "oct", "P-256", "P-521", "Ed25519", "AQAB", "sig", "RS256", "EdDSA", RSA["n"]]
)


@given(st.lists(st.dictionaries(st.sampled_from(MEMBERS), WORDS | JSON) | JSON))
@unhurried
def test_any_document_is_a_key_set_of_what_can_be_used(keys: list[Any]) -> None:
    for found in KeySet.parse({"keys": keys}).keys.values():
        for each in found:
            assert set(each.algorithms) <= ALGORITHMS


@given(st.dictionaries(st.text(max_size=5) | st.just("keys"), JSON))
@unhurried
def test_any_object_is_a_key_set_or_none(content: dict[str, Any]) -> None:
    with suppress(UpstreamError):
        KeySet.parse(json.loads(json.dumps(content)))
