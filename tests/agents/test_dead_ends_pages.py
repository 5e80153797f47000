"""Every list that stops says how it goes on, in its text as in its structure; and nothing is lost on the way.

The agent here reads the text alone: some hosts show their models nothing else.
"""

from __future__ import annotations

import random
import re
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from tests.agents.agent import connected
from tests.doubles.dockerhub import DockerHubDouble, HubTag, Organisation, Repository
from tests.doubles.quay import Accounts, Catalogue, Feature, QuayDouble, Scan, Vulnerability
from tests.doubles.quay.content import BEGINNING

from portcall.render.budget import BUDGET
from portcall.settings import Settings
from portcall.testing import FakeRegistry, image, index, layer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.agents.agent import Agent, Answer

pytestmark = pytest.mark.anyio

_MORE = re.compile(r"more: the same with cursor `([^`]+)`")
#: As many as one page of the doubles holds for somebody without an account, and in JSON more than the budget.
_REPOSITORIES = 70
_TAGS = 240
#: Tags of one image: no more than a registry tells with their digests.
_ALIASES = 95
_FILES = 140
_FINDINGS = 120
_LINES = 600


@dataclass(frozen=True)
class Listing:
    """A tool that tells a list, a page at a time.

    Attributes:
        tool: Its name.
        arguments: What it is asked.
        rows: The field that holds the rows.
        key: What tells one row from another.
        all: How many there are.
    """

    tool: str
    arguments: dict[str, Any]
    rows: str
    key: tuple[str, ...]
    all: int = field(kw_only=True)


LISTINGS = [
    Listing("search_tags", {"image_name": "long/list"}, "tags", ("name",), all=_TAGS),
    Listing("search_tags", {"image_name": "one/image:0"}, "tags", ("name",), all=_ALIASES),
    Listing("search_images", {"query": "thing"}, "images", ("name",), all=_REPOSITORIES),
    Listing("search_images", {"query": "thing", "registry": "docker.io,quay.io"}, "images", ("name",),
            all=_REPOSITORIES),
    Listing("list_repositories", {"namespace": "many"}, "repositories", ("name",), all=_REPOSITORIES),
    Listing("list_files", {"image_name": "registry.example/files", "path": "/data"}, "files", ("path",),
            all=_FILES),
    Listing("get_vulnerabilities", {"image_name": "quay.io/acme/tool"}, "vulnerabilities", ("id",), all=_FINDINGS),
]  # fmt: skip


def _long(name: str) -> str:
    return f"{name}, {'of which there is a lot to tell, ' * 6}and no end"


def _docker_hub() -> DockerHubDouble:
    # Whoever follows every cursor asks more often than Docker Hub lets anybody in a minute.
    hub = DockerHubDouble(default=False, api_limit=10_000)
    hub.add(Organisation(name="many", full_name="Many Things"))
    built, moment = image([layer({"a": "b"})]), "2025-01-12T09:00:00.000000Z"
    for number in range(_REPOSITORIES):
        tag = HubTag(name="latest", built=built, pushed=moment)
        path = f"many/thing-{number:03}"
        hub.add(Repository(path=path, description=_long(path), badge="none", tags={"latest": tag}))
    tags = [f"1.{number // 20}.{number % 20}" for number in range(_TAGS)]
    aliases = [str(number) if number == 0 else f"{number}-{'long-name' * 12}" for number in range(_ALIASES)]
    for path, names in (("long/list", tags), ("one/image", aliases)):
        told = {name: HubTag(name=name, built=built, pushed=moment) for name in names}
        hub.add(Repository(path=path, tags=told))
    return hub


