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


NAMES = st.text(alphabet="abcdefghijklmnopqrstuvwxyz_-", min_size=1, max_size=12)
VALUES = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=40)
CHALLENGES = st.lists(
    st.tuples(NAMES, st.dictionaries(NAMES, VALUES, min_size=1, max_size=5)), min_size=1, max_size=5
)


def written(scheme: str, parameters: dict[str, str]) -> str:
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in parameters.values())
    return f"{scheme} " + ", ".join(f'{name}="{value}"' for name, value in zip(parameters, quoted, strict=True))


@unhurried
@given(CHALLENGES)
def test_several_challenges_survive_in_one_header_and_in_several(challenges: list[tuple[str, dict[str, str]]]):
    expected = [(scheme, parameters) for scheme, parameters in challenges]
    headers = [written(scheme, parameters) for scheme, parameters in challenges]
    for several in (headers, [", ".join(headers)], [",".join(headers)]):
        assert [(one.scheme, dict(one.parameters)) for one in parse_challenges(several)] == expected


@unhurried
@given(st.integers(0, 1 << 16), st.sampled_from(["x", "é", "\U0001f40b", ", ", "=", "\\"]))
def test_what_stands_in_the_first_8_kib_is_read(length: int, padding: str):
    header = f'Bearer realm="{REALM}", junk="{(padding * length)[: 1 << 16]}"'
    found = preferred_challenge(header)
    assert found is not None
    assert found["realm"] == REALM


@pytest.mark.parametrize("piece", ['a="', "a ", "a, ", "a=b ", "\\", '"', "Bearer ", 'Bearer realm="', " ", "="])
def test_hostile_headers_cost_no_time(piece: str):
    started = time.process_time()
    parse_challenges([piece * (1 << 18)])
    assert time.process_time() - started < 0.5
