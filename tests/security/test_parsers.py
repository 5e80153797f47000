"""Texts of strangers, fuzzed: whatever a header or a field holds, it means what it says, or nothing."""

from __future__ import annotations

import string
import time
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from tests.core.http.asking import unhurried
from yarl import URL

from portcall.digest import ALGORITHMS, digest_of, is_digest, matches
from portcall.errors import InvalidArgumentError, PortcallError, UpstreamError
from portcall.http.origin import Origin
from portcall.http.reply import Reply
from portcall.http.upstream import Upstream
from portcall.oci import media_types
from portcall.oci.link import MAX_HEADER, next_link
from portcall.oci.manifest import settled_media_type
from portcall.oci.paths import resource_url
from portcall.oci.tag_names import page_url, read_page

HOME = Upstream("registry.example:5000", "https://registry.example:5000")
PAGE = f"{HOME.endpoint}/v2/a/b/tags/list?n=2"

# Link

#: What a target may hold by RFC 3986, and so be written between angle brackets.
TARGET_TEXT = string.ascii_letters + string.digits + "-._~:/?#[]@!$&'()*+,;=%"
targets = st.text(TARGET_TEXT, min_size=1, max_size=60)
values = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=20)
names = st.sampled_from(["title", "type", "anchor", "hreflang", "media", "TITLE*", "foo"])
relations = st.sampled_from(["next", "NEXT", "prev next", "next last", "last  next", "x:y next"])
others = st.sampled_from(["prev", "first", "nextish", "next-page", "up start", "http://next/"])


def quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@st.composite
def links(draw: st.DrawFn, relation: st.SearchStrategy[str]) -> tuple[str, str]:
    """Return a link as RFC 8288 has it, and its target; parameters may imitate the next link."""
    target = draw(targets)
    before = [(draw(names), draw(st.one_of(values, st.just("; rel=next"), st.just(", </evil>; rel=next"))))]
    written = draw(relation)
    rel = quoted(written) if " " in written or ":" in written or draw(st.booleans()) else written
    after = draw(st.sampled_from(["", '; rel="prev"', "; type=a/b", ";", " ;"]))
    space = draw(st.sampled_from(["", " ", "\t"]))
    parameters = "".join(f";{space}{name}{space}={space}{quoted(value)}" for name, value in before)
    return f"<{target}>{parameters};{space}{draw(st.sampled_from(['rel', 'REL', 'Rel']))}={rel}{after}", target


@unhurried
@given(st.lists(links(others), max_size=3), links(relations), st.lists(links(others), max_size=2))
def test_next_link_is_found_among_others_and_never_mistaken(
    before: list[tuple[str, str]], it: tuple[str, str], after: list[tuple[str, str]]
):
    header = ", ".join(text for text, _ in (*before, it, *after))
    assume(len(header) <= MAX_HEADER)
    try:
        expected: str | None = urljoin(PAGE, it[1])
    except ValueError:
        expected = None
    assert next_link(header, PAGE) == expected


@unhurried
@given(st.lists(links(others), max_size=4))
def test_header_without_a_next_link_names_none(several: list[tuple[str, str]]):
    assert next_link(", ".join(text for text, _ in several), PAGE) is None


hostile_headers = st.one_of(
    st.text(max_size=80),
    st.text("<>;,=\"'\\ relnxt/v2?&#:[]@%.\t\r\n", max_size=80),
    st.builds("<{}>; rel=next".format, st.text(max_size=60)),
    st.builds("<{}>; rel=next".format, st.text("htp:/\\@.[]#?%0:egistry.xampl5", max_size=50)),
    st.builds(
        "<{}registry.example{}>; rel=next".format,
        st.sampled_from(["", "/", "//", "http://", "https://", "https:\\\\", "https:/", "\thttps://", "HTTPS://"]),
        st.text(":5000@/\\#?.\t\nevil[]", max_size=30),
    ),
)


