"""``Link``: the next page, or none."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.http.asking import unhurried

from portcall.oci.link import MAX_HEADER, next_link

BASE = "https://registry.example/v2/a/b/tags/list?n=2"
NEXT = "https://registry.example/v2/a/b/tags/list?last=x&n=2"


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ('</v2/a/b/tags/list?last=x&n=2>; rel="next"', NEXT),
        ("</v2/a/b/tags/list?last=x&n=2>; rel=next", NEXT),
        ("</v2/a/b/tags/list?last=x&n=2>;rel=NEXT", NEXT),
        ('<?last=x&n=2>; rel="next"', NEXT),
        (f'<{NEXT}>; rel="next"', NEXT),
        ('/v2/a/b/tags/list?last=x&n=2; rel="next"', NEXT),
        ('< /v2/a/b/tags/list?last=x&n=2 >; rel="next"', NEXT),
        ('<//evil.example/x>; rel="next"', "https://evil.example/x"),
        ('</1>; rel="first", </2>; rel="next", </3>; rel="last"', "https://registry.example/2"),
        ('</1>; rel="prev next"', "https://registry.example/1"),
        ('</1>; title="a, b"; rel="next"; type="x"', "https://registry.example/1"),
        ('</1>; title="\\"; rel=next"; rel="prev"', None),
        ('</1>; title="; rel=next"', None),
        ('</1>; rel="next-page"', None),
        ('</1>; rel="nextish"', None),
        ('</1>; norel="next"', None),
        ('</1>; rel="prev"; rel="next"', None),
        ("</1>", None),
        ("</1>; rel", None),
        ("</1>; rel=", None),
        ('rel="next"', None),
        ("", None),
        ("<", None),
        ("<>", None),
        ('<http://[::1>; rel="next"', None),
    ],
)
def test_next_page_is_found(header: str, target: str | None):
    assert next_link(header, BASE) == target


@pytest.mark.parametrize("token", ["%2F", "a+b", "%25%32", "é", "a;b,c", "=:@!$&'()*", "A" * 2000])
def test_paging_token_is_left_as_it_was_written(token: str):
    assert (
        next_link(f"</v2/x?next_page={token}>; rel=next", BASE)
        == f"https://registry.example/v2/x?next_page={token}"
    )


@unhurried
@given(st.one_of(st.text(), st.text(alphabet='<>;,="\\ relnxt/v2?&#:[]@%', max_size=60)))
def test_any_header_is_read(header: str):
    target = next_link(header, BASE)
    assert target is None or isinstance(target, str)


@pytest.mark.parametrize(
    "piece", ["<", ">", ";", ",", '"', "\\", " ", "a", "<a>", "<a>;", '<a>; b="', ';"', "; rel="]
)
def test_hostile_headers_cost_no_time(piece: str):
    started = time.process_time()
    next_link(piece * (1 << 18), BASE)
    assert time.process_time() - started < 0.5


def test_what_stands_beyond_the_limit_is_not_read():
    assert next_link(" " * MAX_HEADER + "</1>; rel=next", BASE) is None
