"""Secrets are in no log, no repr and no record, and nobody who writes to the store can make one up."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import pytest
from tests.core.auth.signin.bed import ADA, CALLBACK, Bed, answered
from tests.doubles.dockerhub import Clock

from portcall.auth.signin.handles import key_of
from portcall.auth.signin.tickets import Ticket
from portcall.http.upstream import Credentials

pytestmark = pytest.mark.anyio


class _Everything(logging.Handler):
    """All that anybody logs, with what a formatter could show of it."""

    def __init__(self) -> None:
        super().__init__(0)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += f"{record.getMessage()} {record.__dict__!r}\n"


def _contents(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


@pytest.fixture
def logged() -> Any:
    handler, root = _Everything(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


async def test_a_whole_life_of_a_sign_in_leaves_no_secret_behind(
    bed: Bed, clock: Clock, logged: _Everything, tmp_path: Path
) -> None:
    # What our own test bed's client programs log is theirs.
    for name in ("httpx", "httpcore", "aiosqlite"):
        logging.getLogger(name).setLevel(logging.WARNING)
    client = await bed.register(token_endpoint_auth_method="client_secret_post")
    path = await bed.begin(client)
    async with bed.browser() as browser:
        page = await bed.open(browser, path)
        await bed.send(browser, page, (ADA[1], "ada-password"))
        await bed.send(browser, page, ("ada", "dckr_pat_mistyped"))
        code = answered(await bed.send(browser, page))["code"]
        cookie = browser.cookies["portcall-signin"]
    tokens = (await bed.exchange(client, code)).json()
    await bed.exchange(client, code)
    second = await bed.sign_in(client)
    third = (await bed.refresh(client, second["refresh_token"])).json()
    clock.advance(11)
    await bed.refresh(client, second["refresh_token"])
    secrets = {
        ADA[1], "dckr_pat_mistyped", "ada-password", code, cookie, path.partition("ticket=")[2], client.secret,
        *(pair[kind] for pair in (tokens, second, third) for kind in ("access_token", "refresh_token")),
    }  # fmt: skip
    assert "signed_in" in logged.text
    kept = _contents(tmp_path)
    assert len(kept) > 10_000
    for secret in secrets:
        assert secret
        assert secret not in logged.text
        assert secret.encode() not in kept


async def test_what_stands_for_tokens_does_not_show_them(bed: Bed) -> None:
    client = await bed.register(token_endpoint_auth_method="client_secret_post")
    registered = await bed.provider.get_client(client.id)
    assert registered is not None
    code_text = await bed.code(client)
    code = await bed.provider.load_authorization_code(registered, code_text)
    tokens = (await bed.exchange(client, code_text)).json()
    refresh = await bed.provider.load_refresh_token(registered, tokens["refresh_token"])
    access = await bed.provider.load_access_token(tokens["access_token"])
    issued = await bed.provider.tokens.access(tokens["access_token"])
    assert issued is not None
    grant = await bed.provider.grants.find(issued.grant)
    shown = repr((registered, code, refresh, access, access and access.caller, issued, grant, bed.provider))
    for secret in (client.secret, code_text, ADA[1], tokens["refresh_token"]):
        assert secret
        assert secret not in shown


async def test_a_record_in_another_ones_place_is_none(bed: Bed) -> None:
    """Whoever can write to the store cannot have one person's grant stand for another's."""
    client = await bed.register()
    ada = await bed.sign_in(client)
    grace = await bed.sign_in(client, ("grace", "dckr_pat_grace00000000000000000000"))
    store = bed.provider.store
    for kind in ("access", "grant"):
        keys = [key_of(tokens["access_token"]) for tokens in (ada, grace)]
        if kind == "grant":
            keys = [
                issued.grant
                for key in (ada, grace)
                if (issued := await bed.provider.tokens.access(key["access_token"]))
            ]
        theirs, ours = await store.get(kind, keys[0]), await store.get(kind, keys[1])
        assert theirs
        assert ours
        await store.put(kind, keys[1], theirs, 60)
        assert await bed.provider.load_access_token(grace["access_token"]) is None
        await store.put(kind, keys[1], ours, 60)
        assert await bed.provider.load_access_token(grace["access_token"]) is not None


async def test_handles_are_long_and_never_the_same(bed: Bed) -> None:
    ticket = Ticket(
        client_id="x", redirect_uri=CALLBACK, redirect_named=True, state=None, scopes=("read",), challenge=""
    )
    codes = {await bed.provider.approve(ticket, Credentials("a", "b"), ()) for _ in range(5)}
    assert len(codes) == 5
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", code) for code in codes)
