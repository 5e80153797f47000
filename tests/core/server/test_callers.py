"""Who asks: known by a token that was verified, or nobody is served; each with a gateway of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest
from mcp.server.auth.middleware.auth_context import auth_context_var
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from tests.doubles.dockerhub import Clock

from portcall import Portcall
from portcall.auth.caller_token import CallerToken
from portcall.caller import ANYBODY, Caller
from portcall.errors import UnauthorizedError
from portcall.http.upstream import Credentials
from portcall.server.callers import Callers
from portcall.settings import Settings

pytestmark = pytest.mark.anyio

READ = frozenset({"read"})
CI = Caller("token:ci", "ci", READ)
MINUTE = 60.0
#: As long as a gateway is kept that nobody uses, and as many as are kept.
IDLE, MOST = 15 * MINUTE, 1024


def signed_in(name: str, secret: str, *, as_name: str = "") -> Caller:
    """Somebody with a Docker Hub login of their own."""
    return Caller(f"dockerhub:{name}", as_name or name, READ, {"docker.io": Credentials(name, secret)})


ADA, MALLORY = signed_in("ada", "dckr_pat_adas"), signed_in("mallory", "dckr_pat_mallorys")


@pytest.fixture
async def portcall() -> AsyncIterator[Portcall]:
    async with Portcall(Settings(), local=False) as portcall:
        yield portcall


@pytest.fixture
def clock() -> Clock:
    return Clock(0.0)


@pytest.fixture
def callers(portcall: Portcall, clock: Clock) -> Callers:
    """As where everybody has to show a token."""
    return Callers(portcall, None, clock=clock)


@contextmanager
def shown(token: AccessToken) -> Iterator[None]:
    """A request within the block has shown that token, and it was verified."""
    before = auth_context_var.set(AuthenticatedUser(token))
    try:
        yield
    finally:
        auth_context_var.reset(before)


def token_of(caller: Caller) -> CallerToken:
    return CallerToken.of(caller, "pc_whatever", client_id=caller.identity)


# Who it is


async def test_whoever_shows_a_token_is_the_caller_that_it_was_verified_for(callers: Callers):
    with shown(token_of(CI)):
        assert callers.at_hand() is CI
        assert callers.gateway().caller is CI


async def test_nobody_is_served_without_a_token_where_everybody_has_to_show_one(callers: Callers):
    """Authentication stands before this. Should it be left out by mistake, no door is open."""
    for ask in (callers.at_hand, callers.gateway):
        with pytest.raises(UnauthorizedError) as refused:
            ask()
        assert "token" in refused.value.hint


async def test_nobody_is_served_whose_token_says_nothing_of_them(portcall: Portcall, clock: Clock):
    """A verifier that is not ours has let it pass: whose it is, nobody knows, and so it is not everybody's."""
    foreign = AccessToken(token="abc", client_id="somebody", scopes=["read", "write"])
    for anybody in (None, ANYBODY):
        with shown(foreign), pytest.raises(UnauthorizedError):
            Callers(portcall, anybody, clock=clock).at_hand()


async def test_without_authentication_everybody_is_anybody(portcall: Portcall, clock: Clock):
    open_to_all = Callers(portcall, ANYBODY, clock=clock)
    assert open_to_all.at_hand() is ANYBODY
    assert open_to_all.gateway().caller is ANYBODY


async def test_a_token_counts_for_more_than_that_everybody_is_let_in(portcall: Portcall, clock: Clock):
    with shown(token_of(ADA)):
        assert Callers(portcall, ANYBODY, clock=clock).at_hand() is ADA


async def test_a_request_is_over_with_its_block(callers: Callers):
    with shown(token_of(CI)):
        callers.at_hand()
    with pytest.raises(UnauthorizedError):
        callers.at_hand()


# Their gateways


async def test_a_caller_has_the_same_gateway_again(callers: Callers):
    """What was put together for an answer serves the next one."""
    assert callers.gateway_of(ADA) is callers.gateway_of(signed_in("ada", "dckr_pat_adas"))


async def test_two_callers_have_nothing_of_each_other(callers: Callers, portcall: Portcall):
    hers, mallorys = callers.gateway_of(ADA), callers.gateway_of(MALLORY)
    assert hers is not mallorys
    assert hers is not portcall
    assert hers.caller is ADA
    assert mallorys.caller is MALLORY
    assert hers.keyring is not mallorys.keyring


async def test_who_comes_back_with_another_login_has_a_gateway_with_that_one(callers: Callers):
    """The token at Docker Hub was renewed, say: the old one is used for nothing any more."""
    before = callers.gateway_of(ADA)
    renewed = signed_in("ada", "dckr_pat_new")
    after = callers.gateway_of(renewed)
    assert after is not before
    assert after.caller.logins["docker.io"].secret == "dckr_pat_new"


async def test_the_same_login_does_not_make_two_people_one(callers: Callers):
    """Two grants with one Docker Hub account, or a name that was given twice: each is told apart in the log."""
    assert callers.gateway_of(ADA) is not callers.gateway_of(signed_in("ada", "dckr_pat_adas", as_name="ada-2"))
    other = Caller("dockerhub:eve", "ada", READ, ADA.logins)
    assert callers.gateway_of(other).caller is other


# How long they are kept


async def test_a_gateway_that_nobody_uses_is_let_go(callers: Callers, clock: Clock):
    """With the logins in it."""
    hers, cis = callers.gateway_of(ADA), callers.gateway_of(CI)
    clock.now = IDLE - MINUTE
    assert callers.gateway_of(CI) is cis
    clock.now = IDLE + MINUTE
    assert callers.gateway_of(CI) is cis
    assert callers.gateway_of(ADA) is not hers


async def test_a_gateway_in_use_is_kept_for_as_long_as_it_is_used(callers: Callers, clock: Clock):
    hers = callers.gateway_of(ADA)
    for _ in range(5):
        clock.now += IDLE - MINUTE
        assert callers.gateway_of(ADA) is hers


async def test_of_too_many_callers_the_one_loses_theirs_who_was_away_longest(callers: Callers, clock: Clock):
    """A crowd of callers costs so much memory and no more."""
    hers, mallorys = callers.gateway_of(ADA), callers.gateway_of(MALLORY)
    clock.now = 1.0
    assert callers.gateway_of(ADA) is hers  # so that she was here last
    for number in range(MOST - 1):
        callers.gateway_of(Caller(f"token:{number}", "", READ))
    assert callers.gateway_of(ADA) is hers
    assert callers.gateway_of(MALLORY) is not mallorys