@unhurried
@given(hostile_headers)
@example("<https://registry.example:5000\\@evil.example/>; rel=next")
@example("<https://registry.example:5000#@evil.example/>; rel=next")
@example("<//registry.example:5000@evil.example/>; rel=next")
@example("<https://registry.example:5000/\t//evil.example/>; rel=next")
def test_page_after_any_link_is_at_the_registry_itself(header: str):
    """By every parser that the address passes on its way: Python's, httpx's, yarl's."""
    reply = Reply(200, {"link": header}, b'{"name": "a/b", "tags": ["1"]}', PAGE)
    page = read_page(reply, PAGE, HOME, 2, None)
    assert page.names == ("1",)
    if page.next is None:
        return
    assert page.problem is None
    leads_home(page_url(HOME, "a/b", 2, page.next))


@unhurried
@given(st.one_of(st.text(max_size=60), st.text(":5000@/\\#?.\t\nevil[]%", max_size=30).map("/{}".format)))
@example("//evil.example/")
@example("/\\evil.example/")
@example("@evil.example/")
@example(".evil.example/")
@example("0/")
def test_any_cursor_stays_at_the_registry_or_is_refused(cursor: str):
    try:
        url = page_url(HOME, "a/b", 2, cursor)
    except InvalidArgumentError:
        return
    leads_home(url)


def leads_home(url: str) -> None:
    assert Origin.of(url) == HOME.origin
    try:
        built = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        return  # never sent
    sent = URL(str(built), encoded=True)
    assert (sent.scheme, sent.host, sent.port) == ("https", "registry.example", 5000)
    assert (sent.user, sent.password) == (None, None)
    assert "\r" not in str(sent)
    assert "\n" not in str(sent)


@unhurried
@given(st.binary(max_size=200), hostile_headers)
def test_any_page_is_read_or_refused(body: bytes, header: str):
    try:
        page = read_page(Reply(200, {"link": header}, body, PAGE), PAGE, HOME, 2, None)
    except PortcallError:
        return
    assert all(name.isascii() and "/" not in name for name in page.names)


# Digests

digests = st.one_of(
    st.binary(max_size=64).map(digest_of), st.binary(max_size=64).map(lambda content: digest_of(content, "sha512"))
)
near = st.one_of(
    st.text(max_size=150),
    st.from_regex(r"\A[a-zA-Z0-9+._-]{0,10}:[0-9a-fA-F]{0,140}\Z"),
    st.builds("{}{}".format, digests, st.text(max_size=3)),
    st.builds("{}{}".format, st.text(max_size=3), digests),
    digests.map(str.upper),
    digests.map(lambda digest: digest.replace(":", "%3a")),
)


@unhurried
@given(st.one_of(digests, near))
def test_digest_is_a_known_algorithm_and_as_many_lower_case_digits_as_it_has(text: str):
    algorithm, _, digits = text.partition(":")
    is_one = ALGORITHMS.get(algorithm) == len(digits) and set(digits) <= set("0123456789abcdef")
    assert is_digest(text) == is_one


@unhurried
@given(digests, st.data())
def test_digest_with_any_one_character_changed_names_other_bytes_or_is_none(digest: str, data: st.DataObject):
    place = data.draw(st.integers(0, len(digest) - 1))
    other = data.draw(st.one_of(st.characters(), st.sampled_from("/.?#%:\\ \n\x00AFg")))
    assume(other != digest[place])
    changed = f"{digest[:place]}{other}{digest[place + 1 :]}"
    assert not is_digest(changed) or (changed != digest and urlsplit(f"https://x/{changed}").path == f"/{changed}")


@unhurried
@given(st.one_of(digests, near))
def test_what_passes_for_a_digest_is_one_segment_of_a_path_and_nothing_else(text: str):
    assume(is_digest(text))
    url = resource_url(HOME, "a/b", "blobs", text)
    assert url == f"https://registry.example:5000/v2/a/b/blobs/{text}"
    assert httpx.URL(url).raw_path.decode() == f"/v2/a/b/blobs/{text}"
    assert urlsplit(url).query == urlsplit(url).fragment == ""


