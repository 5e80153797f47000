"""Addresses that can be watched, read as the resource of that name is."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp.shared.uri_template import UriTemplate

from portcall.errors import InvalidArgumentError, InvalidReferenceError, PortcallError
from portcall.reference import parse_reference
from portcall.server.subscriptions.address import MAX_CHARACTERS, TEMPLATE, TagAddress, TagAddresses

ADDRESSES = TagAddresses()

unhurried = settings(deadline=None)
component = st.from_regex(r"[a-z0-9]+(?:[._-][a-z0-9]+)?", fullmatch=True).filter(lambda text: len(text) < 60)
host = st.sampled_from(["", "ghcr.io/", "localhost:5000/", "[2001:db8::1]:5000/", "docker.io/"])
tag = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,40}", fullmatch=True)


@pytest.mark.parametrize(
    ("uri", "name", "tag"),
    [
        ("docker://image/nginx/1.27", "docker.io/library/nginx", "1.27"),
        ("docker://image/library/nginx/1.27", "docker.io/library/nginx", "1.27"),
        ("docker://image/ghcr.io%2Facme%2Fapp/edge", "ghcr.io/acme/app", "edge"),
        ("docker://image/ghcr.io/acme%2fapp/edge", "ghcr.io/acme/app", "edge"),
        ("docker://image/localhost%3A5000/app/1", "localhost:5000/app", "1"),
        ("docker://image/nginx:1.27/latest", "docker.io/library/nginx", "1.27"),
    ],
)
def test_every_form_that_is_served(uri: str, name: str, tag: str):
    assert ADDRESSES.read(uri) == TagAddress(uri, name, tag)


@unhurried
@given(host, st.lists(component, min_size=1, max_size=3), tag, st.booleans())
def test_what_is_written_is_what_is_watched(registry: str, path: list[str], wanted: str, encoded: bool):
    written = registry + "/".join(path)
    reference = parse_reference(written)
    uri = f"docker://image/{quote(written, safe='' if encoded else '/')}/{wanted}"
    assert ADDRESSES.read(uri) == TagAddress(uri, reference.name, wanted)


@unhurried
@given(st.text() | st.text().map(lambda text: f"docker://image/{text}") | st.builds(
    lambda name, end: f"docker://image/{quote(name)}/{quote(end)}", st.text(), st.text()
))  # fmt: skip
def test_anything_else_is_refused_and_nothing_hangs_or_crashes(uri: str):
    try:
        address = ADDRESSES.read(uri)
    except (InvalidArgumentError, InvalidReferenceError):
        return
    assert address.uri == uri
    assert len(uri) <= MAX_CHARACTERS
    assert parse_reference(f"{address.name}:{address.tag}").digest is None
    assert UriTemplate.parse(TEMPLATE).match(uri) is not None


@unhurried
@given(st.sampled_from(["sha256", "sha512"]), host, component)
def test_a_digest_is_refused_in_every_place(algorithm: str, registry: str, name: str):
    digest = f"{algorithm}:{'a' * (64 if algorithm == 'sha256' else 128)}"
    for written in (f"{registry}{name}/{digest}", f"{registry}{name}@{digest}/latest"):
        for uri in (f"docker://image/{written}", f"docker://image/{quote(written, safe='/')}"):
            with pytest.raises(PortcallError):
                ADDRESSES.read(uri)
