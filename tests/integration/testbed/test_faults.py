"""The fault proxy spoils what its rules pick, as its faults say, and nothing else."""

from __future__ import annotations

import socket
import threading
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.testbed import content as c
from tests.testbed import faults
from tests.testbed.fault_proxy import FaultProxy, Rule
from tests.testbed.push import digest_of
from tests.testbed.raw import ACCEPT, APP, APP_URL, NOWHERE, errors_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.testbed.push import Push
    from tests.testbed.registry import RealRegistry


def test_without_rules_all_is_as_the_registry_says(
    fault_proxy: FaultProxy, through: httpx.Client, plain: httpx.Client
) -> None:
    spoiled, direct = through.get(APP_URL), plain.get(APP_URL, headers=ACCEPT)
    same = ("Content-Type", "Content-Length", "Docker-Content-Digest", "Etag")
    assert [spoiled.headers[name] for name in same] == [direct.headers[name] for name in same]
    assert spoiled.content == direct.content
    assert through.head(APP_URL).headers["Content-Length"] == str(len(direct.content))
    assert [(seen.method, seen.status, seen.fault) for seen in fault_proxy.log] == [
        ("GET", 200, None),
        ("HEAD", 200, None),
    ]


def test_pushing_goes_through_it(
    fault_proxy: FaultProxy, plain_registry: RealRegistry, push: Push, scratch_repository: str
) -> None:
    client = push(fault_proxy.in_front_of(plain_registry))
    client.blob(scratch_repository, b"{}")
    client.manifest(scratch_repository, "1", c.artifact("application/vnd.example.pushed"))
    assert [seen.method for seen in fault_proxy.log] == ["POST", "PUT", "PUT"]


def test_chunked_replies_and_requests_stay_whole(
    fault_proxy_for: Callable[..., FaultProxy], registry_with_3000_tags: RealRegistry
) -> None:
    proxy = fault_proxy_for(registry_with_3000_tags)
    reply = httpx.get(f"{proxy.url}/v2/demo/tags/tags/list", trust_env=False)
    assert reply.headers["Transfer-Encoding"] == "chunked"
    assert len(reply.json()["tags"]) == 3000
    pieces = (piece for piece in (b"one", b"two"))
    assert httpx.post(f"{proxy.url}/v2/x/blobs/uploads/", content=pieces, trust_env=False).status_code == 202


def test_the_log_tells_the_scheme_and_never_the_credentials(
    fault_proxy: FaultProxy, through: httpx.Client
) -> None:
    through.get("/v2/", auth=("writer", "writer-secret"))
    through.get("/v2/", headers={"Authorization": "Bearer abc"})
    through.get("/v2/")
    assert [seen.scheme for seen in fault_proxy.log] == ["Basic", "Bearer", None]
    assert "abc" not in repr(fault_proxy.log)


def test_rules_match_skip_and_run_out(fault_proxy: FaultProxy, through: httpx.Client) -> None:
    rule = Rule(faults.Status(503, retry_after=7), match=r"^GET /v2/demo/app/", skip=1, times=2)
    fault_proxy.rules = [rule]
    replies = [through.get(url) for url in ("/v2/", APP_URL, APP_URL, APP_URL, APP_URL)]
    assert [reply.status_code for reply in replies] == [200, 200, 503, 503, 200]
    assert (replies[2].headers["Retry-After"], errors_of(replies[2])) == ("7", ["UNAVAILABLE"])
    assert rule.hits == 2
    assert [seen.fault for seen in fault_proxy.log] == [None, None, "Status", "Status", None]


def test_latency_delays_a_whole_answer(fault_proxy: FaultProxy, through: httpx.Client) -> None:
    fault_proxy.rules = [Rule(faults.Latency(0.1))]
    started = time.monotonic()
    assert through.get(APP_URL).status_code == 200
    assert time.monotonic() - started >= 0.1


def test_stall_leaves_the_reader_waiting(fault_proxy: FaultProxy, through: httpx.Client) -> None:
    fault_proxy.rules = [Rule(faults.Stall(after=5))]
    with through.stream("GET", APP_URL, timeout=0.1) as reply, pytest.raises(httpx.ReadTimeout):
        reply.read()


def test_reset_breaks_the_connection_after_so_many_bytes(fault_proxy: FaultProxy, through: httpx.Client) -> None:
    fault_proxy.rules = [Rule(faults.Reset(after=5))]
    with through.stream("GET", APP_URL) as reply, pytest.raises(httpx.ReadError):
        reply.read()
    assert reply.status_code == 200
    assert reply.num_bytes_downloaded <= 5


def test_refuse_breaks_it_before_any_answer(fault_proxy: FaultProxy, through: httpx.Client) -> None:
    fault_proxy.rules = [Rule(faults.Refuse())]
    with pytest.raises(httpx.ReadError):
        through.get(APP_URL)


def test_truncate_ends_the_body_early(fault_proxy: FaultProxy, through: httpx.Client) -> None:
    fault_proxy.rules = [Rule(faults.Truncate(after=5))]
    with pytest.raises(httpx.RemoteProtocolError, match="received 5 bytes"):
        through.get(APP_URL)


