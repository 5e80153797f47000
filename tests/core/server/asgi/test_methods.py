"""``/mcp`` takes POST alone, and a server without authentication its own machine's requests."""

import pytest
from tests.core.server.asgi.bed import NETWORK, ask, scope_of, welcome

from portcall.server.asgi.loopback_only import LoopbackOnly
from portcall.server.asgi.methods import PostOnly

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "PUT", "OPTIONS", "get"])
async def test_other_methods_are_answered_at_once(method: str):
    """The SDK would open a stream for a GET that never says a word."""
    answer = await ask(PostOnly(welcome), scope_of(method))
    assert answer is not None
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert answer.error["code"] == "unsupported"


async def test_a_post_is_passed_on():
    answer = await ask(PostOnly(welcome), scope_of("POST"), [b"12", b"345"])
    assert answer is not None
    assert (answer.status, answer.body) == (200, b"5")


async def test_a_server_without_authentication_answers_its_own_machine_alone():
    """Whoever started it, on whatever address: where a request arrived is not for the client to say."""
    app = LoopbackOnly(welcome)
    for server in (("127.0.0.1", 80), ("::1", 80), ("::ffff:127.0.0.1", 80), ("/run/portcall.sock", None)):
        answer = await ask(app, scope_of(server=server))
        assert answer is not None
        assert answer.status == 200, server
    for elsewhere in (NETWORK, ("0.0.0.0", 80), ("fe80::1", 80), ("localhost.example", 80), None):
        answer = await ask(app, scope_of(server=elsewhere))
        assert answer is not None
        assert answer.status == 403, elsewhere
        assert "server.allow_unauthenticated" in answer.error["hint"]


@pytest.mark.parametrize(
    "header",
    [
        (b"x-forwarded-for", b"203.0.113.9"),
        (b"Forwarded", b"for=203.0.113.9"),
        (b"via", b"1.1 proxy"),
        (b"x-real-ip", b"::1"),
    ],
)
async def test_what_a_proxy_hands_on_is_not_this_machines_own(header: tuple[bytes, bytes]):
    """It comes from loopback whoever asked the proxy: then nobody has been asked who they are."""
    scope = scope_of(server=("127.0.0.1", 80))
    scope["headers"] = [*scope["headers"], header]
    answer = await ask(LoopbackOnly(welcome), scope)
    assert answer is not None
    assert answer.status == 403


async def test_client_that_is_elsewhere_by_a_trusted_proxys_word_is_refused():
    scope = scope_of(server=("127.0.0.1", 80))
    scope["client"] = ("203.0.113.9", 0)
    answer = await ask(LoopbackOnly(welcome), scope)
    assert answer is not None
    assert answer.status == 403
