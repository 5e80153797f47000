"""A line for every request."""

import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from tests.core.server.asgi.bed import ask, scope_of, welcome

from portcall.logs import get_logger
from portcall.server.asgi.access_log import AccessLog, escaped

pytestmark = pytest.mark.anyio

Lines = Callable[[], list[tuple[str, dict[str, Any]]]]


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Lines:
    caplog.set_level(logging.DEBUG, "portcall.access")
    return lambda: [(record.levelname, vars(record)) for record in caplog.records if record.msg == "http_request"]


async def test_a_request_is_told_without_what_is_secret_in_it(lines: Lines):
    headers = [
        ("host", "localhost"),
        ("authorization", "Bearer hunter2"),
        ("mcp-protocol-version", "2026-07-28"),
        ("cookie", "hunter3"),
    ]
    scope = scope_of(headers=headers, query=b"code=hunter4", client="192.0.2.9")
    answer = await ask(AccessLog(welcome, name_of=lambda _: "ci-robot"), scope, [b"hunter5"])
    ((level, told),) = lines()
    assert level == "INFO"
    assert {key: told[key] for key in ("method", "path", "status", "bytes", "caller", "protocol", "complete")} == {
        "method": "POST",
        "path": "/mcp",
        "status": 200,
        "bytes": 1,
        "caller": "ci-robot",
        "protocol": "2026-07-28",
        "complete": True,
    }
    assert 0 <= told["seconds"] < 5
    assert "hunter" not in str(told)
    assert "192.0.2.9" not in str(told)
    assert answer.headers["x-request-id"] == told["http_request_id"]


async def test_who_asked_is_looked_up_after_the_answer(lines: Lines):
    """Authentication is further inside."""

    async def authenticating(scope: Scope, receive: Receive, send: Send) -> None:
        scope["user"] = SimpleNamespace(name="alice\x1b[2J")
        await welcome(scope, receive, send)

    await ask(AccessLog(authenticating, name_of=lambda scope: scope["user"].name))
    assert lines()[0][1]["caller"] == r"alice\x1b[2J"


async def test_an_id_that_looks_like_one_is_kept_and_ties_the_log_together(
    lines: Lines, caplog: pytest.LogCaptureFixture
):
    async def working(scope: Scope, receive: Receive, send: Send) -> None:
        get_logger("portcall.x").warning("at work")
        await welcome(scope, receive, send)

    answer = await ask(AccessLog(working), scope_of(headers=[("x-request-id", "req-1.a_B")]))
    assert answer.headers["x-request-id"] == lines()[0][1]["http_request_id"] == "req-1.a_B"
    assert next(vars(each) for each in caplog.records if each.msg == "at work")["http_request_id"] == "req-1.a_B"


@pytest.mark.parametrize("given", [["a b"], ["a\r\nx: y"], ["x" * 65], [""], ["-"], ["a", "b"], ["\xe9"]])
async def test_any_other_id_is_replaced(lines: Lines, given: list[str]):
    answer = await ask(AccessLog(welcome), scope_of(headers=[("x-request-id", each) for each in given]))
    assert answer.headers["x-request-id"] not in given
    assert len(answer.headers["x-request-id"]) == 16


async def test_hostile_paths_and_versions_do_not_reach_the_terminal(lines: Lines):
    headers = [("mcp-protocol-version", "2026-07-28\x1b[31m")]
    await ask(AccessLog(welcome), scope_of(path="/\x1b[31m\r\nGET /fake\u202e" + "x" * 1000, headers=headers))
    ((_, told),) = lines()
    assert told["path"].startswith(r"/\x1b[31m\r\nGET /fake\u202exxx")
    assert len(told["path"]) < 300
    assert told["protocol"] is None
    assert escaped("/é✓") == "/é✓"


async def test_probes_are_quiet_as_long_as_all_is_well(lines: Lines):
    async def down(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": 503, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    await ask(AccessLog(welcome), scope_of("GET", "/readyz"))
    await ask(AccessLog(down), scope_of("GET", "/readyz"))
    assert [(level, told["status"]) for level, told in lines()] == [("DEBUG", 200), ("INFO", 503)]


async def test_a_request_that_ends_without_an_answer_is_told_too(lines: Lines):
    async def failing(*_: object) -> None:
        raise RuntimeError("x")

    with pytest.raises(RuntimeError):
        await ask(AccessLog(failing))
    ((_, told),) = lines()
    assert (told["status"], told["complete"]) == (None, False)
