"""Tag lists: every page, in whatever form registries give them, and no step beyond the registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tests.core.http.asking import (
    AMD64,
    PASSWORD,
    REPOSITORY,
    USER,
    asking,
    bench,
    entry,
    refused,
    serving,
    with_password,
)

from portcall.errors import InvalidArgumentError
from portcall.testing import BasicAuth, FakeRegistry, RecordingServer, quirks

if TYPE_CHECKING:
    from portcall.testing import Reply, Request
    from portcall.testing.quirks import Context, Quirk

pytestmark = pytest.mark.anyio

TAGS = [f"1.{number}" for number in range(7)]


@dataclass(frozen=True)
class Link(quirks.Quirk):
    """The first page's Link is any text; ``{page}`` stands for the true one."""

    text: str = ""

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        link = reply.header("Link")
        if link is None or request.parameter("last"):
            return reply
        target = link[1:].partition(">")[0]
        return reply.with_headers({"Link": self.text.replace("{page}", target)})


def filled(*chosen: Quirk, tags: list[str] = TAGS, **options: object) -> FakeRegistry:
    registry = FakeRegistry(quirks=chosen, **options)  # type: ignore[arg-type]
    registry.push(REPOSITORY, AMD64, tags=tags)
    return registry


async def tags_of(registry: FakeRegistry) -> tuple[list[str], tuple[str, ...]]:
    """Return all tags, by name, and the warnings."""
    async with asking(entry(registry.address)) as gateway:
        found = await gateway.search_tags(f"{registry.address.netloc}/{REPOSITORY}", order="name", limit=1000)
    return [tag.name for tag in found.tags], found.warnings


@pytest.mark.parametrize(
    "chosen",
    [
        [],
        [quirks.ShortPages(size=2)],
        [quirks.ShortPages(size=2), quirks.AbsoluteLink()],
        [quirks.ShortPages(size=2), quirks.BareLink()],
        [quirks.ShortPages(size=2), quirks.UnquotedRel()],
        [quirks.ShortPages(size=2), quirks.ManyLinkParameters()],
        [quirks.ShortPages(size=2), quirks.OpaqueLink()],
        [quirks.PagingIgnored()],
        [quirks.NullsAmongTags()],
        [quirks.DigestsAmongTags()],
        [quirks.ShortPages(size=2), quirks.NullsAmongTags(), quirks.DigestsAmongTags()],
        [quirks.ContentTypeParameters()],
    ],
    ids=repr,
)
async def test_every_tag_is_found(chosen: list[Quirk]):
    registry = filled(*chosen)
    with registry.serve():
        names, warnings = await tags_of(registry)
        assert [quirk for quirk in chosen if not registry.fired(type(quirk))] == []
    assert names == TAGS
    assert warnings == ()


async def test_opaque_page_is_asked_for_to_the_letter():
    registry = filled(quirks.OpaqueLink(), page_size=3)
    with registry.serve():
        names, _ = await tags_of(registry)
    assert names == TAGS
    pages = [one.query for one in registry.asked("tags")]
    assert pages[0] == "n=1000"
    assert all(page.startswith("next_page=") for page in pages[1:])


async def test_link_is_followed_in_the_registrys_own_order():
    """GHCR lists the oldest first: the last page may hold names that come before the page before."""
    registry = filled(page_size=2, tag_order="pushed", tags=["7", "9", "1", "8", "3"])
    with registry.serve():
        names, warnings = await tags_of(registry)
    assert names == ["1", "3", "7", "8", "9"]
    assert warnings == ()


@pytest.mark.parametrize(
    "text",
    [
        "<{page}&x=%2F%25%2b+;,'()*!~>; rel=next",
        '<{page}>;rel="next"',
        '<{page}> ; REL = "prev NEXT"',
        '</v2/x>; rel="first", <{page}>; rel="next"',
        '</v2/x>; rel="prev"; title="; rel=next", <{page}>; rel="next"',
        '<{page}>; title="a \\"quoted\\", one"; rel="next"',
        '{page}; rel="next"',
        'Link: <{page}>; rel="next"'.removeprefix("Link: "),
    ],
)
async def test_link_in_any_form_is_followed(text: str):
    registry = filled(Link(text=text), page_size=4)
    with registry.serve():
        names, warnings = await tags_of(registry)
    assert (names, warnings) == (TAGS, ())


