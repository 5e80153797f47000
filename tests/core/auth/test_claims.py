"""A verified token's claims as a caller: never two callers one, never a name that plays tricks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portcall.auth.claims import caller_of, client_of

ISSUER = "https://sso.example"


def scopes(**claims: Any) -> set[str]:
    return set(caller_of({"sub": "ada", **claims}, ISSUER).scopes)


def name(**claims: Any) -> str:
    return caller_of({"sub": "ada", **claims}, ISSUER).name


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"scope": "openid read profile"}, {"read"}),
        ({"scope": "read write"}, {"read", "write"}),
        ({"scope": " read\twrite\n"}, {"read", "write"}),
        ({"scope": "portcall:read portcall:write"}, {"read", "write"}),
        ({"scope": "portcall.read"}, {"read"}),
        ({"scp": "write"}, {"write"}),
        ({"scp": ["read", 5, None, "portcall:write"]}, {"read", "write"}),
        ({"scope": ["read"]}, {"read"}),
        ({"scope": "read", "scp": ["write"]}, {"read", "write"}),
        ({}, set()),
        ({"scope": ""}, set()),
        ({"scope": None, "scp": 5}, set()),
        ({"scope": {"read": True}}, set()),
        ({"scope": "READ Write"}, set()),
        ({"scope": "read,write"}, set()),
        ({"scope": "reads rewrite other:read read:all https://portcall.example/read portcall/read"}, set()),
        ({"scope": "portcall:admin admin * portcall:*"}, set()),
        ({"roles": ["read"], "permissions": ["write"]}, set()),
    ],
)
def test_only_our_own_scopes_count_to_the_letter(claims: dict[str, Any], expected: set[str]) -> None:
    assert scopes(**claims) == expected


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"preferred_username": "Ada", "email": "ada@acme.example"}, "Ada (ada)"),
        ({"email": "ada@acme.example"}, "ada@acme.example (ada)"),
        ({}, "ada"),
        ({"preferred_username": "", "email": None}, "ada"),
        ({"preferred_username": 5, "email": ["x"]}, "ada"),
        ({"preferred_username": "\u200b\u202e"}, "ada"),
        ({"preferred_username": "Jos\u00e9"}, "Jos\u00e9 (ada)"),
        ({"preferred_username": "a\n\x1b[31mb\u202ec\ud800"}, "a bc (ada)"),
        ({"preferred_username": "x" * 500}, "x" * 79 + "\u2026 (ada)"),
    ],
)
def test_the_name_is_what_people_know_short_and_on_one_line(claims: dict[str, Any], expected: str) -> None:
    assert name(**claims) == expected


def test_whoever_has_nothing_that_can_be_shown_is_named_by_their_identity() -> None:
    caller = caller_of({"sub": "\u200b"}, ISSUER)
    assert caller.name == caller.identity


def test_an_identity_that_is_long_or_odd_is_hashed() -> None:
    for subject in ("x" * 200, "josé", "a\nb", "\ud800", "\x00"):
        identity = caller_of({"sub": subject}, ISSUER).identity
        assert identity.startswith("jwt:sha256:")
        assert len(identity) == 75
    assert caller_of({"sub": "auth0|5"}, ISSUER).identity == f"jwt:{ISSUER}:auth0|5"


def test_nobody_can_choose_a_subject_that_is_somebody_elses_hash() -> None:
    hashed = caller_of({"sub": "x" * 200}, ISSUER).identity
    digest = hashed.removeprefix("jwt:sha256:")
    for subject in (hashed, digest, f"sha256:{digest}"):
        assert caller_of({"sub": subject}, ISSUER).identity != hashed


@settings(deadline=None)
@given(st.text(st.characters(), min_size=1), st.text(st.characters(), min_size=1))
def test_two_subjects_are_two_callers_and_all_of_it_can_be_shown(one: str, other: str) -> None:
    first, second = caller_of({"sub": one}, ISSUER), caller_of({"sub": other}, ISSUER)
    assert (first.identity == second.identity) == (one == other)
    assert first.identity.isascii()
    assert first.identity.isprintable()
    assert first.name.strip()
    assert first.name.isprintable()


def test_the_client_is_who_the_token_was_issued_to() -> None:
    assert client_of({"client_id": "desk", "azp": "other"}, "ada") == "desk"
    assert client_of({"azp": "desk"}, "ada") == "desk"
    assert client_of({"client_id": 5, "azp": ""}, "ada") == "ada"
    assert len(client_of({"azp": "x" * 5000}, "ada")) < 100
