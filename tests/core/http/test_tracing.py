"""Each request upstream has a span, a part of the call that it is for; and says nothing of what is private."""

from __future__ import annotations

import asyncio

import pytest
from opentelemetry.trace import StatusCode
from tests.core.http.asking import (
    PASSWORD,
    REPOSITORY,
    USER,
    bench,
    entry,
    refused,
    serving,
    with_password,
)
from tests.core.http.traces import Traces, tracing

from portcall.http.reply import ResourceRequest
from portcall.http.span import Span
from portcall.http.tracing import UpstreamTraces
from portcall.testing import BearerAuth, FakeRegistry, image, layer, quirks

pytestmark = pytest.mark.anyio


async def test_requests_upstream_are_spans_of_the_call_that_they_are_for():
    with serving() as registry:
        address = registry.address
        async with tracing(entry(address)) as (gateway, traces):
            with traces.call() as call:
                await gateway.get_manifest(f"{address.netloc}/{REPOSITORY}:1")
        (span,) = traces.requests
    host, _, port = address.netloc.partition(":")
    assert span.name == f"GET {host}"
    assert span.parent == call.get_span_context()
    assert span.status.status_code is StatusCode.UNSET
    size = span.attributes["http.response.body.size"]
    assert isinstance(size, int)
    assert size > 20
    assert dict(span.attributes) == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.response.body.size": size,
        "server.address": host,
        "server.port": int(port),
        "url.scheme": "http",
        "portcall.registry": address.netloc,
    }


async def test_spans_hold_no_names_and_no_secrets():
    """Paths are names of what may be private, queries may be signatures, and errors quote either."""
    with serving(auth=BearerAuth({USER: PASSWORD}, public=[])) as registry:
        async with tracing(with_password(registry.address)) as (gateway, traces):
            with traces.call():
                await gateway.get_image_details(f"{registry.address.netloc}/{REPOSITORY}:latest")
            with traces.call(), refused("not_found"):
                await gateway.get_image_details(f"{registry.address.netloc}/{REPOSITORY}:nosuchtag")
        assert len(traces.requests) > 4
        tokens = {one.authorization.partition(" ")[2] for one in registry.requests if one.authorization}
    written = traces.written()
    for private in ("shop", "api", "latest", "nosuchtag", "sha256", "/v2/", USER, PASSWORD, *tokens):
        assert private not in written


async def test_what_failed_is_told_by_its_status_and_what_was_tried_again_is_counted():
    with serving(quirks.Answer(503, times=2, retry_after=0)) as registry:
        async with tracing(entry(registry.address)) as (gateway, traces):
            with traces.call():
                await gateway.get_manifest(f"{registry.address.netloc}/{REPOSITORY}:1")
    spans = traces.requests
    assert [span.attributes.get("error.type") for span in spans] == ["503", "503", None]
    assert [span.attributes.get("http.request.resend_count") for span in spans] == [None, 1, 2]
    assert [span.status.status_code for span in spans] == [StatusCode.ERROR, StatusCode.ERROR, StatusCode.UNSET]
    assert {span.status.description for span in spans} == {None}


async def test_a_challenge_is_no_error_but_a_token_that_is_refused_is():
    with serving(auth=BearerAuth({USER: PASSWORD}, public=[])) as registry:
        async with tracing(with_password(registry.address)) as (gateway, traces):
            with traces.call():
                await gateway.get_manifest(f"{registry.address.netloc}/{REPOSITORY}:1")
            statuses = [span.attributes["http.response.status_code"] for span in traces.requests]
            assert statuses == [401, 200, 200]
            assert not any("error.type" in span.attributes for span in traces.requests)
            # The token request is one of its own, not the other's second try.
            assert [span.attributes.get("http.request.resend_count") for span in traces.requests] == [
                None,
                None,
                1,
            ]
        async with tracing(with_password(registry.address, "WRONG"), environ={"WRONG": "nope"}) as (
            gateway,
            traces,
        ):
            with traces.call(), refused("unauthorized"):
                await gateway.get_manifest(f"{registry.address.netloc}/{REPOSITORY}:1")
    assert "401" in {span.attributes.get("error.type") for span in traces.requests}


