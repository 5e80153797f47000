"""A namespace's repositories, and one in full."""

from __future__ import annotations

import pytest
from tests.doubles.quay import (
    GUEST_TOKEN,
    OAUTH_TOKEN,
    ROBOT,
    HtmlInsteadOfJson,
    MalformedRow,
    Outage,
    QuayDouble,
    TooManyRequests,
)
from tests.plugins.quay_backend import backend

from portcall.errors import (
    HiddenError,
    InvalidArgumentError,
    InvalidReferenceError,
    NotFoundError,
    RateLimitedError,
    UnavailableError,
    UpstreamError,
)
from portcall.testing import quirks

pytestmark = pytest.mark.anyio

HOSTILE = ["..", ".", "", "a/b", "a%2Fb", "a\\b", "a?public=false", "a#b", "a b", "a\x00", "ü", "x" * 300]

# A namespace's


async def test_a_namespace_lists_what_is_public_with_its_dates():
    async with backend() as quay:
        page = await quay.list_repositories("prometheus", limit=25)
    assert [(each.name, each.last_updated) for each in page.repositories] == [
        ("quay.io/prometheus/busybox", "2024-02-09T00:00:00Z"),
        ("quay.io/prometheus/node-exporter", "2023-09-22T00:00:00Z"),
    ]
    assert page.next is None


async def test_members_see_private_repositories_too():
    async with backend(token=OAUTH_TOKEN) as quay:
        page = await quay.list_repositories("prometheus", limit=25)
    assert [each.is_private for each in page.repositories] == [False, False, True]


async def test_a_hundred_come_at_a_time_and_the_cursor_leads_to_the_rest():
    async with backend() as quay:
        first = await quay.list_repositories("bulk", limit=25)
        rest = await quay.list_repositories("bulk", limit=25, cursor=first.next)
    assert (len(first.repositories), len(rest.repositories), rest.next) == (100, 30, None)
    assert len({each.name for page in (first, rest) for each in page.repositories}) == 130


async def test_a_list_that_goes_round_in_a_circle_ends():
    body = b'{"repositories": [], "next_page": "again"}'
    async with backend(QuayDouble(quirks=[quirks.Answer(200, body=body, path="/api/")])) as quay:
        page = await quay.list_repositories("bulk", limit=25, cursor="again")
    assert page.next is None
    assert "circle" in page.warnings[0]


@pytest.mark.parametrize("cursor", ["\ud800", "é", "a\nb"], ids=repr)
async def test_what_cannot_be_where_a_list_goes_on_is_never_sent(cursor: str):
    double = QuayDouble()
    async with backend(double) as quay:
        with pytest.raises(InvalidArgumentError, match="cursor"):
            await quay.list_repositories("bulk", limit=25, cursor=cursor)
    assert double.requests == []


async def test_a_namespace_that_nobody_has_is_not_found():
    async with backend() as quay:
        with pytest.raises(NotFoundError, match="no user or organisation nobody"):
            await quay.list_repositories("nobody", limit=25)


@pytest.mark.parametrize("namespace", ["grace", "adalbert"])
async def test_a_namespace_with_nothing_to_show_is_empty(namespace: str):
    async with backend() as quay:
        page = await quay.list_repositories(namespace, limit=25)
    assert page.repositories == ()


@pytest.mark.parametrize("namespace", HOSTILE)
async def test_what_is_no_namespace_is_never_sent(namespace: str):
    double = QuayDouble()
    async with backend(double) as quay:
        with pytest.raises(InvalidArgumentError):
            await quay.list_repositories(namespace, limit=25)
    assert double.requests == []


async def test_an_outage_is_no_missing_namespace():
    async with backend(QuayDouble(quirks=[Outage(path="/organization/", retry_after=900)])) as quay:
        with pytest.raises(UnavailableError):
            await quay.list_repositories("nobody", limit=25)


async def test_a_row_that_makes_no_sense_costs_itself_alone():
    async with backend(QuayDouble(quirks=[MalformedRow(at=1)])) as quay:
        page = await quay.list_repositories("prometheus", limit=25)
    assert [each.name for each in page.repositories] == ["quay.io/prometheus/busybox"]
    assert page.warnings == ("1 row of the answer made no sense, and is left out",)


# One in full


async def test_the_description_is_the_readmes_first_paragraph():
    async with backend() as quay:
        told = await quay.get_repository("prometheus/busybox")
    assert (told.description, told.readme) == ("Prometheus' base image", None)
    assert (told.is_private, told.last_updated) == (False, "2024-02-09T00:00:00Z")


async def test_the_readme_comes_whole_where_it_is_wanted():
    async with backend() as quay:
        told = await quay.get_repository("prometheus/busybox", readme=True)
    assert told.readme == "# Busybox\n\nPrometheus' base image"


async def test_one_repository_costs_two_requests_side_by_side():
    double = QuayDouble()
    async with backend(double) as quay:
        await quay.get_repository("prometheus/busybox")
    assert sorted(asked.operation for asked in double.requests) == ["getRepo", "listRepoTags"]


async def test_what_nobody_described_and_nobody_pushed_to_tells_neither():
    async with backend() as quay:
        told = await quay.get_repository("projectquay/clair/db", readme=True)
    assert told.name == "quay.io/projectquay/clair/db"
    assert (told.description, told.readme, told.last_updated) == (None, "", None)


