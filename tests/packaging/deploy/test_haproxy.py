"""The shipped HAProxy configuration, before replicas that hang, die and are told to stop."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.packaging.deploy.conftest import DEPLOY
from tests.packaging.deploy.replica import Replica
from tests.testbed.certificates import write_server_certificate
from tests.testbed.haproxy import SHIPPED, HAProxy, Places, configuration_of
from tests.testbed.process import require_binary
from tests.testbed.shell import Shell

from portcall.server.asgi import create_app
from portcall.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

PUBLIC = ["/mcp", "/healthz", "/authorize?client_id=x", "/token", "/register", "/revoke", "/signin"]
BELOW = [
    "/signin/style.css",
    "/.well-known/oauth-protected-resource/mcp",
    "/.well-known/oauth-authorization-server",
]
NOT_PUBLIC = [
    "/metrics",
    "//metrics",
    "/METRICS",
    "/%6detrics",
    "/mcp/../metrics",
    "/mcp/",
    "/readyz",
    "/",
    "/mcpx",
]


class Site:
    """Two replicas behind one HAProxy, and a client."""

    def __init__(self, proxy: HAProxy, replicas: list[Replica], client: httpx.Client) -> None:
        self.proxy, self.replicas, self.client = proxy, replicas, client

    @property
    def heard(self) -> int:
        return sum(len(replica.heard) for replica in self.replicas)

    def ask(self, query: str = "") -> httpx.Response:
        return self.client.post(f"/mcp{query}", json={"id": 1})


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with ExitStack() as stack:
        replicas = [stack.enter_context(Replica()) for _ in range(2)]
        proxy = stack.enter_context(HAProxy(tmp_path, [replica.server_port for replica in replicas]))
        client = stack.enter_context(httpx.Client(base_url=proxy.url, trust_env=False, timeout=15))
        yield Site(proxy, replicas, client)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """The authority, and what HAProxy is given: certificate and key in one file."""
    made = write_server_certificate(tmp_path / "tls")
    pem = tmp_path / "tls.pem"
    pem.write_bytes(made.certificate.read_bytes() + made.key.read_bytes())
    return made.ca, pem


def test_haproxy_accepts_it_without_a_warning(certificate: tuple[Path, Path], tmp_path: Path, shell: Shell):
    file = tmp_path / "haproxy.cfg"
    file.write_text(SHIPPED.read_text().replace("/run/secrets/tls.pem", str(certificate[1])))
    done = shell.run([require_binary("haproxy"), "-c", "-V", "-dW", "-f", str(file)])
    assert (done.status, "WARNING" in done.err) == (0, False), done.err


def test_what_the_test_bed_runs_is_that_file_but_for_its_addresses():
    places = Places(1, 2, 3, Path("/control"))
    shipped, ours = SHIPPED.read_text().splitlines(), configuration_of([4, 5], places).splitlines()
    changed = {line.strip() for line in set(ours) - set(shipped)}
    check = "check"
    assert changed == {
        "stats socket /control mode 600 level admin",
        "bind 127.0.0.1:1",
        "bind 127.0.0.1:2",
        "bind 127.0.0.1:3",
        f"server replica1 127.0.0.1:4 {check}",
        f"server replica2 127.0.0.1:5 {check}",
    }
    assert len(ours) == len(shipped) + 1
    for line in ("bind :8443", "server-template", "stats socket"):
        with pytest.raises(ValueError, match=r"haproxy\.cfg: 0 lines"):
            configuration_of([4], places, SHIPPED.read_text().replace(line, "#"))


def test_the_public_paths_alone_can_be_asked_from_outside(site: Site):
    with httpx.Client(base_url=site.proxy.url, trust_env=False) as client:
        passed = {path: client.get(path).status_code for path in PUBLIC + BELOW}
    assert set(passed.values()) == {200}
    before = site.heard
    for path in NOT_PUBLIC:  # not by httpx, which would tidy up the path
        connection = http.client.HTTPConnection(site.proxy.netloc, timeout=5)
        connection.request("GET", path)
        assert (path, connection.getresponse().status) == (path, 404)
        connection.close()
    assert site.heard == before


def test_they_are_all_that_portcall_answers_but_for_what_is_for_machines_alone(tmp_path: Path):
    """A route that portcall has and HAProxy knows nothing of would be a page that nobody reaches."""
    settings = load_settings(DEPLOY / "portcall.toml", {"PORTCALL_AUTH__STORE": f"sqlite://{tmp_path}/state.db"})
    routes = {route.path for route in create_app(settings)._routes()}  # type: ignore[attr-defined]
    shown = {path.partition("?")[0] for path in PUBLIC + BELOW}
    assert routes - shown == {"/metrics", "/readyz"}
    assert shown - routes == set()


def test_what_a_client_says_of_its_own_address_is_dropped(site: Site):
    lies = {"X-Forwarded-For": "10.1.1.1", "Forwarded": "for=10.1.1.1", "X-Forwarded-Host": "evil.example"}
    site.client.post("/mcp", headers=lies | {"X-Forwarded-Proto": "ftp", "Host": "portcall.corp.example"})
    (heard,) = [heard for replica in site.replicas for heard in replica.heard]
    told = {name: value for name, value in heard.headers.items() if "forwarded" in name}
    assert told == {"x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https"}
    assert heard.headers["host"] == "portcall.corp.example"


def test_a_replica_that_is_gone_costs_no_request_before_anybody_has_noticed(site: Site):
    site.proxy.wait_for("replica1", "UP")
    site.replicas[0].vanish()
    began = time.monotonic()
    answers = [site.ask().status_code for _ in range(8)]
    assert answers == [200] * 8
    # HAProxy would wait a second before it tried the same replica again.
    assert time.monotonic() - began < 4
    assert site.heard == 8
    site.proxy.wait_for("replica1", "DOWN")


def test_a_call_that_was_sent_is_not_sent_again(site: Site):
    """Whether a replica that died has done it, nobody can tell; the client hears so and decides."""
    assert site.ask("?die").status_code == 502
    assert site.heard == 1


def test_each_request_has_a_connection_of_its_own_to_the_replica(site: Site):
    """One that is kept can be closed by the replica at the moment in which a call is sent on it."""
    for _ in range(4):
        assert site.ask().status_code == 200
    connections = [heard.connection for replica in site.replicas for heard in replica.heard]
    assert len(set(connections)) == len(connections) == 4


def test_calls_go_to_the_replica_that_has_fewest(site: Site):
    with ThreadPoolExecutor(1) as pool:
        long = pool.submit(site.ask, "?wait")
        busy = _one_with_a_call(site)
        idle = next(replica for replica in site.replicas if replica is not busy)
        answers = {site.ask().text for _ in range(6)}
        busy.go_on.release()
        assert long.result().status_code == 200
    assert answers == {str(idle.server_port)}


def test_a_replica_that_is_not_ready_finishes_its_calls_and_gets_no_more(site: Site):
    with ThreadPoolExecutor(1) as pool:
        in_flight = pool.submit(site.ask, "?wait")
        stopping = _one_with_a_call(site)
        name = f"replica{site.replicas.index(stopping) + 1}"
        stopping.ready = False
        site.proxy.wait_for(name, "DOWN")
        answers = [site.ask() for _ in range(4)]
        stopping.go_on.release()
        assert in_flight.result().text == str(stopping.server_port)
    assert {answer.status_code for answer in answers} == {200}
    assert str(stopping.server_port) not in {answer.text for answer in answers}


@pytest.mark.slow
def test_replicas_that_have_much_to_do_stay(site: Site):
    """Without them the others would have more to do, and answer as late; in the end there would be none."""
    for name, replica in zip(("replica1", "replica2"), site.replicas, strict=True):
        site.proxy.wait_for(name, "UP")
        replica.delay = 3
    end = time.monotonic() + 9
    while time.monotonic() < end:
        assert [state[:2] for state in site.proxy.servers().values()] == ["UP", "UP"]
        time.sleep(0.1)


def test_an_operator_can_take_a_replica_out(site: Site):
    site.proxy.drain("replica1")
    assert site.proxy.servers()["replica1"] == "DRAIN"
    before = site.proxy.requests()
    assert {site.ask().text for _ in range(4)} == {str(site.replicas[1].server_port)}
    after = site.proxy.requests()
    assert {name: after[name] - before[name] for name in after} == {"replica1": 0, "replica2": 4}
    site.proxy.set_state("replica1", "ready")
    site.proxy.wait_for("replica1", "UP")


def test_without_any_replica_the_client_is_told_when_to_come_back(site: Site):
    for name in ("replica1", "replica2"):
        site.proxy.set_state(name, "maint")
    answer = site.ask()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_events_arrive_one_by_one(site: Site):
    with site.client.stream("GET", "/mcp?stream") as answer:
        events = answer.iter_lines()
        for number in range(3):
            assert next(line for line in events if line) == f"data: {number}"
            # It would wait for ever for the next one if that were held back until this is out.
            for replica in site.replicas:
                replica.go_on.release()
        assert not [line for line in events if line]


def test_no_replica_hears_of_a_request_that_is_not_whole(site: Site):
    head = b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n"
    with socket.create_connection(site.proxy.netloc.split(":"), timeout=5) as slow:  # type: ignore[arg-type]
        slow.sendall(head + b"01234")
        assert site.ask().status_code == 200
        time.sleep(0.1)
        assert sum(replica.begun for replica in site.replicas) == 1
        slow.sendall(b"56789")
        assert b" 200 " in slow.recv(4096)
    assert site.heard == 2


@pytest.mark.slow
def test_a_slow_client_is_sent_away_after_ten_seconds(site: Site):
    with socket.create_connection(site.proxy.netloc.split(":"), timeout=15) as slow:  # type: ignore[arg-type]
        slow.sendall(b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n")
        began = time.monotonic()
        done = threading.Event()

        def trickle() -> None:
            while not done.wait(1):
                slow.sendall(b"0")

        trickling = threading.Thread(target=trickle)
        trickling.start()
        answer = slow.recv(4096)
        done.set()
        trickling.join()
    assert b" 408 " in answer
    assert 9 < time.monotonic() - began < 12
    assert [replica.begun for replica in site.replicas] == [0, 0]


def test_the_log_tells_the_path_and_not_what_follows_it(site: Site):
    """The sign-in page's address holds a ticket."""
    site.client.get("/signin?ticket=hush")
    deadline = time.monotonic() + 5
    while "/signin" not in site.proxy.log and time.monotonic() < deadline:
        time.sleep(0.02)
    (line,) = [line for line in site.proxy.log.splitlines() if "/signin" in line]
    assert line.startswith("127.0.0.1 GET /signin 200 ")
    assert "hush" not in site.proxy.log


