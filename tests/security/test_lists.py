"""Lists: no page leads away from the registry, and none goes on for ever."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace

import pytest
from tests.core.http.asking import AMD64, PASSWORD, REPOSITORY, USER, asking, entry, with_password
from tests.core.images.dockerfile.statements import provenance
from tests.security.advisory import advisory
from tests.security.internet import Internet
from tests.security.watch import Watch

from portcall.cursor import make_cursor
from portcall.digest import digest_of
from portcall.testing import (
    BasicAuth,
    BearerAuth,
    Child,
    FakeRegistry,
    RecordingServer,
    Reply,
    Request,
    encode,
    image,
    index,
    layer,
    quirks,
)
from portcall.testing.quirks import Context

pytestmark = pytest.mark.anyio

LINK_ELSEWHERE = ("CVE-2026-85732", "google/go-containerregistry#2332")
ENDLESS = ("GHSA-298f-872v-2rcx", "CVE-2023-46737")
HOME = "registry.example"


@dataclass(frozen=True)
class Link(quirks.Quirk):
    """The first page's Link is any text."""

    text: str = ""

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        return reply.with_headers({"Link": self.text}) if request.kind == "tags" else reply


def filled(*chosen: quirks.Quirk, auth: str = "basic") -> FakeRegistry:
    guard = BasicAuth({USER: PASSWORD}) if auth == "basic" else BearerAuth({USER: PASSWORD}, public=[])
    registry = FakeRegistry(auth=guard, quirks=chosen)
    registry.push(REPOSITORY, AMD64, tags=["1", "2"])
    return registry


@advisory(*LINK_ELSEWHERE)
@pytest.mark.parametrize("auth", ["basic", "bearer"])
@pytest.mark.parametrize(
    "text",
    [
        "<http://attacker.example:{port}/v2/x/tags/list>; rel=next",
        "<http://ATTACKER.example:{port}/v2/x/tags/list>; rel=next",
        "<//attacker.example:{port}/v2/x/tags/list>; rel=next",
        "<http://registry.example:{port}/v2/x/tags/list>; rel=next",
        "<http://registry.example.attacker.example:{port}/>; rel=next",
        "<http://registry.example:{home}@attacker.example:{port}/>; rel=next",
        "<http://registry.example:{home}\\@attacker.example:{port}/>; rel=next",
        "<http://attacker.example:{port}\\@registry.example:{home}/>; rel=next",
        "<http:\\\\attacker.example:{port}/>; rel=next",
        "<\\\\attacker.example:{port}/>; rel=next",
        "</\\attacker.example:{port}/>; rel=next",
        "<https://registry.example:{home}/v2/x/tags/list>; rel=next",
        "<file:///etc/passwd>; rel=next",
        "http://attacker.example:{port}/v2/x/tags/list; rel=next",
        '</v2/first>; rel="first", <http://attacker.example:{port}/v2/x/tags/list>; rel="next"',
        '<http://attacker.example:{port}/v2/x/tags/list>; title="a, b"; rel="prev next"',
    ],
)
async def test_next_page_elsewhere_is_not_asked_for(
    internet: Internet, watch: Watch, attacker: RecordingServer, text: str, auth: str
):
    """The pages so far are kept, and said not to be all, but where the text stays a path of the registry's own."""
    registry = filled(auth=auth)
    watch.over(registry)
    with registry.serve() as served:
        home = internet.host(HOME, served)
        for name in ("attacker.example", "registry.example.attacker.example"):
            internet.host(name, attacker.address)
        registry.add(
            Link(text=text.replace("{port}", str(attacker.address.port)).replace("{home}", str(home.port)))
        )
        async with asking(with_password(home)) as gateway:
            outcome = await watch.ask(gateway, "search_tags", image_name=f"{home.netloc}/{REPOSITORY}")
    assert attacker.requests == []
    assert {port for _, port in internet.reached} == {home.port}
    if outcome.code == "ok":
        assert {tag.name for tag in outcome.answer.tags} == {"1", "2"}
        assert outcome.answer.warnings != ()
    else:
        assert outcome.code in {"not_found", "upstream_error", "blocked"}


