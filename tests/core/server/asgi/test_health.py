"""Whether this process serves, and whether it should be given requests."""

import asyncio
import json
import logging
import time

import pytest
from starlette.routing import Router
from tests.core.server.asgi.bed import ask, scope_of

from portcall.errors import UnreachableError
from portcall.server.asgi.health import AskedCheck, Health, ProblemsCheck
from portcall.server.asgi.lifecycle import Lifecycle

pytestmark = pytest.mark.anyio


class Store:
    """Something that may be down, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.error: Exception | None = None

    async def check(self) -> None:
        self.asked += 1
        if self.error:
            raise self.error


async def ready(health: Health, path: str = "/readyz", method: str = "GET") -> tuple[int, dict]:
    answer = await ask(Router(health.routes), scope_of(method, path))
    assert answer is not None
    return answer.status, json.loads(answer.body)


async def test_a_process_that_serves_says_so_whatever_else_is_wrong():
    store = Store()
    store.error = UnreachableError("down")
    lifecycle = Lifecycle()
    health = Health({"state": AskedCheck(store.check, is_vital=True)}, lifecycle)
    lifecycle.close()
    assert await ready(health, "/healthz") == (200, {"status": "ok"})
    assert store.asked == 0


async def test_all_is_well():
    health = Health({"plugins": ProblemsCheck(tuple), "cache": AskedCheck(Store().check)}, Lifecycle())
    expected = {"status": "ok", "checks": {"plugins": {"status": "ok"}, "cache": {"status": "ok"}}}
    assert await ready(health) == (200, expected)
    assert (await ready(health, method="HEAD"))[0] == 200
    answer = await ask(Router(health.routes), scope_of("POST", "/readyz"))
    assert answer is not None
    assert answer.status == 405


async def test_what_answers_can_do_without_leaves_them_degraded_and_the_rest_stops_them():
    cache, state = Store(), Store()
    checks = {"cache": AskedCheck(cache.check), "state": AskedCheck(state.check, is_vital=True)}
    health = Health(checks, Lifecycle(), lifetime=0)
    cache.error = UnreachableError("redis://:hunter2@10.0.0.1 is down")
    status, said = await ready(health)
    assert (status, said["status"]) == (200, "degraded")
    assert said["checks"] == {"cache": {"status": "failing", "code": "unreachable"}, "state": {"status": "ok"}}
    state.error = RuntimeError("hunter2")
    status, said = await ready(health)
    assert (status, said["status"]) == (503, "failing")
    assert said["checks"]["state"]["code"] == "internal"
    assert "hunter2" not in str(said)
    cache.error = state.error = None
    assert (await ready(health))[1]["status"] == "ok"


async def test_plugins_that_did_not_load_are_a_problem_but_no_reason_to_stop():
    status, said = await ready(Health({"plugins": ProblemsCheck(lambda: ["portcall-x"])}, Lifecycle()))
    assert (status, said["status"]) == (200, "degraded")


async def test_a_server_that_is_about_to_end_wants_no_requests():
    lifecycle = Lifecycle()
    health = Health({}, lifecycle)
    assert (await ready(health))[0] == 200
    lifecycle.close()
    assert await ready(health) == (503, {"status": "closing"})


async def test_checks_run_side_by_side_and_none_for_long():
    async def hanging() -> None:
        await asyncio.sleep(60)

    health = Health({str(number): AskedCheck(hanging) for number in range(5)}, Lifecycle(), patience=0.2)
    began = time.monotonic()
    status, said = await ready(health)
    assert time.monotonic() - began < 0.8
    assert status == 200
    assert {check["code"] for check in said["checks"].values()} == {"timeout"}


async def test_a_check_that_cannot_be_cancelled_is_waited_for_no_longer_and_not_begun_again():
    """Like a thread that hangs: each further one would be one more."""
    begun = 0
    over = asyncio.Event()

    async def stubborn() -> None:
        nonlocal begun
        begun += 1
        while not over.is_set():
            try:
                await over.wait()
            except asyncio.CancelledError:
                continue

    health = Health({"state": AskedCheck(stubborn, is_vital=True)}, Lifecycle(), patience=0.05, lifetime=0)
    assert [(await ready(health))[0] for _ in range(3)] == [503] * 3
    assert begun == 1
    over.set()
    await asyncio.sleep(0.01)
    assert (await ready(health))[0] == 200


async def test_many_probes_are_one_look():
    store = Store()
    now = 0.0
    health = Health({"state": AskedCheck(store.check)}, Lifecycle(), clock=lambda: now)
    await asyncio.gather(*(ready(health) for _ in range(20)))
    assert store.asked == 1
    now = 0.99
    await ready(health)
    assert store.asked == 1
    now = 1.0
    await ready(health)
    assert store.asked == 2


async def test_a_probe_that_comes_as_a_check_ends_harms_no_other():
    """It begins another look before the one that has waited hears of its own."""
    asked: list[asyncio.Task[tuple[int, dict]]] = []

    async def check() -> None:
        await asyncio.sleep(0.01)
        if len(asked) < 20:  # one at each moment around the check's end
            asked.append(asyncio.create_task(later(len(asked))))

    async def later(turns: int) -> tuple[int, dict]:
        for _ in range(turns):
            await asyncio.sleep(0)
        return await ready(health)

    health = Health({"state": AskedCheck(check, is_vital=True)}, Lifecycle(), lifetime=0)
    for _ in range(20):
        assert (await ready(health))[0] == 200
    assert {status for status, _ in await asyncio.gather(*asked)} == {200}


async def test_changes_are_logged_once(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "portcall.server")
    store = Store()
    health = Health({"cache": AskedCheck(store.check)}, Lifecycle(), lifetime=0)
    for error in (None, UnreachableError("x"), UnreachableError("y"), None, None):
        store.error = error
        await ready(health)
    assert [record.msg for record in caplog.records] == ["check_failed", "check_recovered"]
