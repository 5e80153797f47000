"""Every quirk does what its registry does: links."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.core.testing_quirks.asking import (
    LIST,
    asking,
    next_link,
)

from portcall.testing import quirks

if TYPE_CHECKING:
    from portcall.testing.quirks import Quirk


def test_absolute_link():
    with asking(quirks.AbsoluteLink()) as client:
        expected = f'<{client.registry.address.url}/v2/shop/api/tags/list?n=2&last=b>; rel="next"'
        assert client.get(f"{LIST}?n=2").headers["Link"] == expected


@pytest.mark.parametrize(
    ("quirk", "expected"),
    [
        (quirks.BareLink(), f'{LIST}?n=2&last=b; rel="next"'),
        (quirks.UnquotedRel(), f"<{LIST}?n=2&last=b>; rel=next"),
        (quirks.LinkElsewhere("http://evil.test"), f'<http://evil.test{LIST}?n=2&last=b>; rel="next"'),
        (quirks.LoopingLink(), f'<{LIST}?n=2>; rel="next"'),
        (
            quirks.ManyLinkParameters(),
            (
                f'<{LIST}?n=1>; rel="first"; title="a, \\"b\\"; c", '
                f'<{LIST}?n=2&last=b>; title="page, 2"; rel="next last"; type="application/json"'
            ),
        ),
        (quirks.NoLink(), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_link_is_written_the_quirks_way(quirk: Quirk, expected: str | None):
    with asking(quirk) as client:
        answer = client.get(f"{LIST}?n=2")
        assert answer.headers.get("Link") == expected
        assert answer.json()["tags"] == ["a", "b"]


def test_looping_link_never_ends():
    with asking(quirks.LoopingLink()) as client:
        assert next_link(client.get(LIST)) == LIST


def test_opaque_link():
    with asking(quirks.OpaqueLink()) as client:
        answer = client.get(f"{LIST}?n=2")
        link = next_link(answer) or ""
        assert "next_page=" in link
        assert "last=" not in link
        assert client.get(link).json()["tags"] == ["c", "d"]
        assert client.get(f"{LIST}?n=2&last=b").json()["tags"] == ["a", "b"], "`last` is not understood"
