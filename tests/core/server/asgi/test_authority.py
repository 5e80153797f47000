"""``Host`` and ``Origin``, read strictly."""

import string
from ipaddress import IPv6Address

from hypothesis import given
from hypothesis import strategies as st
from tests.core.server.asgi.bed import scope_of

from portcall.server.asgi.addresses import bind_address_is_loopback, client_address
from portcall.server.asgi.authority import parse_authority, parse_origin

LABELS = st.text(string.ascii_letters + string.digits, min_size=1, max_size=20)
NAMES = st.lists(LABELS, min_size=1, max_size=5).map(".".join)


@given(st.text(max_size=40))
def test_whatever_is_read_is_plain(text: str):
    """Nothing that is let through holds a space, a control character, a user name or a path."""
    read = parse_authority(text)
    if read is not None:
        assert str(read).isascii()
        assert str(read).isprintable()
        assert not set(str(read)) & set(" @/\\?#,%")
        assert parse_authority(str(read)) == read
    origin = parse_origin(text)
    if origin is not None:
        assert parse_origin(str(origin)) == origin


@given(NAMES, st.none() | st.integers(1, 65535))
def test_a_name_is_read_without_regard_to_case_and_final_dot(name: str, port: int | None):
    suffix = "" if port is None else f":{port}"
    read = parse_authority(f"{name.upper()}.{suffix}")
    assert read is not None
    assert (read.host, read.port) == (name.lower(), port)


@given(st.ip_addresses(v=6))
def test_spellings_of_an_address_are_one(address: IPv6Address):
    assert (
        parse_authority(f"[{address.exploded.upper()}]") == parse_authority(f"[{address.compressed}]") is not None
    )


def test_loopback_is_an_address_or_localhost():
    for host in ("127.0.0.1", "127.3.2.1", "::1", "[::1]", "localhost", "Localhost.", "::ffff:127.0.0.1"):
        assert bind_address_is_loopback(host), host
    for host in ("0.0.0.0", "::", "", "10.0.0.1", "localhost.evil.example", "127.0.0.1.nip.io", "127.1", "*"):
        assert not bind_address_is_loopback(host), host


def test_callers_are_told_apart_by_address_and_sites_by_network():
    assert client_address(scope_of(client="192.0.2.7")) == "192.0.2.7"
    assert client_address(scope_of(client="::ffff:192.0.2.7")) == "192.0.2.7"
    assert client_address(scope_of(client="2001:db8::1")) == client_address(scope_of(client="2001:db8::ffff:2"))
    assert client_address(scope_of(client="2001:db8::1")) != client_address(scope_of(client="2001:db8:0:1::1"))
    assert client_address({"client": None}) == "unknown"
