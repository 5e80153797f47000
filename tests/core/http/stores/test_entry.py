"""A reply as bytes: what is in them, and that nothing odd comes out of them."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.http.asking import unhurried
from tests.core.http.stores.questions import KEY

from portcall.http.reply import Reply
from portcall.http.stores.entry import KEPT_HEADERS, Entry, read_entry, write_entry
from portcall.seal import Seal

URL = "https://registry.example/v2/shop/api/manifests/1"
HEADERS = {"content-type": "application/json", "docker-content-digest": "sha256:0", "link": "</next>"}
REPLY = Reply(200, HEADERS, b"\x00body\xff", URL, 1000.5)
SEAL = Seal.from_text(KEY)

times = st.floats(0, 1e12)
replies = st.builds(
    Reply,
    st.integers(100, 599),
    st.dictionaries(st.sampled_from(sorted(KEPT_HEADERS)), st.text()),
    st.binary(),
    st.just(URL),
    times,
)
json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def document(**changes: Any) -> bytes:
    """Return a plain entry with some fields changed."""
    fields = json.loads(write_entry(Entry(REPLY, 1060), "name")) | changes
    return json.dumps({key: value for key, value in fields.items() if value is not ...}).encode()


def read(data: bytes, seal: Seal | None = None) -> Entry | None:
    return read_entry(data, "name", URL, seal)


@unhurried
@given(replies, times | st.just(math.inf), st.sampled_from([None, SEAL]))
def test_what_was_written_is_read(reply: Reply, expires: float, seal: Seal | None):
    entry = Entry(reply, expires)
    found = read(write_entry(entry, "name", seal), seal)
    assert found == entry
    assert found.reply.obtained == reply.obtained


def test_plain_entry_is_json_that_people_can_read():
    assert json.loads(write_entry(Entry(REPLY, 1060.5), "name")) == {
        "v": 1,
        "name": "name",
        "status": 200,
        "headers": HEADERS,
        "body": base64.b64encode(REPLY.body).decode(),
        "obtained": 1000.5,
        "expires": 1060.5,
    }
    assert json.loads(write_entry(Entry(REPLY, math.inf), "name"))["expires"] is None


def test_sealed_entry_shows_nothing():
    written = json.loads(write_entry(Entry(REPLY, 1060.5), "name", SEAL))
    assert written.keys() == {"v", "sealed"}
    assert b"application" not in base64.b64decode(written["sealed"])


@pytest.mark.parametrize(
    "header",
    ["authorization", "proxy-authorization", "www-authenticate", "set-cookie", "x-amz-security-token", "location"],
)
def test_headers_that_may_hold_a_secret_are_not_in_it(header: str):
    reply = Reply(200, {**HEADERS, header: "canary"}, b"", f"{URL}?signature=canary")
    assert b"canary" not in write_entry(Entry(reply, 0), "name")


def test_address_is_that_of_the_request():
    reply = Reply(200, {}, b"", "https://storage.example/?signature=canary")
    found = read(write_entry(Entry(reply, 1060), "name"))
    assert found
    assert found.reply.url == URL


def test_header_that_nobody_reads_is_not_taken_from_it():
    found = read(document(headers={**HEADERS, "set-cookie": "a=b", "x-odd": 3}))
    assert found
    assert found.reply.headers == HEADERS


@unhurried
@given(st.binary())
def test_any_bytes_are_an_entry_or_none(data: bytes):
    assert read(data) is None
    assert read(data, SEAL) is None


@unhurried
@given(json_values)
def test_any_json_is_an_entry_or_none(value: Any):
    for data in (
        json.dumps(value).encode(),
        document(body=value),
        document(headers=value),
        document(status=value),
    ):
        entry = read(data)
        assert entry is None or isinstance(entry.reply.body, bytes)
        assert read(data, SEAL) is None


@unhurried
@given(st.data())
def test_any_cut_or_change_is_noticed_or_harmless(data: st.DataObject):
    written = write_entry(Entry(REPLY, 1060), "name", SEAL)
    place = data.draw(st.integers(0, len(written) - 1))
    changed = bytearray(written)
    changed[place] ^= data.draw(st.integers(1, 255))
    assert read(bytes(changed), SEAL) in (None, Entry(REPLY, 1060))
    assert read(written[:place], SEAL) is None
    plain = write_entry(Entry(REPLY, 1060), "name")
    assert read(plain[: data.draw(st.integers(0, len(plain) - 1))]) is None


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"v": ...},
        {"v": "1"},
        {"name": "another"},
        {"name": ...},
        {"status": 99},
        {"status": 600},
        {"status": True},
        {"status": 200.0},
        {"status": "200"},
        {"status": ...},
        {"headers": []},
        {"headers": {"link": 1}},
        {"headers": {"link": None}},
        {"headers": {"link": "\ud800"}},
        {"headers": ...},
        {"body": None},
        {"body": "é"},
        {"body": "AAA"},
        {"body": "A A="},
        {"body": ["A"]},
        {"body": ...},
        {"obtained": None},
        {"obtained": True},
        {"obtained": "1000"},
        {"obtained": -1},
        {"obtained": math.nan},
        {"obtained": math.inf},
        {"obtained": 10**400},
        {"obtained": ...},
        {"expires": math.inf},
        {"expires": math.nan},
        {"expires": True},
        {"expires": []},
        {"expires": ...},
    ],
)
def test_entry_that_is_not_quite_one_is_none(change: dict[str, Any]):
    assert read(document())
    assert read(document(**change)) is None


@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"v":' * 100_000, b"9" * 10_000, b'"\\ud800"', b"\xff\xfe{"])
def test_json_that_breaks_readers_is_none(data: bytes):
    assert read(data) is None


def test_plain_entry_is_not_taken_where_a_sealed_one_belongs():
    """Whoever can write to the store could put one there for somebody whose key they do not have."""
    assert read(document(), SEAL) is None


def test_sealed_entry_belongs_to_its_name():
    assert read_entry(write_entry(Entry(REPLY, 1060), "another", SEAL), "name", URL, SEAL) is None