async def test_a_token_request_that_is_tried_again_is_counted_for_itself():
    with serving(quirks.Answer(503, times=1, retry_after=0, path="/token"), auth=BearerAuth()) as registry:
        async with tracing(entry(registry.address)) as (gateway, traces):
            with traces.call():
                await gateway.get_manifest(f"{registry.address.netloc}/{REPOSITORY}:1")
    assert [
        (span.attributes["http.response.status_code"], span.attributes.get("http.request.resend_count"))
        for span in traces.requests
    ] == [(401, None), (503, None), (200, 1), (200, 1)]


async def test_an_outage_is_told_by_our_code_for_it():
    with serving() as registry:
        address = registry.address
    async with tracing(entry(address)) as (gateway, traces):
        with traces.call(), refused("unreachable"):
            await gateway.get_manifest(f"{address.netloc}/{REPOSITORY}:1")
    assert {span.attributes.get("error.type") for span in traces.requests} == {"unreachable"}
    assert {span.status.status_code for span in traces.requests} == {StatusCode.ERROR}
    assert not any("http.response.status_code" in span.attributes for span in traces.requests)
    assert not any(span.events for span in traces.requests)


async def test_a_request_that_is_given_up_ends_its_span():
    with serving(quirks.Stall()) as registry:
        async with tracing(entry(registry.address), timeout="0.3") as (gateway, traces):
            with traces.call(), refused("timeout"):
                await gateway.get_manifest(f"{registry.address.netloc}/{REPOSITORY}:1")
            await asyncio.sleep(0.05)
    assert [span.attributes.get("error.type") for span in traces.requests] == ["cancelled"]


async def test_a_layers_span_lasts_as_long_as_it_takes_to_come():
    registry = FakeRegistry(quirks=[quirks.Dribble(slice=4096, pause=0.02, path="/blobs/")])
    registry.push(REPOSITORY, image([layer({"srv/app": "x" * 30_000}, compression="none")]), tags=["1"])
    with registry.serve() as address:
        async with tracing(entry(address)) as (gateway, traces):
            with traces.call() as call:
                await gateway.list_files(f"{address.netloc}/{REPOSITORY}:1")
    span = max(traces.requests, key=lambda one: int(one.attributes["http.response.body.size"]))
    assert int(span.attributes["http.response.body.size"]) > 30_000
    assert (span.end_time - span.start_time) / 1e9 > 0.1
    assert span.parent == call.get_span_context()


async def test_a_body_that_is_left_early_ends_its_span_too():
    registry = FakeRegistry()
    data = layer({"srv/app": "x" * 3_000_000}, compression="none")
    registry.push(REPOSITORY, image([data]), tags=["1"])
    traces = Traces()
    with registry.serve() as address:
        async with bench(traces=UpstreamTraces(traces.provider)) as made:
            upstream = made.upstream(address)
            url = f"{address.url}/v2/{REPOSITORY}/blobs/{data.digest}"
            reply = await made.http.open(ResourceRequest(upstream, url, span=Span()))
            await anext(reply.content)
            assert traces.requests == []
            await reply.content.aclose()
            await reply.content.aclose()
    (span,) = traces.requests
    assert 0 < int(span.attributes["http.response.body.size"]) < 3_000_000


async def test_what_several_wait_for_is_the_firsts_and_the_others_point_to_it():
    with serving(quirks.Latency(0.2)) as registry:
        async with tracing(entry(registry.address)) as (gateway, traces):

            async def ask(name: str) -> None:
                with traces.call(name):
                    await gateway.get_manifest(f"{registry.address.netloc}/{REPOSITORY}:1")

            await asyncio.gather(*(ask(name) for name in ("first", "second", "third")))
            # What is kept ready is nobody else's work.
            await ask("later")
    assert registry.count("manifest") == 1
    calls = {span.name: span for span in traces.calls}
    (span,) = traces.requests
    assert span.parent.span_id == calls["first"].context.span_id
    linked = {name: [link.context.span_id for link in call.links] for name, call in calls.items()}
    first = calls["first"].context.span_id
    assert linked == {"first": [], "second": [first], "third": [first], "later": []}


async def test_a_call_that_asks_the_same_twice_does_not_point_to_itself():
    with serving(quirks.Latency(0.1)) as registry:
        async with tracing(entry(registry.address)) as (gateway, traces):
            with traces.call():
                await asyncio.gather(
                    *(gateway.get_manifest(f"{registry.address.netloc}/{REPOSITORY}:1") for _ in range(2))
                )
    (call,) = traces.calls
    assert call.links == ()
