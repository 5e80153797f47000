"""``WWW-Authenticate`` in all its forms."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.http.asking import unhurried

from portcall.http.challenge import Challenge, parse_challenges, preferred_challenge

REALM = "https://auth.example/token"
BEARER = Challenge("bearer", {"realm": REALM, "service": "registry", "scope": "repository:a/b:pull,push"})
BASIC = Challenge("basic", {"realm": "a, registry"})


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", []),
        (f'Bearer realm="{REALM}",service="registry",scope="repository:a/b:pull,push"', [BEARER]),
        (f'bearer REALM="{REALM}", Service=registry ,scope="repository:a/b:pull,push"', [BEARER]),
        (f'Bearer realm="{REALM}" service="registry" scope="repository:a/b:pull,push"', [BEARER]),
        (f'Bearer realm = "{REALM}" , service="registry",, scope="repository:a/b:pull,push",', [BEARER]),
        ('Basic realm="a, registry"', [BASIC]),
        ('Basic realm="a, \\"quoted\\" realm"', [Challenge("basic", {"realm": 'a, "quoted" realm'})]),
        (
            f'Basic realm="a, registry",Bearer realm="{REALM}",service=registry,scope="repository:a/b:pull,push"',
            [BASIC, BEARER],
        ),
        ("Negotiate", [Challenge("negotiate")]),
        ('Negotiate, Basic realm="a, registry"', [Challenge("negotiate"), BASIC]),
        ('Negotiate abc123==, Basic realm="a, registry"', [Challenge("negotiate"), BASIC]),
        ('Basic realm="first", realm="second"', [Challenge("basic", {"realm": "first"})]),
        ("Bearer realm=", [Challenge("bearer", {"realm": ""})]),
        ('realm="without a scheme"', []),
        ("?!, Basic realm=x", [Challenge("basic", {"realm": "x"})]),
        ('Bearer realm="never closed', [Challenge("bearer", {"realm": ""})]),
    ],
)
def test_challenges_are_read(header: str, expected: list[Challenge]):
    assert [(one.scheme, one["realm"]) for one in parse_challenges([header])] == [
        (one.scheme, one["realm"]) for one in expected
    ]
    whole = [one for one in expected if one in (BEARER, BASIC)]
    assert [one for one in parse_challenges([header]) if one in (BEARER, BASIC)] == whole


def test_challenges_of_several_headers_are_read_in_order():
    assert [one.scheme for one in parse_challenges(["Basic realm=x", "Bearer realm=y"])] == ["basic", "bearer"]


@pytest.mark.parametrize(
    ("header", "scheme"),
    [
        ('Basic realm="x", Bearer realm="https://auth.example/"', "bearer"),
        ('Basic realm="x", Bearer service="no realm"', "basic"),
        ('Basic realm="x", Bearer realm=""', "basic"),
        ("Basic", "basic"),
        ("Negotiate", None),
        ("Digest realm=x, nonce=y", None),
        ("", None),
    ],
)
def test_bearer_comes_before_basic_where_it_can_be_answered(header: str, scheme: str | None):
    preferred = preferred_challenge(header)
    assert (preferred.scheme if preferred else None) == scheme


def test_what_outlives_a_challenge_is_realm_and_service():
    lasting = Challenge("bearer", {"realm": "r", "service": "s", "scope": "x", "error": "e"}).without_scope()
    assert dict(lasting.parameters) == {"realm": "r", "service": "s"}


def test_missing_parameter_reads_as_empty():
    assert Challenge("bearer")["realm"] == ""


PIECES = st.lists(st.sampled_from(["Bearer", "Basic", "realm", "=", '"', "\\", ",", " ", "a", "x=y", "é", "\t"]))


@unhurried
@given(st.lists(st.one_of(st.text(), PIECES.map("".join))))
def test_any_header_is_read(headers: list[str]):
    for challenge in parse_challenges(headers):
        assert challenge.scheme == challenge.scheme.lower() != ""


@unhurried
@given(st.text(alphabet=st.characters(codec="latin-1", exclude_characters='"\\'), max_size=50))
def test_quoted_value_survives(value: str):
    assert preferred_challenge(f'Basic realm="{value}"') == Challenge("basic", {"realm": value})


@pytest.mark.parametrize("piece", ['a="', "a ", "a, ", "a=b ", "\\", '"', "Bearer ", 'Bearer realm="', " ", "="])
def test_hostile_headers_cost_no_time(piece: str):
    started = time.process_time()
    parse_challenges([piece * (1 << 18)])
    assert time.process_time() - started < 0.5