@pytest.mark.parametrize("text", ["", "<{page}>", "<{page}>; rel=last", '<{page}>; title="next"', "<>;;,,=", '"'])
async def test_link_that_names_no_next_page_ends_the_list(text: str):
    registry = filled(Link(text=text), page_size=4)
    with registry.serve():
        names, _ = await tags_of(registry)
    assert names == TAGS[:4]


@pytest.mark.parametrize(
    "elsewhere",
    [
        "http://169.254.169.254/v2/",
        "https://{netloc}/v2/",
        "http://user@{netloc}/v2/",
        "http://{netloc}.evil.example/v2/",
        "//evil.example/v2/",
        "file:///etc/passwd",
        "http://[::1",
        "http://{netloc}:80/v2/",
    ],
)
async def test_next_page_elsewhere_is_refused_and_the_pages_so_far_are_kept(elsewhere: str):
    registry = filled(page_size=3)
    with registry.serve() as address:
        registry.add(Link(text=f"<{elsewhere.replace('{netloc}', address.netloc)}>; rel=next"))
        names, warnings = await tags_of(registry)
    assert names == TAGS[:3]
    assert any("another host" in warning for warning in warnings) or elsewhere == "http://[::1"
    assert len(registry.requests) == 1


async def test_link_elsewhere_gets_no_credentials():
    attacker = RecordingServer(body=b'{"name": "x", "tags": ["evil"]}')
    with attacker.serve() as elsewhere:
        registry = filled(page_size=3, auth=BasicAuth({USER: PASSWORD}))
        registry.add(quirks.LinkElsewhere(elsewhere.url))
        with registry.serve() as address:
            listed = with_password(address, auth_hosts=[elsewhere.netloc])
            async with asking(listed) as gateway:
                found = await gateway.search_tags(f"{address.netloc}/{REPOSITORY}")
    assert [tag.name for tag in found.tags] == TAGS[2::-1]
    assert attacker.requests == []


async def test_path_that_looks_like_a_host_stays_a_path():
    """``http://registry//evil.example/`` is a page of the registry's own; joined to it, it would not be."""
    registry = filled(page_size=3)
    with registry.serve() as address:
        registry.add(Link(text=f"<{address.url}//evil.example/v2/>; rel=next"))
        async with asking(entry(address)) as gateway:
            with refused("not_found"):
                await gateway.search_tags(f"{address.netloc}/{REPOSITORY}")
    assert registry.requests[1].path == "//evil.example/v2/"


@pytest.mark.parametrize(
    "cursor", ["", "v2/", "@evil.example/", ".evil.example/", ":80/", "https://evil.example/"]
)
async def test_cursor_that_leads_elsewhere_is_refused(cursor: str):
    with serving() as registry:
        async with bench() as made:
            with pytest.raises(InvalidArgumentError):
                await made.distribution(registry.address).tags(REPOSITORY, cursor=cursor)
        assert registry.requests == []


async def test_list_that_leads_back_to_itself_ends_and_says_so():
    registry = filled(quirks.LoopingLink())
    with registry.serve():
        names, warnings = await tags_of(registry)
    assert names == TAGS
    assert any("circle" in warning for warning in warnings)
    assert len(registry.requests) <= 3


@pytest.mark.slow
async def test_list_without_end_ends_when_there_is_enough_of_it():
    registry = filled(quirks.EndlessTags())
    with registry.serve() as address:
        async with asking(entry(address)) as gateway:
            found = await gateway.search_tags(f"{address.netloc}/{REPOSITORY}", tag_pattern="endless-*", limit=10)
    assert found.total == 500_000
    assert any("only the first" in warning for warning in found.warnings)
    assert len(registry.requests) == 500


async def test_list_without_end_keeps_to_the_deadline():
    registry = filled(quirks.EndlessTags())
    with registry.serve() as address:
        async with asking(entry(address), timeout=0.5) as gateway:
            with refused("timeout"):
                await gateway.search_tags(f"{address.netloc}/{REPOSITORY}")