@unhurried
@given(st.binary(max_size=200), st.binary(max_size=200), st.sampled_from(sorted(ALGORITHMS)))
def test_digest_names_one_content_alone(content: bytes, other: bytes, algorithm: str):
    digest = digest_of(content, algorithm)
    assert is_digest(digest)
    assert matches(digest, content)
    assert matches(digest, other) == (content == other)


@unhurried
@given(near, st.binary(max_size=50))
def test_no_text_matches_bytes_that_it_is_not_the_digest_of(text: str, content: bytes):
    assert matches(text, content) == (text in {digest_of(content), digest_of(content, "sha512")})


@pytest.mark.parametrize("text", ["sha256:" + "a" * (1 << 22), "a" * (1 << 22), ":" * (1 << 22)])
def test_huge_digest_costs_no_time(text: str):
    started = time.process_time()
    assert not is_digest(text)
    assert time.process_time() - started < 0.5


# Media types

KNOWN = sorted(media_types.MANIFESTS | media_types.INDEXES | media_types.SCHEMA1)
types = st.one_of(st.sampled_from([*KNOWN, *sorted(media_types.GENERIC)]), st.text(max_size=30))
parameters = st.sampled_from(["", ";", "; charset=utf-8", ";charset=UTF-8; q=0.5", ' ; a="b;c"', "; ; ,"])


@unhurried
@given(
    st.sampled_from(KNOWN), parameters, st.sampled_from([str, str.upper, str.title]), st.sampled_from(["", " "])
)
def test_media_type_is_read_without_parameters_and_case(kind: str, rest: str, case: Any, space: str):
    assert Reply(200, {"content-type": f"{space}{case(kind)}{rest}"}).media_type == kind


@unhurried
@given(st.text(max_size=60))
def test_any_content_type_is_one_word_without_parameters(header: str):
    kind = Reply(200, {"content-type": header}).media_type
    assert ";" not in kind
    assert kind == kind.strip()


@pytest.mark.parametrize("joint", [", ", ","])
@pytest.mark.parametrize("other", ["text/plain", *KNOWN])
def test_two_content_types_at_once_are_neither(joint: str, other: str):
    """A header that came twice is joined; a type that one reader takes from it, another does not."""
    kind = Reply(200, {"content-type": f"{media_types.OCI_INDEX}{joint}{other}"}).media_type
    assert kind not in KNOWN


documents = st.fixed_dictionaries(
    {},
    optional={
        "mediaType": st.one_of(types, st.none(), st.integers(), st.lists(types, max_size=2)),
        "schemaVersion": st.one_of(st.integers(0, 3), st.text(max_size=2), st.none()),
        "manifests": st.just([]),
        "layers": st.just([]),
        "config": st.just({}),
        "signatures": st.just([]),
    },
)


@unhurried
@given(documents, types)
def test_document_never_becomes_what_its_header_or_itself_denies(document: dict[str, Any], declared: str):
    own = document.get("mediaType")
    try:
        settled = settled_media_type(document, declared)
    except UpstreamError:
        assert declared in KNOWN
        assert own not in {declared, "", None}
        return
    if declared in KNOWN:
        assert settled == declared
        assert not (isinstance(own, str) and own and own != declared)
    elif isinstance(own, str) and own:
        assert settled == own
    elif settled in media_types.INDEXES:
        assert "manifests" in document
    elif settled in media_types.MANIFESTS:
        assert {"config", "layers"} & document.keys()


@pytest.mark.parametrize(
    "near_type",
    [f"{media_types.OCI_INDEX}+x", media_types.OCI_INDEX[:-1], media_types.OCI_INDEX.replace("v1", "v2"), "index"],
)
def test_type_that_only_resembles_a_known_one_is_none(near_type: str):
    assert settled_media_type({"layers": []}, near_type) == media_types.OCI_MANIFEST
