"""Several processes that serve one address."""

import os
import signal
import time
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.core.server.asgi.bed import read_all, wait_until
from tests.core.server.asgi.child import Child


def serving(child: Child) -> set[int]:
    return {int(child.get("/pid").text) for _ in range(30)}


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.fixture
def pair(tmp_path: Path):
    with Child(tmp_path / "log", workers=2) as child:
        wait_until(lambda: len(serving(child)) == 2)
        yield child


def test_workers_share_an_address_and_end_together(pair: Child):
    """With a stream and a call in flight, like one process."""
    assert pair.banner[4] == "auth: token, 2 workers"
    pids = serving(pair)
    with pair.asking("/slow") as slow, pair.asking("/listen") as stream:
        took = pair.end()
        assert b"done" in read_all(slow)
        assert b"over" in read_all(stream)
    assert took < 5
    assert pair.process.returncode == 0
    assert all(is_gone(pid) for pid in pids)
    assert "Traceback" not in pair.log


@pytest.mark.slow
def test_workers_that_hang_are_gone_in_time_too(pair: Child):
    pids = serving(pair)
    stopped = min(pids)
    os.kill(stopped, signal.SIGSTOP)
    assert pair.end() < 6
    assert pair.process.returncode == 0
    assert all(is_gone(pid) for pid in pids)


def asked(child: Child) -> float:
    """Return how many requests were counted, whichever worker tells."""
    time.sleep(0.1)  # a worker counts once it has answered, and the next request may be at the other one by then
    named = {"route": "other", "method": "GET", "status": "200"}
    told = text_string_to_metric_families(child.get("/metrics").text)
    samples = [sample for family in told for sample in family.samples]
    assert [sample.value for sample in samples if sample.name == "portcall_http_in_flight"] == [1]
    (total,) = [s.value for s in samples if s.name == "portcall_http_requests_total" and s.labels == named]
    return total


def test_a_worker_that_dies_has_a_successor_and_its_numbers_stay(pair: Child):
    before = serving(pair)
    count = asked(pair)
    assert {asked(pair) for _ in range(10)} == {count}
    with pair.asking("/hang"), pair.asking("/hang"):
        for pid in before:
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: "worker_died" in pair.log)
    after = serving(pair)
    assert not after & before
    assert asked(pair) == count + 30
    assert pair.end() < 5
    assert not list(pair.temporary.iterdir())


@pytest.mark.slow
def test_sighup_replaces_workers_one_by_one_while_they_answer(pair: Child):
    before = serving(pair)
    pair.process.send_signal(signal.SIGHUP)
    until = time.monotonic() + 30
    while (now := serving(pair)) & before or len(now) < 2:  # each of these many requests was answered
        assert time.monotonic() < until
    assert pair.process.poll() is None


@pytest.mark.slow
def test_workers_do_not_outlive_their_parent(pair: Child):
    pids = serving(pair)
    pair.process.kill()
    wait_until(lambda: all(is_gone(pid) for pid in pids))


@pytest.mark.slow
@pytest.mark.parametrize(("make", "status"), [("make_nothing", 2), ("make_broken", 1)])
def test_an_app_that_cannot_be_made_or_started_is_not_tried_for_ever(tmp_path: Path, make: str, status: int):
    with Child(tmp_path / "log", make=make, workers=2) as child:
        assert child.process.wait(30) == status
        assert ("there is no app" in child.log) == (make == "make_nothing")
        assert not list(child.temporary.iterdir())
