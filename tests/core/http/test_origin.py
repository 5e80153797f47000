"""Origins: one reading of a URL, or none."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.http.asking import unhurried
from yarl import URL

from portcall.http.origin import Origin


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port"),
    [
        ("https://registry.example", "https", "registry.example", 443),
        ("http://registry.example/v2/", "http", "registry.example", 80),
        ("HTTPS://Registry.EXAMPLE:5000/v2/", "https", "registry.example", 5000),
        ("https://registry.example./v2/", "https", "registry.example", 443),
        ("http://my_registry:5000", "http", "my_registry", 5000),
        ("http://127.0.0.1:5000?x=1", "http", "127.0.0.1", 5000),
        ("http://[::1]:5000/v2/", "http", "::1", 5000),
        ("https://[2001:DB8::1]", "https", "2001:db8::1", 443),
    ],
)
def test_origin_is_scheme_host_and_port(url: str, scheme: str, host: str, port: int):
    assert Origin.of(url) == Origin(scheme, host, port)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "registry.example",
        "//registry.example/v2/",
        "/token",
        "file:///etc/passwd",
        "ftp://registry.example/",
        "gopher://registry.example/",
        "https://",
        "https://.",
        "https://user@registry.example/",
        "https://user:secret@registry.example/",
        "https://registry.example@evil.example/",
        "https://registry.example\\@evil.example/",
        "https://registry.example\\.evil.example/",
        "https://registry.example:0/",
        "https://registry.example:/",
        "https://registry.example:99999/",
        "https://registry.example:5000:5001/",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https://%31%32%37.0.0.1/",
        "https://registry.example%00.evil.example/",
        "https://registry.example%2f.evil.example/",
        "https://registrу.example/",
        "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
        "https://registry example/",
        "https://registry.example;evil.example/",
    ],
)
def test_what_could_be_read_in_two_ways_has_no_origin(url: str):
    assert Origin.of(url) is None


@pytest.mark.parametrize(
    ("url", "named", "not_named"),
    [
        ("https://sso.example", ["sso.example", "SSO.example", "sso.example:443"], ["sso.example:80", "example"]),
        ("https://sso.example:5001", ["sso.example:5001"], ["sso.example", "sso.example:443"]),
        ("http://[::1]", ["[::1]", "[::1]:80"], ["::1", "[::1]:443"]),
    ],
)
def test_host_in_a_configuration_names_the_usual_port_only(url: str, named: list[str], not_named: list[str]):
    origin = Origin.of(url)
    assert origin is not None
    assert [entry for entry in named if not origin.is_named_by(entry)] == []
    assert [entry for entry in not_named if origin.is_named_by(entry)] == []


@pytest.mark.parametrize("url", ["https://registry.example", "http://registry.example:5000", "http://[::1]:5000"])
def test_origin_is_written_as_people_do(url: str):
    assert str(Origin.of(url)) == url


URLS = st.one_of(
    st.text(),
    st.builds("http://{}/v2/".format, st.text()),
    st.builds("https://{}".format, st.text(alphabet="aA1.:@/\\?#[]%-_ \t\n\x00éⓁ。", max_size=20)),
)


@unhurried
@given(URLS)
def test_any_text_has_an_origin_or_none(url: str):
    Origin.of(url)


@unhurried
@given(URLS)
def test_every_parser_on_the_way_reads_the_same_origin(url: str):
    origin = Origin.of(url)
    try:
        built = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        return
    if origin is None or Origin.of(str(built)) != origin:
        return  # never sent: the client compares the two
    sent = URL(str(built), encoded=True)
    assert (sent.scheme, (sent.raw_host or "").rstrip("."), sent.port) == (origin.scheme, origin.host, origin.port)
