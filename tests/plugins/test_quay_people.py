"""Users and organisations: names and kinds, and nothing that Quay does not tell."""

from __future__ import annotations

import pytest
from tests.doubles.quay import OAUTH_TOKEN, MalformedRow, Outage, QuayDouble, TooManyRequests
from tests.plugins.quay_backend import backend

from portcall.errors import RateLimitedError, UnavailableError

pytestmark = pytest.mark.anyio


async def test_an_organisation_is_found_by_the_beginning_of_its_name():
    async with backend() as quay:
        (found,) = (await quay.search_users("prom", limit=10)).users
    assert (found.username, found.is_organization, found.registry) == ("prometheus", True, "quay.io")
    assert found.web_url is not None
    assert found.web_url.endswith("/organization/prometheus")


async def test_the_exact_name_comes_first_and_users_are_no_organisations():
    async with backend() as quay:
        found = (await quay.search_users("ada", limit=10)).users
    assert [(each.username, each.is_organization) for each in found] == [("ada", False), ("adalbert", False)]


async def test_an_organisation_that_shows_nothing_is_found_by_its_whole_name():
    double = QuayDouble()
    double.catalogue.organization("quiet")
    async with backend(double) as quay:
        (found,) = (await quay.search_users("quiet", limit=10)).users
    assert found.is_organization


async def test_who_may_be_missing_is_said():
    async with backend() as quay:
        (told,) = (await quay.search_users("nobody", limit=10)).warnings
    assert told == (
        "quay.io looks at the beginnings of names, and tells ten users and five owners of repositories at most; "
        "an organisation that shows no repository is found by its whole name alone"
    )


async def test_what_quay_does_not_tell_is_not_told():
    async with backend() as quay:
        (found,) = (await quay.search_users("prometheus", limit=10)).users
    assert (found.full_name, found.location, found.company, found.image_count) == (None, None, None, None)


async def test_robots_and_teams_are_neither():
    async with backend(token=OAUTH_TOKEN) as quay:
        found = (await quay.search_users("pro", limit=10)).users
    assert {each.username for each in found} == {"prometheus", "projectquay"}


async def test_no_more_come_than_are_wanted():
    async with backend() as quay:
        assert [each.username for each in (await quay.search_users("ad", limit=1)).users] == ["ada"]


async def test_nobody_is_an_empty_answer():
    async with backend() as quay:
        assert (await quay.search_users("nobody", limit=10)).users == ()


@pytest.mark.parametrize("query", ["..", "../repository", "a/b", "a b", "für", "a?b", "%2e%2e"])
async def test_what_no_name_may_hold_stands_in_no_path(query: str):
    double = QuayDouble()
    async with backend(double) as quay:
        assert (await quay.search_users(query, limit=10)).users == ()
    assert [asked.operation for asked in double.requests] == ["conductSearch"]


async def test_a_row_that_makes_no_sense_costs_itself_alone():
    async with backend(QuayDouble(quirks=[MalformedRow(row={"kind": "user", "name": ".."})])) as quay:
        found = (await quay.search_users("ada", limit=10)).users
    assert "adalbert" in {each.username for each in found}


LOOKUPS = ["/find/all", "/entities/", "/organization/"]


@pytest.mark.parametrize("path", LOOKUPS)
async def test_a_lookup_that_fails_costs_itself_alone_and_is_told(path: str):
    async with backend(QuayDouble(quirks=[Outage(path=path, retry_after=900)])) as quay:
        told = await quay.search_users("prometheus", limit=10)
    assert [each.username for each in told.users] == ["prometheus"]
    assert told.warnings[1].startswith("not everybody could be looked for: quay.io answered 502")
    assert len(told.warnings) == 2


@pytest.mark.parametrize("path", LOOKUPS)
async def test_who_could_not_be_looked_for_is_not_said_to_be_missing(path: str):
    async with backend(QuayDouble(quirks=[Outage(path=path, retry_after=900)])) as quay:
        with pytest.raises(UnavailableError):
            await quay.search_users("nobody", limit=10)


async def test_too_many_requests_are_said_to_be_that():
    async with backend(QuayDouble(quirks=[TooManyRequests()])) as quay:
        with pytest.raises(RateLimitedError):
            await quay.search_users("ada", limit=10)
