"""Agents who signed in, each with what they may do and logins of their own."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from mcp.client.client import Client
from mcp.server.auth.middleware.auth_context import auth_context_var
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from tests.agents.agent import Agent

from portcall.auth.caller_token import CallerToken
from portcall.server.app import build_server
from portcall.server.callers import Callers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from portcall import Portcall
    from portcall.caller import Caller


@asynccontextmanager
async def signed_in(portcall: Portcall, caller: Caller) -> AsyncIterator[Agent]:
    """Connect ``caller`` to a server where everybody has to say who they are; it closes ``portcall``."""
    token = CallerToken.of(caller, "pc_whatever", client_id=caller.identity)
    before = auth_context_var.set(AuthenticatedUser(token))
    try:
        # The tasks that serve it are begun in here, and so know the token.
        async with Client(build_server(portcall, callers=Callers(portcall, None))) as client:
            yield Agent(client)
    finally:
        auth_context_var.reset(before)
