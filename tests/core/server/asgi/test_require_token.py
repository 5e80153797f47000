"""What whoever is not let in is told."""

from __future__ import annotations

import pytest
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from tests.core.server.asgi.bed import ask, scope_of, welcome

from portcall.auth.caller_token import CallerToken
from portcall.caller import Caller
from portcall.server.asgi.require_token import RequireToken

pytestmark = pytest.mark.anyio

METADATA = "https://portcall.example/.well-known/oauth-protected-resource/mcp"
SENT = (("host", "localhost"), ("authorization", "Bearer x"))


def user(*scopes: str) -> AuthenticatedUser:
    return AuthenticatedUser(CallerToken.of(Caller("token:x", "x", frozenset(scopes)), "x", client_id="x"))


@pytest.mark.parametrize("scopes", [("read",), ("read", "write"), ("write",)])
async def test_good_token_passes_and_who_may_write_may_read(scopes: tuple[str, ...]):
    scope = scope_of(headers=SENT)
    scope["user"] = user(*scopes)
    answer = await ask(RequireToken(welcome, METADATA), scope)
    assert answer is not None
    assert answer.status == 200


async def test_token_that_was_never_sent_is_not_called_invalid():
    answer = await ask(RequireToken(welcome, METADATA), scope_of())
    assert answer is not None
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == f'Bearer resource_metadata="{METADATA}"'


async def test_token_that_is_not_good_is_told_with_the_next_step():
    answer = await ask(RequireToken(welcome, None), scope_of(headers=SENT))
    assert answer is not None
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith(
        'Bearer error="invalid_token", error_description="The token'
    )
    assert b"Sign in again" in answer.body


async def test_token_that_may_do_nothing_here_is_told_which_scope_to_ask_for():
    scope = scope_of(headers=SENT)
    scope["user"] = user()
    answer = await ask(RequireToken(welcome, METADATA), scope)
    assert answer is not None
    assert answer.status == 403
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
    assert 'scope="read"' in answer.headers["www-authenticate"]
