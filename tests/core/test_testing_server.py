"""Servers start at once, stop at once whatever is under way, and leave nothing behind."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from portcall.testing import Address, BlobStore, FakeRegistry, RecordingServer, image, layer, quirks, serve

if TYPE_CHECKING:
    from pathlib import Path

APP = image([layer({"srv/app": "hello\n"})])


def filled(*chosen: quirks.Quirk) -> FakeRegistry:
    registry = FakeRegistry(quirks=chosen)
    registry.push("shop/api", APP, tags=["1"])
    return registry


#: Other tests of this process may have servers that live for a module, or a session.
others: set[threading.Thread] = set()
others_filters: list[object] = []


@pytest.fixture(autouse=True)
def _apart_from_others() -> None:
    others.clear()
    others.update(threading.enumerate())
    others_filters[:] = logging.getLogger("uvicorn.error").filters


def server_threads() -> list[threading.Thread]:
    threads = [thread for thread in threading.enumerate() if thread not in others]
    return [thread for thread in threads if thread.name == "portcall-testing"]


def get(url: str, **options: Any) -> httpx.Response:
    return httpx.get(url, verify=False, trust_env=False, **options)


def test_address_names_host_port_and_url():
    with serve(filled()) as address:
        assert address.host == "127.0.0.1"
        assert address.netloc == f"127.0.0.1:{address.port}"
        assert str(address) == address.url == f"http://127.0.0.1:{address.port}"
        assert get(f"{address.url}/v2/").status_code == 200


def test_ipv6_address_stands_in_brackets():
    assert Address("::1", 80).netloc == "[::1]:80"
    assert Address("::1", 80, "https").url == "https://[::1]:80"


def test_registry_knows_where_it_is_served():
    registry = filled()
    with pytest.raises(RuntimeError, match="not served"):
        _ = registry.address
    with registry.serve() as address:
        assert registry.address is address
        with registry.serve() as second:
            assert registry.address is second
        assert registry.address is address
    with pytest.raises(RuntimeError, match="not served"):
        _ = registry.address


def test_server_is_gone_after_its_block():
    with serve(filled()) as address:
        pass
    assert server_threads() == []
    with pytest.raises(httpx.ConnectError):
        get(f"{address.url}/v2/")


def test_server_stops_when_the_block_fails():
    with pytest.raises(ZeroDivisionError), serve(filled()):
        raise ZeroDivisionError
    assert server_threads() == []


def test_port_can_be_chosen_and_is_free_again():
    with serve(filled()) as first:
        pass
    with serve(filled(), port=first.port) as second:
        assert second.port == first.port
        with pytest.raises(OSError, match="in use"), serve(filled(), port=first.port):
            pass


def test_several_servers_run_side_by_side():
    with serve(filled()) as one, serve(filled()) as two:
        assert one.port != two.port
        assert get(f"{one.url}/v2/").status_code == get(f"{two.url}/v2/").status_code == 200


def test_starting_and_stopping_take_no_time():
    with serve(filled()):
        pass  # The first one imports uvicorn.
    best = min(_seconds_of_a_round() for _ in range(5))
    assert best < 0.1


def _seconds_of_a_round() -> float:
    began = time.perf_counter()
    with serve(filled()) as address, socket.create_connection((address.host, address.port)):
        pass
    return time.perf_counter() - began


def test_answers_on_a_kept_connection_are_not_delayed():
    registry = filled()
    with registry.serve() as address, httpx.Client(base_url=address.url, verify=False, trust_env=False) as client:
        seconds = min(_seconds_of(client) for _ in range(10))
    assert seconds < 0.03, "Nagle's algorithm and delayed acknowledgements cost 40 ms"


def _seconds_of(client: httpx.Client) -> float:
    began = time.perf_counter()
    client.get("/v2/shop/api/manifests/1")
    return time.perf_counter() - began


@pytest.mark.parametrize("after", [-1, 3])
def test_stalled_connections_do_not_hold_it_up(after: int):
    with serve(filled(quirks.Stall(after))) as address:
        waiting = socket.create_connection((address.host, address.port))
        waiting.sendall(b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n")
        if after > 0:
            assert waiting.recv(4096).startswith(b"HTTP/1.1 200")
        else:
            time.sleep(0.05)
        began = time.perf_counter()
    assert time.perf_counter() - began < 1
    waiting.close()


def test_client_that_does_not_read_does_not_hold_it_up():
    with serve(filled(quirks.HugeBody(256))) as address:
        waiting = socket.create_connection((address.host, address.port))
        waiting.sendall(b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.1)
        began = time.perf_counter()
    assert time.perf_counter() - began < 1
    waiting.close()


@pytest.mark.parametrize("quirk", [quirks.HugeBody(1 << 30), quirks.Dribble(pause=0.2)])
def test_a_body_without_end_ends_with_its_client(quirk: quirks.Quirk):
    """What takes its time, or never ends, is not sent on to nobody: others would wait for that."""
    registry = filled(quirk)
    done = threading.Event()

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        await registry(scope, receive, send)
        if scope["type"] == "http":
            done.set()

    with serve(noting) as address:
        client = socket.create_connection((address.host, address.port))
        client.sendall(b"GET /v2/shop/api/tags/list HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(4096).startswith(b"HTTP/1.1 200")
        client.close()
        assert done.wait(3)


def test_idle_and_half_sent_requests_do_not_hold_it_up():
    with serve(filled()) as address:
        idle = socket.create_connection((address.host, address.port))
        half = socket.create_connection((address.host, address.port))
        half.sendall(b"GET /v2/ HTT")
        began = time.perf_counter()
    assert time.perf_counter() - began < 1
    idle.close()
    half.close()


def test_connections_that_have_just_arrived_leave_no_socket_behind():
    """asyncio 3.12 fails an assertion where a server closes while it accepts; pytest reports lost sockets."""
    for _ in range(50):
        with serve(filled()) as address:
            arrived = socket.create_connection((address.host, address.port))
        arrived.close()
    gc.collect()


async def _ask_at_once(address: Address, times: int) -> list[int]:
    async with httpx.AsyncClient(base_url=address.url, verify=False, trust_env=False) as client:
        answers = await asyncio.gather(*(client.get("/v2/shop/api/manifests/1") for _ in range(times)))
    return [answer.status_code for answer in answers]


def test_it_serves_asynchronous_tests_and_counts_how_much_came_at_once():
    registry = filled(quirks.Latency(0.2))

    async def test() -> list[int]:
        with registry.serve() as address:
            return await _ask_at_once(address, 5)

    assert asyncio.run(test()) == [200] * 5
    assert registry.peak == 5


def test_any_application_can_be_served_with_its_lifespan():
    events: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                events.append(step)
                await send({"type": f"lifespan.{step}.complete"})
            return
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    with serve(app) as address:
        assert get(address.url).status_code == 204
    assert events == ["startup", "shutdown"]


def test_application_that_cannot_start_is_reported():
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no"})

    with pytest.raises(RuntimeError, match="did not start"), serve(app):
        pass
    assert server_threads() == []


def test_registry_works_without_any_server_too():
    async def test() -> httpx.Response:
        transport = httpx.ASGITransport(app=filled())
        async with httpx.AsyncClient(transport=transport, base_url="http://registry.test") as client:
            return await client.get("/v2/shop/api/manifests/1")

    assert asyncio.run(test()).content == APP.manifest


def test_broken_answers_leave_nothing_in_the_log(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    with serve(filled(quirks.CutBody(3), quirks.HangUp(path="/v2/$"))) as address:
        for path in ("/v2/shop/api/manifests/1", "/v2/"):
            with pytest.raises(httpx.RemoteProtocolError):
                get(f"{address.url}{path}")
    assert not [record for record in caplog.records if record.name.startswith("uvicorn")]


def test_other_servers_may_still_log(caplog: pytest.LogCaptureFixture):
    with serve(filled()):
        logging.getLogger("uvicorn.error").warning("of another server")
    assert [record.message for record in caplog.records] == ["of another server"]
    assert logging.getLogger("uvicorn.error").filters == others_filters


def test_https_is_served_with_a_context(tmp_path: Path, loopback_certificate: tuple[Path, Path]):
    certificate, key = loopback_certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    registry = filled(quirks.Stall(path="/stall"))
    with registry.serve(ssl=context) as address:
        assert address.url.startswith("https://127.0.0.1:")
        trusting = ssl.create_default_context(cafile=str(certificate))
        with httpx.Client(base_url=address.url, verify=trusting, trust_env=False) as client:
            assert client.get("/v2/").status_code == 200
            with pytest.raises(httpx.ReadTimeout):
                client.get("/stall", timeout=0.1)
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(address.url, trust_env=False)
    assert registry.requests[0].scheme == "https"


@pytest.fixture(scope="module")
def loopback_certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself, and its key."""
    import datetime as dt
    import ipaddress

    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "portcall.testing")])
    now = dt.datetime.now(dt.UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(alternative, critical=False)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(private)
    return folder / "cert.pem", folder / "key.pem"


# The other servers


def test_recording_server_answers_as_told_and_remembers():
    attacker = RecordingServer(401, headers={"WWW-Authenticate": 'Bearer realm="http://evil.test/"'}, body=b"no")
    with attacker.serve() as address:
        answer = get(f"{address.url}/any/where?x=%2F")
    assert (answer.status_code, answer.content) == (401, b"no")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="http://evil.test/"'
    (asked,) = attacker.requests
    assert (asked.path, asked.query, asked.status) == ("/any/where", "x=%2F", 401)
    assert attacker.secrets() == []


def test_recording_server_answers_single_paths_otherwise():
    attacker = RecordingServer(quirks=(quirks.Answer(200, body=b'{"token":"stolen"}', path="/token"),))
    with attacker.serve() as address:
        assert get(f"{address.url}/token").json() == {"token": "stolen"}
        assert get(address.url).json() == {}


def test_recording_server_finds_secrets_wherever_they_are_sent():
    attacker = RecordingServer()
    with attacker.serve() as address:
        get(address.url, auth=("ada", "secret"))
        get(address.url, headers={"Cookie": "sid=1"})
        get(f"{address.url}/?account=ada&password=p%20w")
        httpx.post(address.url, data={"grant_type": "x", "refresh_token": "r"}, verify=False, trust_env=False)
    assert attacker.secrets() == [
        "authorization: Basic YWRhOnNlY3JldA==",
        "cookie: sid=1",
        "password=p%20w",
        "refresh_token=r",
    ]


def test_blob_store_serves_what_the_registry_redirects_to_it():
    registry = filled()
    blobs = BlobStore(registry)
    with registry.serve() as address, blobs.serve() as elsewhere:
        registry.add(quirks.BlobRedirect(elsewhere.url))
        url = f"{address.url}/v2/shop/api/blobs/{APP.layers[0].digest}"
        whole = get(url, follow_redirects=True)
        part = get(url, follow_redirects=True, headers={"Range": "bytes=0-3"})
    assert whole.content == APP.layers[0].blob
    assert (part.status_code, part.content) == (206, APP.layers[0].blob[:4])
    assert blobs.secrets() == []


def test_blob_store_refuses_credentials_and_altered_signatures_as_s3_does():
    registry = filled(quirks.BlobRedirect("http://cdn.test"))
    asked = f"/v2/shop/api/blobs/{APP.layers[0].digest}"
    with registry.serve() as address:
        location = get(f"{address.url}{asked}").headers["Location"]
    with BlobStore(registry.store).serve() as elsewhere:
        url = location.replace("http://cdn.test", elsewhere.url)
        refused = get(url, headers={"Authorization": "Bearer x"})
        assert (refused.status_code, "Only one auth mechanism" in refused.text) == (400, True)
        assert get(url.replace("%2F", "/")).status_code == 403
        assert get(url.replace(APP.layers[0].digest[7:17], "0" * 10)).status_code == 404
        assert get(url).status_code == 200
