"""Every quirk does what its registry does: bodies."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.core.testing_quirks.asking import (
    APP,
    BLOB,
    BOTH,
    LIST,
    MANIFEST,
    asking,
)

from portcall.testing import quirks

if TYPE_CHECKING:
    pass


@pytest.mark.parametrize("offset", [None, 0])
def test_flipped_bit(offset: int | None):
    with asking(quirks.FlippedBit(offset)) as client:
        answer = client.get(MANIFEST)
        assert len(answer.content) == BOTH.size
        assert answer.content != BOTH.manifest
        assert answer.headers["Docker-Content-Digest"] == BOTH.digest


def test_garbage():
    with asking(quirks.Garbage()) as client:
        answer = client.get(MANIFEST)
        assert answer.headers["Content-Type"] == BOTH.media_type
        with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
            answer.json()


def test_html_page():
    with asking(quirks.HtmlPage()) as client:
        answer = client.get(LIST)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert answer.text.startswith("<!doctype html>")


@pytest.mark.parametrize("announced", [True, False])
def test_huge_body(announced: bool):
    with asking(quirks.HugeBody(3, announced)) as client, client.stream("GET", MANIFEST) as answer:
        length = answer.headers.get("Content-Length")
        assert length == (str(3 << 20) if announced else None)
        assert sum(len(part) for part in answer.iter_raw()) == 3 << 20


def test_cut_body():
    with asking(quirks.CutBody(100)) as client, client.stream("GET", BLOB) as answer:
        parts = []
        with pytest.raises(httpx.RemoteProtocolError, match="closed"):
            parts += answer.iter_raw()
        assert int(answer.headers["Content-Length"]) == APP.layers[0].size


def test_gzip_encoding():
    with asking(quirks.GzipEncoding()) as client, client.stream("GET", BLOB) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(b"".join(answer.iter_raw())) == APP.layers[0].blob


def test_gzip_bomb():
    with asking(quirks.GzipBomb(5)) as client, client.stream("GET", MANIFEST) as answer:
        raw = b"".join(answer.iter_raw())
        assert len(raw) < 10_000
        assert len(gzip.decompress(raw)) == 5 << 20


def test_range_ignored():
    with asking(quirks.RangeIgnored()) as client:
        answer = client.get(BLOB, headers={"Range": "bytes=1-2"})
        assert (answer.status_code, answer.content) == (200, APP.layers[0].blob)
        assert "Content-Range" not in answer.headers


@pytest.mark.parametrize("status", [416, 400])
def test_range_refused(status: int):
    with asking(quirks.RangeRefused(status=status)) as client:
        assert client.get(BLOB, headers={"Range": "bytes=1-2"}).status_code == status
        assert client.get(BLOB).content == APP.layers[0].blob


def test_range_misplaced():
    with asking(quirks.RangeMisplaced()) as client:
        answer = client.get(BLOB, headers={"Range": "bytes=5-7"})
        assert (answer.status_code, answer.content) == (206, APP.layers[0].blob[:3])
        assert answer.headers["Content-Range"] == f"bytes 0-2/{APP.layers[0].size}"
