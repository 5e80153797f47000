"""A server in a process of its own: how it begins, and above all how it ends."""

import http.client
import signal
import socket
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from tests.core.server.asgi.bed import read_all, wait_until
from tests.core.server.asgi.child import Child

from portcall.errors import ConfigurationError
from portcall.server.asgi.serving import Announcement, listening


def no_traceback(child: Child) -> None:
    assert "Traceback" not in child.log
    assert "CancelledError" not in child.log


def test_sigterm_lets_calls_finish_and_ends_streams(tmp_path: Path):
    with Child(tmp_path / "log") as child:
        with child.asking("/slow") as slow, child.asking("/listen") as stream, ExitStack() as late:
            assert b"begun" in stream.recv(4096)
            # One that comes while the end is near, and still has to end in peace.
            timer = threading.Timer(0.2, lambda: late.enter_context(child.asking("/listen")))
            timer.start()
            took = child.end()
            timer.join()
            assert b"done" in read_all(slow)
            over = read_all(stream)
        assert over.endswith(b"data: over\n\n\r\n0\r\n\r\n")
        assert took < 5
        assert child.process.returncode == 0
        no_traceback(child)


@pytest.mark.slow
def test_what_does_not_end_is_cut_off_in_time(tmp_path: Path):
    """A call that waits for nothing, one that cannot be cancelled, and a thread that hangs."""
    with Child(tmp_path / "log") as child:
        with child.asking("/hang") as hang, child.asking("/deaf"), child.asking("/thread"):
            took = child.end()
            assert read_all(hang) == b""
        assert 3 < took < 5
        assert child.process.returncode == 0
        assert '"requests": 3' in child.log
        no_traceback(child)


def test_a_call_that_hangs_is_cut_off_without_a_word_in_the_log_but_ours(tmp_path: Path):
    with Child(tmp_path / "log") as child:
        with child.asking("/hang"):
            took = child.end()
        assert 3 < took < 5
        assert child.process.returncode == 0
        assert "ASGI" not in child.log
        no_traceback(child)


def test_a_server_that_ends_says_so_while_it_still_answers(tmp_path: Path):
    """Load balancers learn of the end before connections are refused."""
    statuses: set[int] = set()

    def probe(url: str) -> None:
        with httpx.Client() as client:
            while True:
                try:
                    response = client.get(url)
                except httpx.HTTPError:
                    return
                statuses.add(response.status_code)
                if response.status_code == 503:
                    assert response.headers["connection"] == "close"
                    assert response.json() == {"status": "closing"}
                time.sleep(0.02)

    with Child(tmp_path / "log") as child:
        thread = threading.Thread(target=probe, args=(f"{child.url}/readyz",))
        thread.start()
        wait_until(lambda: statuses)
        assert child.end() < 5
        thread.join()
    assert statuses == {200, 503}


def test_whoever_has_connected_before_the_end_is_answered_after_nobody_can_any_more(tmp_path: Path):
    """A balancer's request is on its way while the listener closes: no one could tell whether it was read."""
    with Child(tmp_path / "log") as child, ExitStack() as connections:
        address = ("127.0.0.1", int(child.url.rpartition(":")[2]))
        wait_until(lambda: child.get("/pid").status_code == 200)
        child.process.send_signal(signal.SIGTERM)
        latest: socket.socket | None = None
        try:
            while True:
                latest = connections.enter_context(socket.create_connection(address, 5))
                time.sleep(0.01)
        except ConnectionRefusedError:
            assert latest is not None
        latest.sendall(b"GET /pid HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = read_all(latest)
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"connection: close" in answer.lower()
        assert child.process.wait(5) == 0
        no_traceback(child)


@pytest.mark.slow
def test_a_client_that_was_quiet_for_longer_than_clients_are_can_still_ask(tmp_path: Path):
    """httpx gives a connection up after five seconds; a server that does so, too, loses requests now and then."""
    with Child(tmp_path / "log") as child:
        connection = http.client.HTTPConnection(child.url.removeprefix("http://"), timeout=5)
        connection.auto_open = False  # else it would connect anew
        connection.connect()
        for pause in (7, 0):
            connection.request("GET", "/pid")
            assert connection.getresponse().read() == str(child.process.pid).encode()
            time.sleep(pause)
        connection.close()


def test_ctrl_c_ends_it_at_once(tmp_path: Path):
    with Child(tmp_path / "log") as child:
        assert child.get("/pid").text == str(child.process.pid)
        assert child.end(signal.SIGINT) < 5
        assert child.process.returncode == 0
        no_traceback(child)


def test_it_says_where_it_is_and_is_modest_in_its_answers(tmp_path: Path):
    with Child(tmp_path / "log") as child:
        assert child.banner[4] == "auth: token, 1 worker"
        answer = child.get("/pid?code=hunter2")
        assert "server" not in answer.headers
        assert answer.headers["x-request-id"] in child.log
        assert '"path": "/pid"' in child.log
        assert "hunter2" not in child.log
        # Our own machine is the one proxy that is trusted by default, and so the last of these is its word.
        headers = {"X-Forwarded-For": "192.0.2.7, 192.0.2.8", "X-Forwarded-Proto": "https"}
        answer = httpx.get(f"{child.url}/whence", headers=headers)
        assert answer.text == "192.0.2.8 https"


def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with Child(tmp_path / "log", port=port) as child:
            assert child.process.wait(20) == 2
    assert f"cannot listen on 127.0.0.1 port {port}: something listens there already" in child.log
    no_traceback(child)


def test_an_app_that_cannot_be_made_or_started_ends_the_process(tmp_path: Path):
    with Child(tmp_path / "made", make="make_nothing") as child:
        assert child.process.wait(20) == 2
        assert "there is no app" in child.log
    with Child(tmp_path / "started", make="make_broken") as child:
        assert child.process.wait(20) == 1
        assert "cannot start" in child.log


@pytest.mark.parametrize("host", ["203.0.113.1", "no.such.host.invalid", "a" * 300, "::g"])
def test_what_is_no_address_of_this_machine_is_refused(host: str):
    with pytest.raises(ConfigurationError, match="cannot listen"):
        listening(host, 0)


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6")
def test_ipv6_is_an_address_like_any_other():
    with listening("::1", 0) as listener:
        assert listener.family == socket.AF_INET6
        port = listener.getsockname()[1]
        with pytest.raises(ConfigurationError, match="already"):
            listening("::1", port)
    assert str(Announcement("::1", 8000, "jwt", 2)).endswith(" on http://[::1]:8000/mcp (auth: jwt, 2 workers)")


def test_answers_do_not_wait_for_the_acknowledgement_of_their_heads():
    with listening("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_localhost_is_the_address_that_most_clients_try():
    with listening("localhost", 0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