async def test_page_that_fails_leaves_no_half_list():
    registry = filled(quirks.ShortPages(size=2), quirks.Answer(403, path="last="))
    with registry.serve() as address:
        async with asking(entry(address)) as gateway:
            with refused("forbidden"):
                await gateway.search_tags(f"{address.netloc}/{REPOSITORY}")


@pytest.mark.parametrize("total", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
@pytest.mark.parametrize("quirk", [quirks.NoLink(), quirks.LastTagStartsOver(), quirks.PagingIgnored()], ids=repr)
async def test_cut_list_without_a_link_is_read_to_its_end(quirk: Quirk, total: int):
    """go-containerregistry's registry cuts its lists so, and begins anew after the last tag."""
    tags = [f"{number:02}" for number in range(total)]
    registry = filled(quirk, tags=tags)
    with registry.serve() as address:
        async with bench() as made:
            found: list[str] = []
            cursor: str | None = None
            pages = 0
            while cursor is not None or not pages:
                page = await made.distribution(address).tags(REPOSITORY, 3, cursor)
                assert page.problem is None
                assert page.next is None or page.next != cursor
                found += page.names
                cursor, pages = page.next, pages + 1
    assert found == tags
    assert pages <= total // 3 + 2


async def test_list_that_is_the_same_whatever_is_asked_for_is_read_once():
    """docker-registry 2.8 knows no pages and no order: here it happens to hold as many as were asked for."""
    registry = filled(quirks.PagingIgnored(), tags=["9", "3", "1"], tag_order="pushed")
    with registry.serve() as address:
        async with bench() as made:
            distribution = made.distribution(address)
            first = await distribution.tags(REPOSITORY, 3)
            second = await distribution.tags(REPOSITORY, 3, first.next)
    assert first.names == ("9", "3", "1")
    assert (second.names, second.next, second.problem) == ((), None, None)


@pytest.mark.parametrize("chosen", [[quirks.NullTags()], []], ids=["null", "[]"])
async def test_repository_without_tags_has_none(chosen: list[Quirk]):
    registry = filled(*chosen, tags=[])
    with registry.serve():
        assert await tags_of(registry) == ([], ())


async def test_repository_that_lost_its_last_tag_is_not_found():
    """distribution 3 says so; the difference cannot be told."""
    registry = filled(quirks.NoTagsIsUnknown(), tags=[])
    with registry.serve() as address:
        async with asking(entry(address)) as gateway:
            with refused("not_found", REPOSITORY):
                await gateway.search_tags(f"{address.netloc}/{REPOSITORY}")


@pytest.mark.parametrize(
    "body",
    [
        b"<html></html>",
        b"[]",
        b"null",
        b"{}",
        b'{"errors": []}',
        b'{"name": "x", "tags": "1"}',
        b'{"name": "x", "tags": {"1": 1}}',
        b'{"name": "x", "tags": 7}',
        b'{"tags": ["1"',
        b"",
    ],
)
async def test_what_is_no_tag_list_is_never_told_as_empty(body: bytes):
    registry = filled(quirks.Answer(200, body=body))
    with registry.serve() as address:
        async with asking(entry(address)) as gateway:
            with refused("upstream_error", "tag list"):
                await gateway.search_tags(f"{address.netloc}/{REPOSITORY}")


async def test_odd_names_among_tags_are_left_out():
    body = b'{"name": "x", "tags": ["1", "a/b", "", null, 7, true, ["2"], "\\ud800", "x y", "../z", "-a", "3"]}'
    registry = filled(quirks.Answer(200, body=body))
    with registry.serve():
        assert await tags_of(registry) == (["1", "3"], ())


@pytest.mark.parametrize(("page_size", "query"), [(None, ""), (100, "n=100")])
async def test_pages_are_as_large_as_was_asked_for(page_size: int | None, query: str):
    with serving() as registry:
        async with bench() as made:
            await made.distribution(registry.address).tags(REPOSITORY, page_size)
        assert registry.requests[0].query == query