def test_dribble_brings_everything_slowly(fault_proxy: FaultProxy, through: httpx.Client) -> None:
    fault_proxy.rules = [Rule(faults.Dribble(chunk=400, interval=0.03))]
    started = time.monotonic()
    body = through.get(APP_URL).content
    assert digest_of(body) == APP.digest
    assert time.monotonic() - started >= 0.03 * (len(body) // 400)


def test_flip_changes_one_bit_and_no_header(fault_proxy: FaultProxy, through: httpx.Client) -> None:
    right = through.get(APP_URL)
    fault_proxy.rules = [Rule(faults.Flip(offset=3))]
    wrong = through.get(APP_URL)
    changed = [(a ^ b).bit_count() for a, b in zip(right.content, wrong.content, strict=True)]
    assert (sum(changed), changed[3]) == (1, 1)
    assert wrong.headers["Docker-Content-Digest"] == right.headers["Docker-Content-Digest"]


def test_garbage_keeps_the_content_type(fault_proxy: FaultProxy, through: httpx.Client) -> None:
    fault_proxy.rules = [Rule(faults.Garbage(b"<html>"))]
    reply = through.get(APP_URL)
    assert (reply.content, reply.headers["Content-Type"]) == (b"<html>", c.OCI_INDEX)


def test_the_digest_header_can_be_wrong_or_missing(fault_proxy: FaultProxy, through: httpx.Client) -> None:
    fault_proxy.rules = [
        Rule(faults.ChangeHeaders(set={"Docker-Content-Digest": NOWHERE}), times=1),
        Rule(faults.ChangeHeaders(drop=("docker-content-digest",))),
    ]
    assert through.head(APP_URL).headers["Docker-Content-Digest"] == NOWHERE
    assert "Docker-Content-Digest" not in through.get(APP_URL).headers


def test_a_pause_can_be_told_as_a_date(fault_proxy: FaultProxy, through: httpx.Client) -> None:
    fault_proxy.rules = [Rule(faults.Status(429, retry_after=60, as_date=True))]
    told = parsedate_to_datetime(through.get(APP_URL).headers["Retry-After"]).timestamp()
    assert told - time.time() == pytest.approx(60, abs=5)


@pytest.mark.parametrize("after", [None, 5], ids=["before the head", "in the body"])
def test_hold_keeps_the_reader_waiting_and_notes_who_leaves(
    fault_proxy: FaultProxy, through: httpx.Client, after: int | None
) -> None:
    hold = faults.Hold(after)
    fault_proxy.rules = [Rule(hold)]
    with pytest.raises(httpx.ReadTimeout):
        through.get(APP_URL, timeout=0.1)
    while not hold.left:
        time.sleep(0.005)
    threading.Timer(0.1, hold.release.set).start()
    assert digest_of(through.get(APP_URL).content) == APP.digest
    assert (len(hold.arrived), len(hold.left)) == (2, 1)


def test_something_else_may_happen_before_the_registry_is_asked(
    fault_proxy: FaultProxy, through: httpx.Client
) -> None:
    happened: list[str] = []
    fault_proxy.rules = [Rule(faults.Meanwhile(lambda: happened.append("this")), times=1)]
    assert [through.get(APP_URL).status_code for _ in range(2)] == [200, 200]
    assert happened == ["this"]


def test_redirect_sends_the_request_elsewhere(
    fault_proxy: FaultProxy, through: httpx.Client, token_registry: RealRegistry
) -> None:
    fault_proxy.rules = [Rule(faults.Redirect(to=token_registry.url))]
    assert through.get(APP_URL).headers["Location"] == token_registry.url + APP_URL
    assert through.get(APP_URL, follow_redirects=True).status_code == 401


def test_endless_goes_on_until_the_reader_hangs_up(fault_proxy: FaultProxy, through: httpx.Client) -> None:
    fault_proxy.rules = [Rule(faults.Endless())]
    got = 0
    with through.stream("GET", APP_URL) as reply:
        for piece in reply.iter_raw():
            got += len(piece)
            if got > 4 << 20:
                break
    assert "Content-Length" not in reply.headers
    assert got > 4 << 20


def test_a_gzip_bomb_is_small_until_it_is_unpacked(fault_proxy: FaultProxy, through: httpx.Client) -> None:
    fault_proxy.rules = [Rule(faults.GzipBomb(mebibytes=8))]
    reply = through.get(APP_URL)
    assert int(reply.headers["Content-Length"]) < 20_000
    assert len(reply.content) == 8 << 20


def test_stopping_leaves_no_thread_and_no_client_waiting(plain_registry: RealRegistry) -> None:
    before, started = threading.active_count(), time.monotonic()
    with FaultProxy(plain_registry.netloc) as proxy:
        proxy.rules = [Rule(faults.Stall())]
        client = socket.create_connection(("127.0.0.1", proxy.server_port))
        client.sendall(b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(8) == b"HTTP/1.1"
    with client:
        assert threading.active_count() == before
        while client.recv(4096):
            pass
    assert time.monotonic() - started < 5


def test_a_mistake_in_a_handler_is_not_swallowed(plain_registry: RealRegistry) -> None:
    proxy = FaultProxy(plain_registry.netloc).__enter__()
    proxy.rules = [Rule(faults.Flip(offset=10**9))]
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{proxy.url}/v2/", trust_env=False)
    with pytest.raises(ExceptionGroup, match="handler failed") as failure:
        proxy.__exit__(None)
    assert failure.group_contains(IndexError)