def test_plain_http_is_sent_to_https(site: Site):
    address = f"http://127.0.0.1:{site.proxy.places.plain}/mcp"
    answer = httpx.post(address, headers={"Host": "portcall.corp.example"}, trust_env=False)
    assert (answer.status_code, answer.headers["location"]) == (308, "https://portcall.corp.example/mcp")
    assert site.heard == 0


def test_its_own_health_and_metrics_can_be_asked_from_within(site: Site):
    inside = f"http://127.0.0.1:{site.proxy.places.inside}"
    assert httpx.get(f"{inside}/healthz", trust_env=False).status_code == 200
    assert "haproxy_backend_active_servers" in httpx.get(f"{inside}/metrics", trust_env=False).text


def test_over_tls_clients_get_http2_and_nothing_older_than_tls_1_2(certificate: tuple[Path, Path], tmp_path: Path):
    with Replica() as replica, HAProxy(tmp_path, [replica.server_port], certificate=certificate[1]) as proxy:
        trust = ssl.create_default_context(cafile=str(certificate[0]))
        trust.set_alpn_protocols(["h2", "http/1.1"])
        with _handshake(proxy, trust) as connection:
            assert (connection.selected_alpn_protocol(), connection.version()) == ("h2", "TLSv1.3")
        answer = httpx.get(f"{proxy.url}/mcp", verify=trust, trust_env=False)
        assert (answer.status_code, answer.headers["strict-transport-security"]) == (200, "max-age=31536000")
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.load_verify_locations(certificate[0])
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)):
            _handshake(proxy, old)


def _handshake(proxy: HAProxy, trust: ssl.SSLContext) -> ssl.SSLSocket:
    raw = socket.create_connection(("127.0.0.1", proxy.places.public), timeout=5)
    try:
        return trust.wrap_socket(raw, server_hostname="localhost")
    except (ssl.SSLError, OSError):
        raw.close()
        raise


def _one_with_a_call(site: Site) -> Replica:
    """Return the replica that has been given a call, once one has."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        for replica in site.replicas:
            if replica.arrived.acquire(timeout=0.01):
                return replica
    raise AssertionError("no replica was given the call")