@advisory(*LINK_ELSEWHERE)
@pytest.mark.parametrize(
    "position",
    ["http://attacker.example:{port}/", "//attacker.example:{port}/", "@attacker.example:{port}/", "/v2/../../x"],
)
async def test_forged_cursor_leads_nowhere(
    internet: Internet, watch: Watch, attacker: RecordingServer, position: str
):
    """A cursor comes from the model: it names a row to go on at, never an address."""
    registry = filled()
    watch.over(registry)
    with registry.serve() as served:
        home = internet.host(HOME, served)
        internet.host("attacker.example", attacker.address)
        name = f"{home.netloc}/{REPOSITORY}"
        written = position.replace("{port}", str(attacker.address.port))
        forged = make_cursor([written, None], ("search_tags", name, "", "version"))
        async with asking(with_password(home)) as gateway:
            outcome = await watch.ask(gateway, "search_tags", image_name=name, cursor=forged)
    assert outcome.code == "ok"
    assert attacker.requests == []
    assert {one.path for one in registry.requests} <= {"/v2/", f"/v2/{REPOSITORY}/tags/list"}


@advisory(*ENDLESS)
@pytest.mark.parametrize(
    "chosen",
    [
        (quirks.LoopingLink(),),
        (Link(text=f"</v2/{REPOSITORY}/tags/list?page=1>; rel=next"),),
        (Link(text='<>; rel="next"'),),
        (Link(text='<#>; rel="next"'),),
        (Link(text='<.>; rel="next"'),),
    ],
    ids=repr,
)
async def test_list_that_leads_back_to_itself_ends(watch: Watch, chosen: tuple[quirks.Quirk, ...]):
    registry = filled(*chosen)
    with registry.serve() as address:
        async with asking(with_password(address), timeout=8) as gateway:
            outcome = await watch.ask(gateway, "search_tags", image_name=f"{address.netloc}/{REPOSITORY}")
    assert outcome.code in {"ok", "not_found"}
    assert outcome.code == "not_found" or any("circle" in warning for warning in outcome.answer.warnings)
    assert len(registry.requests) <= 6


@dataclass(frozen=True)
class EverAnotherPage(quirks.Quirk):
    """Each page is empty, or holds the same tag, and leads to one that was never seen."""

    tags: tuple[str, ...] = ()

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        if request.kind != "tags":
            return reply
        page = int(request.parameter("page") or 0) + 1
        link = f'<{request.path}?page={page}>; rel="next"'
        body = json.dumps({"name": REPOSITORY, "tags": self.tags}).encode()
        return Reply(headers={"Link": link, "Content-Type": "application/json"}, body=body)


@advisory(*ENDLESS)
@pytest.mark.parametrize("tags", [(), ("1",)], ids=["empty pages", "the same tag"])
async def test_pages_without_end_that_hold_nothing_new_end_too(watch: Watch, tags: tuple[str, ...]):
    registry = filled(EverAnotherPage(tags=tags))
    with registry.serve() as address:
        async with asking(with_password(address), timeout=60) as gateway:
            outcome = await watch.ask(gateway, "search_tags", image_name=f"{address.netloc}/{REPOSITORY}")
    assert outcome.code == "ok"
    assert any("first 2,000 pages" in warning for warning in outcome.answer.warnings)
    assert registry.count("tags", status=200) == 2000


@advisory(*ENDLESS)
@pytest.mark.parametrize("tool", ["search_tags", "check_images", "get_image_details"])
async def test_list_without_end_keeps_to_the_deadline(watch: Watch, tool: str):
    registry = filled(quirks.EndlessTags(), quirks.Latency(0.02))
    with registry.serve() as address:
        image_name = f"{address.netloc}/{REPOSITORY}:no-such-tag"
        about = (
            {"images": [image_name]} if tool == "check_images" else {"image_name": image_name.partition(":no")[0]}
        )
        if tool == "get_image_details":
            about = {"image_name": image_name}
        started = time.monotonic()
        async with asking(with_password(address), timeout=1.5) as gateway:
            await watch.ask(gateway, tool, **about)
    assert time.monotonic() - started < 5