def _quay() -> QuayDouble:
    catalogue = Catalogue()
    catalogue.organization("acme")
    catalogue.repository("acme/tool")
    built = index({"linux/amd64": image([layer({"a": "b"})])})
    catalogue.push("acme/tool", built, ["latest"], at=BEGINNING)
    found = tuple(
        Vulnerability(name=f"CVE-2024-{number:04}", severity="High", description=_long("It reads too far"))
        for number in range(_FINDINGS)
    )
    for child in built.children:
        report = Scan("scanned", (Feature(name="libc", version="1.0", vulnerabilities=found),))
        catalogue.scan(child.digest, report)
    return QuayDouble(catalogue, accounts=Accounts())


def _files() -> FakeRegistry:
    registry = FakeRegistry()
    words = random.Random(7).randbytes(3000).hex()
    content: dict[str, Any] = {f"data/{number:03}-{words[number : number + 60]}": "x" for number in range(_FILES)}
    content["etc/long.txt"] = "".join(
        f"line {number}: {words[number : number + 80]}\n" for number in range(_LINES)
    )
    content["etc/long.bin"] = random.Random(8).randbytes(40_000)
    step = "RUN " + " && \\\n    ".join(f"echo {words[number : number + 250]}" for number in range(90))
    registry.push("files", image([layer(content, command=step)]), tags=["latest"])
    return registry


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    """The configuration of a server whose registries hold more than fits into an answer."""
    with ExitStack() as stack:
        hub = stack.enter_context(_docker_hub().serve())
        quay, files = (stack.enter_context(one.serve()).url for one in (_quay(), _files()))
        registries = {
            "docker.io": {**hub.settings, "api": hub.api},
            "quay.io": {"endpoint": quay, "api": quay},
            "registry.example": {"endpoint": files},
        }
        yield Settings.model_validate({"registries": registries, "network": {"proxy": "none"}})


@pytest.fixture
async def agent(settings: Settings) -> AsyncIterator[Agent]:
    """An agent before those registries."""
    async with connected(settings) as one:
        yield one


def goes_on(answer: Answer) -> str | None:
    """Return the cursor as the text tells it, which is the structure's."""
    told = _MORE.findall(answer.text)
    assert told == [cursor for cursor in [answer.structured.get("next_cursor")] if cursor]
    return told[0] if told else None


