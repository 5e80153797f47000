"""Registries that are listed are told which trace a request belongs to, and nobody else is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from opentelemetry import baggage, context
from opentelemetry.trace import TraceState, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from tests.core.http.asking import PASSWORD, REPOSITORY, USER, asking, bench, entry, serving, with_password
from tests.core.http.traces import Traces, parent_told, told, tracing

from portcall.http.reply import ResourceRequest
from portcall.http.tracing import UpstreamTraces
from portcall.testing import BearerAuth, BlobStore, FakeRegistry, RecordingServer, Reply, Request, quirks

pytestmark = pytest.mark.anyio

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@contextlib.contextmanager
def client(state: str = "", **words: str) -> Iterator[None]:
    """Be inside a call whose client sent its trace along, and baggage."""
    carrier = {"traceparent": f"00-{TRACE}-{SPAN}-01", "tracestate": state}
    found = TraceContextTextMapPropagator().extract(carrier)
    for name, value in words.items():
        found = baggage.set_baggage(name, value, found)
    token = context.attach(found)
    try:
        yield
    finally:
        context.detach(token)


async def test_a_listed_registry_is_told_the_span_of_each_request():
    with serving(auth=BearerAuth({USER: PASSWORD}, public=[])) as registry:
        async with tracing(with_password(registry.address)) as (gateway, traces):
            with client("vendor=abc", user="ada"), traces.call():
                await gateway.get_manifest(f"{registry.address.netloc}/{REPOSITORY}:1")
        assert [one.headers["traceparent"] for one in registry.requests] == [
            parent_told(span) for span in traces.requests
        ]
    assert {one.headers["traceparent"][3:35] for one in registry.requests} == {TRACE}
    assert {one.headers["tracestate"] for one in registry.requests} == {"vendor=abc"}
    # Baggage is what clients say of their users.
    assert not any("baggage" in one.headers for one in registry.requests)


async def test_what_a_client_sent_is_passed_on_even_where_nothing_is_recorded_here():
    with serving() as registry:
        async with asking(entry(registry.address)) as gateway:
            with client():
                await gateway.get_manifest(f"{registry.address.netloc}/{REPOSITORY}:1")
    assert [one.headers.get("traceparent") for one in registry.requests] == [f"00-{TRACE}-{SPAN}-01"]


async def test_without_any_trace_nothing_is_told():
    assert not get_current_span().get_span_context().is_valid
    with serving() as registry:
        async with asking(entry(registry.address)) as gateway:
            await gateway.get_manifest(f"{registry.address.netloc}/{REPOSITORY}:1")
    assert [told(one) for one in registry.requests] == [set()]


async def test_a_registry_that_is_merely_named_is_told_nothing():
    with serving() as registry:
        async with tracing() as (gateway, traces):
            with client("vendor=abc"), traces.call():
                await gateway.get_manifest(f"{registry.address.netloc}/{REPOSITORY}:1")
        assert [told(one) for one in registry.requests] == [set()]
    assert len(traces.requests) == 1


async def test_storage_that_a_registry_redirects_to_is_told_nothing():
    with serving() as registry:
        blobs = BlobStore(registry)
        with blobs.serve() as elsewhere:
            registry.add(quirks.BlobRedirect(elsewhere.url))
            async with tracing(entry(registry.address, auth_hosts=[elsewhere.netloc])) as (gateway, traces):
                with client("vendor=abc"), traces.call():
                    await gateway.get_image_details(f"{registry.address.netloc}/{REPOSITORY}:1")
        assert [told(one) for one in blobs.requests] == [set()]
        assert all(told(one) == {"traceparent", "tracestate"} for one in registry.requests)
    # It has a span all the same, which counts as a further try of the same request.
    last = traces.requests[-1]
    assert (last.attributes["server.port"], last.attributes["http.request.resend_count"]) == (
        int(elsewhere.netloc.rpartition(":")[2]),
        1,
    )


async def test_a_token_service_elsewhere_is_told_nothing():
    stranger = RecordingServer(200, body=b'{"token": "t"}')
    with stranger.serve() as elsewhere, serving(auth=BearerAuth(realm=f"{elsewhere.url}/token")) as registry:
        async with tracing(entry(registry.address, auth_hosts=[elsewhere.netloc])) as (gateway, traces):
            with client(), traces.call(), contextlib.suppress(Exception):
                await gateway.get_manifest(f"{registry.address.netloc}/{REPOSITORY}:1")
        assert stranger.requests
        assert not any(told(one) for one in stranger.requests)
        assert told(registry.requests[0]) == {"traceparent"}


@dataclass(frozen=True)
class There(quirks.Quirk):
    """Tag lists are somewhere else, and from there on as the address says."""

    to: str = ""

    def spoil(self, request: Request, reply: Reply, context: quirks.Context) -> Reply:
        if request.kind != "tags" or request.query:
            return reply
        return Reply(status=307, headers={"Location": self.to})


async def test_a_registry_itself_is_told_nothing_where_a_redirect_leads_to_it():
    """Where another says where to go, it is not to be known that this is a part of that."""
    registry = FakeRegistry()
    back = RecordingServer(307)
    with registry.serve() as address, back.serve() as elsewhere:
        path = f"/v2/{REPOSITORY}/tags/list?n=1000"
        back.reply = Reply(status=307, headers={"Location": f"{address.url}{path}"})
        traces = Traces()
        async with bench(traces=UpstreamTraces(traces.provider)) as made:
            upstream = made.upstream(address, elsewhere)
            for to in (f"{elsewhere.url}/", path):
                registry.forget()
                registry.add(There(to=to))
                with client(), traces.call():
                    url = f"{address.url}/v2/{REPOSITORY}/tags/list"
                    await made.http.fetch(ResourceRequest(upstream, url, accept=to))
                assert [told(one) for one in registry.requests] == [{"traceparent"}, set()]
                registry.clear_quirks()
        assert [told(one) for one in back.requests] == [set()]


async def test_the_listed_registrys_own_api_elsewhere_is_told():
    api = RecordingServer(200, body=b"{}")
    traces = Traces()
    with api.serve() as address:
        async with bench(traces=UpstreamTraces(traces.provider)) as made:
            for listed in (True, False):
                upstream = made.upstream(address, listed=listed)
                with client(), traces.call():
                    url = f"{address.url}/api/repositories"
                    await made.http.fetch(ResourceRequest(upstream, url, plain=True, accept=str(listed)))
    assert [told(one) for one in api.requests] == [{"traceparent"}, set()]


@pytest.mark.parametrize(("members", "is_passed_on"), [(2, True), (3, False)])
async def test_a_state_that_few_would_accept_is_left_out(members: int, is_passed_on: bool):
    """It is the client's, and a registry would answer an oversized header with a refusal."""
    state = TraceState([(f"v{number}", "x" * 240) for number in range(members)]).to_header()
    with serving() as registry:
        async with tracing(entry(registry.address)) as (gateway, traces):
            with client(state), traces.call():
                await gateway.get_manifest(f"{registry.address.netloc}/{REPOSITORY}:1")
    (one,) = registry.requests
    assert "traceparent" in one.headers
    assert one.headers.get("tracestate") == (state if is_passed_on else None)
