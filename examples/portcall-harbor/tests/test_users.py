"""Users: Harbor tells them to those alone who are logged in."""

from __future__ import annotations

import pytest
from portcall.errors import UnauthorizedError, UnavailableError
from portcall.testing import quirks

from harbor_double import PULL, Account, HarborDouble
from wiring import HOST, gateway

pytestmark = pytest.mark.anyio

ADA = Account("ada", "Correct-horse-1")
OTHERS = tuple(Account(f"ada-{number}", "x") for number in range(15))
ROBOT = Account("robot$team+ada", "s3cret", {"team": PULL})


async def test_users_are_found_by_a_part_of_their_names_and_robots_are_none():
    harbor = HarborDouble(accounts=[*OTHERS[:2], ADA, ROBOT])
    async with gateway(harbor, ROBOT) as pc:
        found = await pc.search_users("ada", HOST)
    assert [user.username for user in found.users] == ["ada", "ada-0", "ada-1"]
    assert [user.is_organization for user in found.users] == [False] * 3
    assert found.warnings == ()


async def test_more_than_are_wanted_are_counted():
    async with gateway(HarborDouble(accounts=[ADA, *OTHERS]), ADA) as pc:
        found = await pc.search_users("ada", HOST, limit=10)
    assert len(found.users) == 10
    assert "10 of 16 users are told; narrow the query" in found.warnings


async def test_whoever_is_not_logged_in_is_told_so_and_harbor_is_not_asked():
    harbor = HarborDouble(accounts=[ADA])
    async with gateway(harbor) as pc:
        with pytest.raises(UnauthorizedError, match="not logged in") as refused:
            await pc.search_users("ada", HOST)
    assert "password_env" in refused.value.hint
    assert harbor.requests == []


async def test_wrong_credentials_are_named_by_their_source():
    async with gateway(HarborDouble(accounts=[ADA]), Account("ada", "wrong")) as pc:
        with pytest.raises(UnauthorizedError, match="refused the credentials from the configuration"):
            await pc.search_users("ada", HOST)


async def test_an_outage_is_not_nobody():
    harbor = HarborDouble(accounts=[ADA], quirks=[quirks.Answer(503, retry_after=900)])
    async with gateway(harbor, ADA) as pc:
        with pytest.raises(UnavailableError):
            await pc.search_users("ada", HOST)


@pytest.mark.parametrize("query", ["../projects", "a&page_size=1000", "a?b#c", "ada%00", "é"])
async def test_what_people_type_stays_one_parameter(query: str):
    harbor = HarborDouble(accounts=[ADA])
    async with gateway(harbor, ADA) as pc:
        assert (await pc.search_users(query, HOST)).users == ()
    (asked,) = harbor.asked_of_api()
    assert (asked.path, asked.parameter("username")) == ("/api/v2.0/users/search", query)