async def followed(agent: Agent, listing: Listing, **more: Any) -> list[list[tuple[str, ...]]]:
    """Follow the cursors to the end; return the rows of each page."""
    pages: list[list[tuple[str, ...]]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = await agent.call(listing.tool, **listing.arguments, **more, cursor=cursor)
        assert not answer.is_error, answer.text
        rows = answer.structured[listing.rows]
        assert rows, "a page without rows leads nowhere"
        assert len(answer.text) <= BUDGET
        pages.append([tuple(str(row[name]) for name in listing.key) for row in rows])
        cursor = goes_on(answer)
    return pages


def whole(listing: Listing, pages: list[list[tuple[str, ...]]]) -> bool:
    """Tell whether the pages hold every row once."""
    rows = [row for page in pages for row in page]
    return len(rows) == len(set(rows)) == listing.all


def _name(listing: Listing) -> str:
    return f"{listing.tool} {' '.join(listing.arguments.values())}"


@pytest.mark.parametrize("listing", LISTINGS, ids=_name)
async def test_pages_of_seven_hold_every_row_once(agent: Agent, listing: Listing):
    pages = await followed(agent, listing, limit=7)
    assert whole(listing, pages)
    assert {len(page) for page in pages[:-1]} == {7}


@pytest.mark.parametrize("listing", LISTINGS, ids=_name)
async def test_what_is_cut_to_stay_readable_goes_on_with_the_first_row_left_out(agent: Agent, listing: Listing):
    pages = await followed(agent, listing, limit=1000)
    assert whole(listing, pages)
    assert len(pages) > 1, "it fits: nothing was cut"
    assert "next_cursor goes on with the next" in agent.answers[0].text


@pytest.mark.parametrize("listing", LISTINGS, ids=_name)
async def test_one_row_at_a_time_goes_on_where_it_stopped(agent: Agent, listing: Listing):
    """Not to the end, which is one call for each row; the slow test below goes there."""
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None and len(seen) < 12:
        answer = await agent.call(listing.tool, **listing.arguments, limit=1, cursor=cursor)
        (row,) = answer.structured[listing.rows]
        seen.append(str(row[listing.key[0]]))
        cursor = goes_on(answer)
    at_once = await agent.call(listing.tool, **listing.arguments, limit=12)
    assert seen == [str(row[listing.key[0]]) for row in at_once.structured[listing.rows]]


@pytest.mark.slow
@pytest.mark.parametrize("listing", LISTINGS, ids=_name)
async def test_one_row_at_a_time_leads_to_the_end(agent: Agent, listing: Listing):
    pages = await followed(agent, listing, limit=1)
    assert whole(listing, pages)
    assert {len(page) for page in pages} == {1}


async def test_the_last_of_few_rows_ends_a_list_of_single_ones(agent: Agent):
    arguments = {"image_name": "long/list", "tag_pattern": "version:1.2"}
    listing = Listing("search_tags", arguments, "tags", ("name",), all=20)
    assert whole(listing, await followed(agent, listing, limit=1))


@pytest.mark.parametrize("path", ["/etc/long.txt", "/etc/long.bin"])
@pytest.mark.parametrize("size", [12_288, 1_048_576], ids=["in parts", "cut to stay readable"])
async def test_a_long_file_is_read_part_by_part(agent: Agent, path: str, size: int):
    offset: int | None = 0
    read = 0
    while offset is not None:
        part = await agent.call(
            "read_file", image_name="registry.example/files", path=path, offset=offset, max_bytes=size
        )
        assert part.structured["offset"] == offset == read
        told = re.findall(r"more: the same with offset (\d+)", part.text)
        offset = part.structured["next_offset"]
        assert told == ([str(offset)] if offset is not None else [])
        read = offset if offset is not None else part.structured["size"]
    assert len(agent.answers) > 2


async def test_a_long_dockerfile_says_what_reads_the_rest(agent: Agent):
    answer = await agent.call("get_dockerfile", image_name="registry.example/files")
    assert answer.says(r"cut to its first ([\d,]+) of") != ""
    tool = answer.says(r"lines to stay readable; (\w+) reads the whole, given the image as image_name")
    review = await agent.call(tool, image_name="registry.example/files")
    assert not review.is_error


async def test_a_long_readme_says_where_the_whole_is(settings: Settings):
    hub = _docker_hub()
    readme = "".join(f"Line {number} of what there is to read.\n" for number in range(1, 900))
    hub.add(Repository(path="many/words", full_description=readme))
    with hub.serve() as address:
        known = settings.model_dump(mode="json")["registries"] | {
            "docker.io": {**address.settings, "api": address.api}
        }
        async with connected(
            Settings.model_validate({"registries": known, "network": {"proxy": "none"}})
        ) as agent:
            answer = await agent.call("get_repository", image_name="many/words", readme=True)
    assert "Line 400 of" in answer.text
    assert answer.says(r"cut to its first \d+ of 900 lines to stay readable; the page at (\w+) has the whole")
    assert answer.structured["web_url"] in answer.text


@pytest.mark.parametrize(
    ("tool", "arguments"), [("search_users", {"query": "many"}), ("search_images", {"query": "thing"})]
)
async def test_a_list_that_stops_at_its_limit_says_so(agent: Agent, tool: str, arguments: dict[str, Any]):
    answer = await agent.call(tool, **arguments, limit=1)
    assert answer.says("more: the same with cursor|there may be more: ask with a higher limit")


async def test_more_than_fifty_references_say_that_the_others_are_for_another_call(agent: Agent):
    answer = await agent.call("check_images", content="".join(f"FROM long/list:1.{n}.0\n" for n in range(60)))
    assert answer.says(
        "only the first 50 of 60 references were checked; name the others as images in another call"
    )
