"""Credential helpers: how often one is asked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.core.credentials.helpers.processes import PASS, until
from tests.core.credentials.home import CANARY, Home, answer
from tests.core.credentials.plugins import Clock

from portcall.credentials.answers import FAILED_FOR, GOOD_FOR, NONE_FOR, REFUSED_FOR
from portcall.credentials.chain import FirstOf
from portcall.credentials.helper import Helper, HelperCredentials
from portcall.credentials.of_user import CredentialsOfUser
from portcall.errors import UnauthorizedError
from portcall.http.upstream import Credentials
from portcall.reference import parse_prefix

if TYPE_CHECKING:
    pass

pytestmark = pytest.mark.anyio


async def test_fifty_callers_at_once_run_the_helper_once(home: Home):
    home.helper("pass", f"sleep 0.2; {answer('ada')}")
    home.docker(credHelpers={"gcr.io": "pass"})
    keyring = home.keyring()
    found = await asyncio.gather(*(keyring.obtain("gcr.io", f"team/app{n}") for n in range(50)))
    assert {each.username for each in found if each} == {"ada"}
    assert len(found) == 50
    assert home.asked == ["get gcr.io"]


async def test_one_of_two_callers_may_leave(home: Home):
    home.helper("pass", f"sleep 0.3; {answer('ada')}")
    home.docker(credHelpers={"gcr.io": "pass"})
    keyring = home.keyring()
    leaving, staying = (asyncio.create_task(keyring.obtain("gcr.io")) for _ in range(2))
    await until(lambda: home.asked)
    leaving.cancel()
    assert await staying is not None
    assert home.asked == ["get gcr.io"]


async def test_credentials_are_held_for_an_hour(home: Home):
    home.helper("pass", answer("ada"))
    clock = Clock()
    helper = Helper("pass", home.variables, clock=clock)
    assert helper.held("gcr.io") is None
    for seconds, runs in ((0, 1), (GOOD_FOR - 1, 1), (1, 2)):
        clock.now += seconds
        assert await helper.get("gcr.io", "gcr.io") == helper.held("gcr.io") == Credentials("ada", CANARY, PASS)
        assert len(home.asked) == runs


async def test_a_clock_that_was_set_back_keeps_nothing_alive(home: Home):
    home.helper("pass", answer("ada"))
    clock = Clock()
    helper = Helper("pass", home.variables, clock=clock)
    await helper.get("gcr.io", "gcr.io")
    clock.now -= 7200
    assert helper.held("gcr.io") is None


async def test_none_is_believed_for_five_minutes_and_a_failure_for_five_seconds(home: Home):
    clock = Clock()
    helper = Helper("pass", home.variables, clock=clock)
    home.helper("pass")
    assert await helper.get("gcr.io", "gcr.io") is None
    home.helper("pass", "exit 2")
    clock.now += NONE_FOR - 1
    assert await helper.get("gcr.io", "gcr.io") is None
    clock.now += 1
    told = []
    for _ in range(2):
        with pytest.raises(UnauthorizedError) as refused:
            await helper.get("gcr.io", "gcr.io")
        told.append(refused.value)
    assert told[0] is not told[1]
    assert told[0].message == told[1].message
    assert len(home.asked) == 2
    home.helper("pass", answer("ada"))
    clock.now += FAILED_FOR
    assert await helper.get("gcr.io", "gcr.io") is not None


async def test_a_helper_is_asked_anew_for_what_was_refused_but_no_more_than_once_a_minute(home: Home):
    home.helper("pass", answer("ada", "old"))
    clock = Clock()
    helper = Helper("pass", home.variables, clock=clock)
    refused = await helper.get("gcr.io", "gcr.io")
    for seconds, runs in ((0, 2), (REFUSED_FOR - 1, 2), (1, 3)):
        clock.now += seconds
        assert refused is not None
        helper.forget("gcr.io", refused)
        refused = await helper.get("gcr.io", "gcr.io")
        assert len(home.asked) == runs


async def test_what_a_helper_gave_since_was_not_refused(home: Home):
    home.helper("pass", answer("ada", "old"))
    clock = Clock()
    helper = Helper("pass", home.variables, clock=clock)
    old = await helper.get("gcr.io", "gcr.io")
    assert old is not None
    home.helper("pass", answer("ada", "new"))
    for _ in range(3):
        helper.forget("gcr.io", old)
        given = await helper.get("gcr.io", "gcr.io")
        assert given is not None
        assert given.secret == "new"
        clock.now += REFUSED_FOR
    assert len(home.asked) == 2


async def test_a_refusal_reaches_the_helper_through_whatever_stands_before_it(home: Home):
    home.helper("none")
    home.helper("pass", answer("ada", "old"))
    clock = Clock()
    helpers = (Helper(name, home.variables, clock=clock) for name in ("none", "pass"))
    places = FirstOf([HelperCredentials(helper, "gcr.io", "gcr.io") for helper in helpers], None)
    source = CredentialsOfUser(places, "ada", parse_prefix("gcr.io"))
    old = await source.obtain("app")
    assert old is not None
    home.helper("pass", answer("ada", "new"))
    source.forget("app", old)
    assert source.held("app") is None
    given = await source.obtain("app")
    assert given is not None
    assert given.secret == "new"
