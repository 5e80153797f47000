"""A person whom an app sends to the page: signs in, allows everything that it asks for, and is sent back."""

from __future__ import annotations

import asyncio

import httpx
from tests.testbed import scriptless

_PATIENCE = 20


def sign_in(url: str, username: str, password: str) -> None:
    """Follow ``url`` to the page, sign in there, and follow it back to the app.

    Raises:
        httpx.HTTPStatusError: The way is not that of a sign-in that works.
    """
    back = asyncio.run(scriptless.sign_in(url, username, password, tick=True))
    httpx.get(back, timeout=_PATIENCE, trust_env=False).raise_for_status()