async def test_where_the_tags_cannot_be_had_only_the_date_is_missing():
    async with backend(QuayDouble(quirks=[quirks.Answer(500, path="/tag/", retry_after=900)])) as quay:
        told = await quay.get_repository("prometheus/busybox")
    assert (told.description, told.last_updated) == ("Prometheus' base image", None)


@pytest.mark.parametrize("repository", ["prometheus/internal", "prometheus/never-was"])
async def test_missing_and_private_are_the_same_to_strangers(repository: str):
    async with backend() as quay:
        with pytest.raises(HiddenError, match="or no access to it is granted") as hidden:
            await quay.get_repository(repository)
    assert "QUAY_TOKEN" in hidden.value.hint


@pytest.mark.parametrize("repository", ["prometheus/internal", "prometheus/never-was"])
async def test_missing_and_private_are_the_same_to_those_who_may_not_read(repository: str):
    async with backend(token=GUEST_TOKEN) as quay:
        with pytest.raises(HiddenError, match="or no access to it is granted") as hidden:
            await quay.get_repository(repository)
    assert "The credentials from the configuration do not open it" in hidden.value.hint


async def test_a_token_that_is_nobodys_is_named_where_it_matters():
    async with backend(token="nobodys") as quay:
        assert (await quay.get_repository("ada/tools")).is_private is False
        with pytest.raises(HiddenError) as hidden:
            await quay.get_repository("prometheus/internal")
    assert "are not accepted; they may have expired" in hidden.value.hint
    assert "nobodys" not in hidden.value.hint


async def test_a_token_opens_what_is_private():
    async with backend(token=OAUTH_TOKEN) as quay:
        told = await quay.get_repository("prometheus/internal")
    assert (told.is_private, told.description) == (True, "For members")


async def test_what_only_a_robot_may_read_is_told_by_the_registry_and_a_robot_is_not_shown_to_the_api():
    double = QuayDouble()
    login = {"username": ROBOT[0], "password_env": "ROBOT"}
    async with backend(double, environ={"ROBOT": ROBOT[1]}, **login) as quay:
        told = await quay.get_repository("prometheus/internal", readme=True)
    assert (told.name, told.reference) == ("quay.io/prometheus/internal", "quay.io/prometheus/internal")
    assert (told.description, told.is_private, told.readme) == (None, None, None)
    (warning,) = told.warnings
    assert warning.startswith("that it is there is all that is told: Its API takes OAuth application tokens alone")
    by_api = [asked for asked in double.requests if asked.path.startswith("/api/")]
    assert by_api
    assert not any("authorization" in asked.headers for asked in by_api)


async def test_what_neither_api_nor_registry_shows_is_hidden():
    login = {"username": ROBOT[0], "password_env": "ROBOT"}
    async with backend(environ={"ROBOT": ROBOT[1]}, **login) as quay:
        with pytest.raises(HiddenError, match="or no access to it is granted") as hidden:
            await quay.get_repository("ada/secret")
    assert hidden.value.hint.startswith("Check the name. Its API takes OAuth application tokens alone")


async def test_a_registry_that_is_down_does_not_make_a_robots_repository_missing():
    login = {"username": ROBOT[0], "password_env": "ROBOT"}
    async with backend(
        QuayDouble(quirks=[Outage(path="/v2/", retry_after=900)]), environ={"ROBOT": ROBOT[1]}, **login
    ) as quay:
        with pytest.raises(UnavailableError):
            await quay.get_repository("prometheus/internal")


async def test_strangers_are_not_told_twice():
    double = QuayDouble()
    async with backend(double) as quay:
        with pytest.raises(HiddenError):
            await quay.get_repository("prometheus/internal")
    assert {asked.operation for asked in double.requests} == {"getRepo", "listRepoTags"}


@pytest.mark.parametrize("part", HOSTILE)
@pytest.mark.parametrize("place", ["{}/app", "prometheus/{}"])
async def test_what_is_no_repository_is_never_sent(part: str, place: str):
    double = QuayDouble()
    if part != "a/b":
        async with backend(double) as quay:
            with pytest.raises(InvalidReferenceError):
                await quay.get_repository(place.format(part))
            with pytest.raises(InvalidReferenceError):
                await quay.list_tags(place.format(part))
    assert double.requests == []


async def test_a_repository_has_a_namespace():
    async with backend() as quay:
        with pytest.raises(InvalidReferenceError, match="without its namespace"):
            await quay.get_repository("busybox")


async def test_an_answer_about_another_repository_is_none():
    body = b'{"namespace": "prometheus", "name": "other", "is_public": true}'
    async with backend(QuayDouble(quirks=[quirks.Answer(200, body=body, path="/api/")])) as quay:
        with pytest.raises(UpstreamError, match="about something else"):
            await quay.get_repository("prometheus/busybox")


@pytest.mark.parametrize(
    ("quirk", "error"),
    [
        (TooManyRequests(), RateLimitedError),
        (Outage(retry_after=900), UnavailableError),
        (HtmlInsteadOfJson(), UnavailableError),
    ],
)
async def test_an_outage_is_never_an_absence(quirk: quirks.Quirk, error: type[Exception]):
    async with backend(QuayDouble(quirks=[quirk])) as quay:
        with pytest.raises(error):
            await quay.get_repository("prometheus/busybox")
