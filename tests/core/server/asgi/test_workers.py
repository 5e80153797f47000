"""Several processes that serve one address."""

import os
import re
import signal
import time

import pytest
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
def pair(tmp_path):
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
    assert took < 3
    assert pair.process.returncode == 0
    assert all(is_gone(pid) for pid in pids)
    assert "Traceback" not in pair.log


def test_workers_that_hang_are_gone_in_time_too(pair: Child):
    pids = serving(pair)
    stopped = min(pids)
    os.kill(stopped, signal.SIGSTOP)
    assert pair.end() < 5.2
    assert pair.process.returncode == 0
    assert all(is_gone(pid) for pid in pids)


def test_a_worker_that_dies_has_a_successor(pair: Child):
    before = serving(pair)
    os.kill(min(before), signal.SIGKILL)
    wait_until(lambda: min(before) not in serving(pair) and len(serving(pair)) == 2, 20)
    assert max(before) in serving(pair)
    assert "worker_died" in pair.log


def test_sighup_replaces_workers_one_by_one_while_they_answer(pair: Child):
    before = serving(pair)
    pair.process.send_signal(signal.SIGHUP)
    until = time.monotonic() + 30
    while (now := serving(pair)) & before or len(now) < 2:  # each of these many requests was answered
        assert time.monotonic() < until
    assert pair.process.poll() is None


def test_workers_do_not_outlive_their_parent(pair: Child):
    pids = serving(pair)
    pair.process.kill()
    wait_until(lambda: all(is_gone(pid) for pid in pids))


def test_an_app_that_cannot_be_made_is_not_tried_for_ever(tmp_path):
    with Child(tmp_path / "made", make="make_nothing", workers=2) as child:
        assert child.process.wait(30) == 2
        assert re.search("worker_cannot_start.*", child.log)
        assert "there is no app" in child.log
    with Child(tmp_path / "started", make="make_broken", workers=2) as child:
        assert child.process.wait(30) == 1