@advisory(*ENDLESS)
async def test_hundred_thousand_attached_documents_are_not_fetched(watch: Watch):
    """Tags that hold signatures and attestations are counted, and never opened."""
    registry = FakeRegistry()
    registry.push(REPOSITORY, AMD64, tags=["1"])
    attached = [f"sha256-{number:064x}.att" for number in range(100_000)]
    body = json.dumps({"name": REPOSITORY, "tags": ["1", *attached]}).encode()
    registry.add(quirks.Answer(200, body=body, path="/tags/list"))
    with registry.serve() as address:
        async with asking(entry(address)) as gateway:
            outcome = await watch.ask(gateway, "search_tags", image_name=f"{address.netloc}/{REPOSITORY}:1")
            listed = await watch.ask(gateway, "search_tags", image_name=f"{address.netloc}/{REPOSITORY}")
    assert [tag.name for tag in outcome.answer.tags] == ["1"]
    assert any("100,000 tags that hold signatures" in warning for warning in listed.answer.warnings)
    assert registry.count("manifest") <= 2
    assert registry.count("referrers") == 0


@advisory(*ENDLESS)
async def test_provenance_without_end_is_read_so_far_and_no_further(watch: Watch):
    """A hundred attestations of one image, each with as many statements, are not ten thousand requests."""
    mine = image([layer({"a": "x"}, command="COPY . /")])
    one = provenance(mine)
    (statement,) = one.document["layers"]
    many = [
        replace(
            one,
            manifest=(body := encode({**one.document, "layers": [statement] * 100, "annotations": {"n": str(n)}})),
            digest=digest_of(body),
        )
        for n in range(100)
    ]
    registry = FakeRegistry()
    registry.push(REPOSITORY, index([mine], attestations=many), tags=["1"])
    with registry.serve() as address:
        async with asking(entry(address)) as gateway:
            told = await watch.look_inside(gateway, f"{address.netloc}/{REPOSITORY}:1", "/a")
    assert {outcome.code for outcome in told.values()} == {"ok"}
    # The index, the image and four attestations; the configuration, the layer and the one statement.
    assert len({one.reference for one in registry.asked("manifest")}) <= 6
    assert len({one.reference for one in registry.asked("blob")}) <= 3


@advisory(*ENDLESS)
async def test_index_of_indexes_is_opened_so_far_and_no_further(watch: Watch):
    """Deep as well as wide: 20 by 20 by 20 indexes are not 8,420 requests."""
    leaf = image([], labels={"team": "shop"})
    level = [Child(index([leaf], annotations={"n": str(number)})) for number in range(20)]
    for depth in range(3):
        top = index(level, platforms=False, annotations={"depth": str(depth)})
        level = [
            Child(index(level, platforms=False, annotations={"depth": str(depth), "n": str(number)}))
            for number in range(20)
        ]
    registry = FakeRegistry()
    registry.push(REPOSITORY, top, tags=["1"])
    with registry.serve() as address:
        async with asking(entry(address)) as gateway:
            await watch.ask_everything(gateway, f"{address.netloc}/{REPOSITORY}:1")
    assert registry.count("manifest", method="GET") <= 60


@advisory("CVE-2023-2253")
@pytest.mark.parametrize("limit", [0, -1, 1001, 10**9, 2**64])
async def test_more_rows_than_a_thousand_are_never_asked_for(watch: Watch, limit: int):
    """A registry that makes room for as many as a client names falls over; portcall names a thousand at most."""
    registry = filled()
    with registry.serve() as address:
        async with asking(with_password(address)) as gateway:
            reference = f"{address.netloc}/{REPOSITORY}"
            refused = await watch.ask(gateway, "search_tags", image_name=reference, limit=limit)
            assert refused.code == "invalid_argument"
            await watch.ask(gateway, "search_tags", image_name=reference, limit=1000)
    asked = [int(one.parameter("n") or 0) for one in registry.asked("tags")]
    assert asked != []
    assert max(asked) <= 1000
    assert registry.count("catalog") == 0
