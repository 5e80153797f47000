"""The catalog: every page of it, only real names, and never an outage taken for "there is none"."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.http.asking import AMD64, PASSWORD, USER, Bench, bench, refused, unhurried

from portcall.errors import InvalidArgumentError, PortcallError
from portcall.http.reply import Reply
from portcall.http.upstream import Credentials, Upstream
from portcall.oci.catalog import read_catalog
from portcall.oci.name_pages import NamePage
from portcall.reference import parse_reference
from portcall.testing import Address, BasicAuth, BearerAuth, FakeRegistry, RecordingServer, Request, quirks
from portcall.testing import Reply as Told
from portcall.testing.quirks import Context, Quirk

pytestmark = pytest.mark.anyio

HOME = Upstream("reg.test", "https://reg.test")
URL = "https://reg.test/v2/_catalog"
NAMES = [f"team-{number % 3}/app-{number}" for number in range(7)]


def filled(*chosen: Quirk, names: list[str] = NAMES, **options: object) -> FakeRegistry:
    registry = FakeRegistry(quirks=chosen, **options)  # type: ignore[arg-type]
    for name in names:
        registry.push(name, AMD64, tags=["1"])
    return registry


async def all_pages(made: Bench, address: Address, size: int | None = None) -> list[NamePage]:
    pages, cursor = [], None
    for _ in range(20):
        pages.append(await made.distribution(address).catalog(size, cursor))
        cursor = pages[-1].next
        if cursor is None:
            return pages
    raise AssertionError("it never ends")


def names_of(pages: list[NamePage]) -> list[str]:
    return [name for page in pages for name in page.names]


@pytest.mark.parametrize("size", [None, 1, 2, 7, 1000])
@pytest.mark.parametrize(
    "chosen",
    [
        [],
        [quirks.AbsoluteLink()],
        [quirks.BareLink()],
        [quirks.UnquotedRel()],
        [quirks.OpaqueLink()],
        [quirks.NoLink()],
        [quirks.PagingIgnored()],
    ],
    ids=repr,
)
async def test_every_repository_is_told_once_in_order(chosen: list[Quirk], size: int | None):
    with filled(*chosen).serve() as address:
        async with bench() as made:
            pages = await all_pages(made, address, size)
    assert names_of(pages) == sorted(NAMES)
    assert {page.problem for page in pages} == {None}


@dataclass(frozen=True)
class LastIsInclusive(Quirk):
    """``last`` is taken for the first name of the page, and a Link says so where there is more."""

    with_link: bool = True

    def spoil(self, request: Request, reply: Told, context: Context) -> Told:
        size, last = int(request.parameter("n") or 0), request.parameter("last") or ""
        rest = [name for name in sorted(NAMES) if name >= last]
        page = rest[:size]
        link = f'</v2/_catalog?n={size}&last={page[-1]}>; rel="next"' if len(rest) > size else None
        told = reply.with_body(json.dumps({"repositories": page}).encode())
        return told.with_headers({"Link": link if self.with_link else None})


@pytest.mark.parametrize("size", [2, 3, 4, 6, 7, 8])
@pytest.mark.parametrize("with_link", [True, False])
async def test_a_name_that_a_page_repeats_from_the_one_before_is_told_once(with_link: bool, size: int):
    with filled(LastIsInclusive(with_link=with_link)).serve() as address:
        async with bench() as made:
            pages = await all_pages(made, address, size)
    assert names_of(pages) == sorted(NAMES)
    assert {(page.problem, page.malformed) for page in pages} == {(None, 0)}


async def test_a_registry_that_repeats_the_last_name_alone_and_leads_on_begins_anew():
    registry = filled(LastIsInclusive())
    with registry.serve() as address:
        async with bench() as made:
            first, second = await all_pages(made, address, 1)
    assert (first.names, second.names) == ((min(NAMES),), ())
    assert "anew" in (second.problem or "")


async def test_a_registry_that_refuses_so_large_a_page_decides_itself():
    registry = filled(quirks.LargePagesRefused(most=3), page_size=3)
    with registry.serve() as address:
        async with bench() as made:
            assert names_of(await all_pages(made, address, 1000)) == sorted(NAMES)
    assert [one.query for one in registry.asked("catalog")][:2] == ["n=1000", ""]


async def test_it_is_asked_for_with_a_token_for_the_catalog():
    registry = filled(auth=BearerAuth({USER: PASSWORD}, public=()))
    with registry.serve() as address:
        async with bench() as made:
            credentials = Credentials(USER, PASSWORD)
            page = await made.distribution(address, credentials=credentials).catalog()
    assert len(page.names) == 7
    (token,) = registry.asked("token")
    assert token.parameter("scope") == "registry:catalog:*"


async def test_the_order_of_dockers_registry_is_no_beginning_anew():
    """There a slash sorts before all else: what follows ``a/z`` may be ``a-b``, which comes before in ASCII."""
    body = json.dumps({"repositories": ["a-b", "a-c"]}).encode()
    url = f"{URL}?n=2&last=a%2Fz"
    page = read_catalog(Reply(200, {}, body, url), url, HOME, 2, "/v2/_catalog?n=2&last=a%2Fz#own")
    assert page.names == ("a-b", "a-c")


# What registries say that have none


NONE = [
    (quirks.NoCatalog(401), "unsupported"),
    (quirks.NoCatalog(403), "unsupported"),
    (quirks.NoCatalog(404), "unsupported"),
    (quirks.NoCatalog(404, "UNSUPPORTED"), "unsupported"),
    (quirks.NoCatalog(405), "unsupported"),
    (quirks.Answer(400, body=b'{"errors": [{"code": "UNSUPPORTED"}]}'), "unsupported"),
    (quirks.Answer(405, body=b"Method Not Allowed", content_type="text/plain"), "unsupported"),
    (quirks.OddNotFound(), "unsupported"),
    (quirks.Answer(404, body=b"<html>", content_type="text/html", path="_catalog"), "unsupported"),
]
FAILED = [
    (quirks.Answer(400), "upstream_error"),
    (quirks.Answer(429), "rate_limited"),
    (quirks.Answer(501), "upstream_error"),
    (quirks.Answer(501, body=b'{"errors": [{"code": "UNSUPPORTED"}]}'), "upstream_error"),
    (quirks.Answer(404, body=b"<html>", content_type="text/html"), "upstream_error"),
    (quirks.Answer(401, body=b"<html>", content_type="text/html"), "upstream_error"),
    (quirks.Answer(403, body=b" <!doctype html>", content_type="text/html"), "upstream_error"),
    (quirks.Answer(405, body=b"<html>", content_type="text/html"), "upstream_error"),
    (quirks.HtmlPage(), "upstream_error"),
    (quirks.HangUp(), "unreachable"),
]


@pytest.mark.parametrize(("quirk", "code"), [*NONE, *FAILED], ids=repr)
async def test_only_a_refusal_means_that_there_is_no_list(quirk: Quirk, code: str):
    registry = filled(*([quirks.NoCatalog()] if isinstance(quirk, quirks.OddNotFound) else []), quirk)
    with registry.serve() as address:
        async with bench() as made:
            with refused(code) as told:
                await made.distribution(address).catalog(10)
        assert registry.fired(type(quirk))
    assert told.error.registry == address.netloc
    if code == "unsupported":
        assert "keeps no list of its repositories for this caller" in told.error.message
        assert "search_tags" in told.error.hint


@pytest.mark.slow
async def test_an_outage_is_an_outage_after_all_tries():
    with filled(quirks.Answer(503)).serve() as address:
        async with bench() as made:
            with refused("upstream_error", "503"):
                await made.distribution(address).catalog()


async def test_credentials_that_do_not_open_it_are_said_not_to():
    registry = filled(quirks.NoCatalog(401), auth=BearerAuth({USER: PASSWORD}))
    with registry.serve() as address:
        async with bench() as made:
            asked = made.distribution(address, credentials=Credentials(USER, PASSWORD))
            with refused("unauthorized", "credentials from configuration", "administrator"):
                await asked.catalog()


@pytest.mark.parametrize("known", [None, Credentials(USER, "wrong-canary")], ids=["none", "wrong"])
async def test_a_registry_that_wants_a_password_says_so(known: Credentials | None):
    with filled(auth=BasicAuth({USER: PASSWORD})).serve() as address:
        async with bench() as made:
            with refused("unauthorized", "docker login"):
                await made.distribution(address, credentials=known).catalog()


async def test_that_there_is_none_is_remembered_for_a_while():
    registry = filled(quirks.NoCatalog())
    with registry.serve() as address:
        async with bench() as made:
            for _ in range(3):
                with refused("unsupported"):
                    await made.distribution(address).catalog(10)
        assert registry.count("catalog") == 1


# What is no list, and what is no name


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b"{}",
        b"",
        b'{"name": "x", "tags": []}',
        b'{"repositories": "a"}',
        b'{"repositories": {"a": 1}}',
    ],
)
async def test_what_is_no_catalog_is_never_told_as_empty_nor_kept(body: bytes):
    registry = filled(quirks.Answer(200, body=body, times=1))
    with registry.serve() as address:
        async with bench() as made:
            with refused("upstream_error", "list of repositories"):
                await made.distribution(address).catalog()
            assert len((await made.distribution(address).catalog()).names) == 7


async def test_null_is_an_empty_catalog():
    with filled(quirks.Answer(200, body=b'{"repositories": null}')).serve() as address:
        async with bench() as made:
            assert await made.distribution(address).catalog() == NamePage(())


async def test_hostile_names_are_left_out_and_counted():
    odd = ["../x", "a//b", "/a", "a/", "Shop/API", "a b", "", "a:1", "a@sha256:1", "%2e%2e/x", "a\n", "x" * 256]
    odd += ["é", "a/../b", "\ud800", "-a", "a..b"]  # fmt: skip
    rows = [None, 7, True, ["a"], {"name": "a"}, *odd, "shop/api", "a__b/c.d-e--f"]
    body = json.dumps({"repositories": rows}).encode()
    with filled(quirks.Answer(200, body=body)).serve() as address:
        async with bench() as made:
            page = await made.distribution(address).catalog()
    assert page.names == ("shop/api", "a__b/c.d-e--f")
    assert page.malformed == len(rows) - 2


@unhurried
@given(st.lists(st.one_of(st.none(), st.integers(), st.text("aA0._-/:@% \n", max_size=12), st.text(max_size=8))))
def test_a_name_that_is_let_in_names_a_repository_and_nothing_else(rows: list[object]):
    body = json.dumps({"repositories": rows}).encode()
    page = read_catalog(Reply(200, {}, body, URL), URL, HOME, None, None)
    assert len(page.names) + page.malformed == len(rows)
    for name in page.names:
        reference = parse_reference(f"reg.test/{name}")
        assert (reference.repository, reference.tag, reference.digest) == (name, None, None)


async def test_a_page_over_the_ceiling_is_given_up():
    with filled(quirks.HugeBody()).serve() as address:
        async with bench() as made:
            with refused("too_large"):
                await made.distribution(address).catalog()


async def test_a_hundred_thousand_names_are_a_page_like_any_other():
    names = [f"team/app-{number:06}" for number in range(100_000)]
    body = json.dumps({"repositories": names}).encode()
    with filled(quirks.Answer(200, body=body)).serve() as address:
        async with bench() as made:
            page = await made.distribution(address).catalog(1000)
    assert (list(page.names), page.next, page.malformed) == (names, None, 0)


# Where the next page is


async def test_a_link_to_another_host_is_not_followed_and_no_secret_goes_there():
    attacker = RecordingServer(body=b'{"repositories": ["evil"]}')
    with attacker.serve() as elsewhere:
        registry = filled(quirks.LinkElsewhere(elsewhere.url), page_size=3, auth=BasicAuth({USER: PASSWORD}))
        with registry.serve() as address:
            async with bench() as made:
                page = await made.distribution(address, credentials=Credentials(USER, PASSWORD)).catalog()
    assert (len(page.names), page.next) == (3, None)
    assert "another host" in (page.problem or "")
    assert attacker.requests == []


async def test_a_link_to_the_same_page_is_a_circle():
    with filled(quirks.LoopingLink()).serve() as address:
        async with bench() as made:
            (page,) = await all_pages(made, address, 1000)
    assert page.names == tuple(sorted(NAMES))
    assert "circle" in (page.problem or "")


async def test_a_registry_that_tells_its_first_page_again_and_again_is_read_once():
    first = json.dumps({"repositories": ["a", "b"]}).encode()
    link = {"Link": '</v2/_catalog?last=b&n=2>; rel="next"'}
    registry = filled(quirks.Answer(200, body=first, headers=link))
    with registry.serve() as address:
        async with bench() as made:
            pages = await all_pages(made, address, 2)
    assert [page.names for page in pages] == [("a", "b"), ()]
    assert "anew" in (pages[-1].problem or "")


@pytest.mark.parametrize(
    "cursor", ["", "v2/", "@evil.example/", ".evil.example/", ":80/", "https://evil.example/"]
)
async def test_a_cursor_that_leads_elsewhere_is_refused_unasked(cursor: str):
    registry = filled()
    with registry.serve() as address:
        async with bench() as made:
            with pytest.raises(InvalidArgumentError):
                await made.distribution(address).catalog(cursor=cursor)
    assert registry.requests == []


@unhurried
@given(st.binary(max_size=200), st.text(st.characters(codec="latin-1"), max_size=80))
def test_any_answer_is_read_or_refused(body: bytes, link: str):
    url = "https://reg.test/v2/_catalog"
    try:
        page = read_catalog(
            Reply(200, {"link": link}, body, url), url, Upstream("reg.test", "https://reg.test"), 2, None
        )
    except PortcallError:
        return
    assert page.next is None or page.next.startswith("/")
