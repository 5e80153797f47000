"""A vendor's API is asked like a registry: guarded, kept, limited; and no name leaves its place in a path."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.http.asking import bench, refused, unhurried

from portcall.api import ApiClient
from portcall.api.client import _path
from portcall.errors import InvalidReferenceError
from portcall.http.upstream import Credentials
from portcall.testing import RecordingServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio

ADA = Credentials("ada", "canary-secret")


@asynccontextmanager
async def api(server: RecordingServer, **fields: Any) -> AsyncIterator[ApiClient]:
    with server.serve() as address:
        async with bench() as made:
            yield ApiClient(made.http, made.upstream(address, **fields))


def answering(document: Any, **options: Any) -> RecordingServer:
    headers = {"Content-Type": "application/json", **options.pop("headers", {})}
    return RecordingServer(body=json.dumps(document).encode(), headers=headers, **options)


async def test_object_is_read():
    server = answering({"name": "nginx"})
    async with api(server) as client:
        assert await client.get_object(["v2", "repositories", "nginx"], what="repository nginx") == {
            "name": "nginx"
        }
    (request,) = server.requests
    assert (request.method, request.path) == ("GET", "/v2/repositories/nginx")


async def test_same_question_is_asked_once_within_its_minute():
    server = answering({})
    async with api(server) as client:
        for _ in range(3):
            await client.get_object(["v2", "x"], {"page": 1}, what="x")
    assert len(server.requests) == 1


async def test_authorization_is_sent_home_and_nowhere_else():
    elsewhere = answering({})
    with elsewhere.serve() as there:
        server = RecordingServer(status=307, headers={"Location": f"{there.url}/steal"})
        async with api(server, credentials=ADA) as client:
            with refused("blocked"):
                await client.get(["v2", "x"], authorization="Bearer canary-token")
    assert [request.headers.get("authorization") for request in server.requests] == ["Bearer canary-token"]
    assert elsewhere.requests == []


async def test_authorization_without_credentials_to_keep_its_answers_apart_is_refused():
    async with api(answering({})) as client:
        with pytest.raises(ValueError, match="credentials"):
            await client.get(["v2", "x"], authorization="Bearer canary-token")


async def test_login_is_posted_and_never_kept():
    server = answering({"token": "canary-token"})
    async with api(server, credentials=ADA) as client:
        for _ in range(2):
            reply = await client.post(["v2", "auth", "token"], {"identifier": "ada", "secret": ADA.secret})
            assert client.object_in(reply, "login") == {"token": "canary-token"}
    assert [json.loads(request.body)["identifier"] for request in server.requests] == ["ada", "ada"]
    assert server.requests[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("server", "code", "words"),
    [
        (
            RecordingServer(body=b"<html>Just a moment...</html>", headers={"Content-Type": "text/html"}),
            "upstream_error",
            "web page",
        ),
        (
            RecordingServer(status=403, body=b"<!DOCTYPE html>", headers={"Content-Type": "text/html"}),
            "upstream_error",
            "web page",
        ),
        (RecordingServer(status=404, body=b"{}"), "not_found", "repository nginx"),
        (
            RecordingServer(status=403, body=b"error code: 1010", headers={"Content-Type": "text/plain"}),
            "forbidden",
            "nginx",
        ),
        (RecordingServer(status=429, headers={"Retry-After": "3600"}), "rate_limited", "3600 seconds"),
        (
            RecordingServer(body=b"[1, 2]", headers={"Content-Type": "application/json"}),
            "upstream_error",
            "no JSON object",
        ),
    ],
    ids=["challenge", "forbidding page", "missing", "forbidden", "limited", "list"],
)
async def test_what_is_no_answer_is_told_as_what_it_is(server: RecordingServer, code: str, words: str):
    async with api(server) as client:
        with refused(code, words):
            await client.get_object(["v2", "repositories", "nginx"], what="repository nginx")


@pytest.mark.parametrize(
    "name", ["..", ".", "", "a/../b", "a%2Fb", "a?x=1", "a#b", "\ud800", "a\nb", "//evil.test"]
)
async def test_hostile_name_stays_in_its_place(name: str):
    server = answering({})
    async with api(server) as client:
        try:
            await client.get_object(["v2", "namespaces", name, "repositories"], what="namespace")
        except InvalidReferenceError:
            assert server.requests == []
            return
    (request,) = server.requests
    assert request.path.count("/") == 4
    assert unquote(request.path.split("/")[3]) == name
    assert request.query == ""


@given(st.lists(st.text(), min_size=1, max_size=5))
@unhurried
def test_any_names_make_a_path_of_as_many_segments_or_none(names: list[str]):
    try:
        path = _path(names)
    except InvalidReferenceError:
        return
    assert [unquote(part) for part in path.split("/")] == names
    assert path.isascii()


async def test_parameter_that_is_no_text_is_refused_before_anything_is_asked():
    server = answering({})
    async with api(server) as client:
        with pytest.raises(InvalidReferenceError, match="no text"):
            await client.get(["search"], {"query": "a\ud800b"})
    assert server.requests == []


async def test_what_holds_a_secret_is_not_kept():
    server = answering({"token": "canary"})
    async with api(server) as client:
        for _ in range(2):
            await client.get(["token"], keep=False)
    assert len(server.requests) == 2


async def test_answers_are_kept_for_whoever_asked():
    server = answering({})
    async with api(server) as client:
        for caller in (client.asked_as(ADA), client.asked_as(None), client.asked_as(ADA)):
            await caller.get(["x"])
    assert len(server.requests) == 2
