"""What registries and vendors say where they refuse is not passed on, whatever the status."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.agents.agent import Agent, connected
from tests.security.untrusted.oracle import faults_in_json, faults_in_text
from tests.security.untrusted.payloads import SHORT, WORD

from portcall.settings import Settings
from portcall.testing import RecordingServer
from portcall.testing.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.anyio

VENDORS = ("registry.example", "docker.io", "quay.io", "ghcr.io")
#: Short, for of long refusals nobody reads more than their beginning.
_ALL = f"{WORD} ` [x](https://{WORD}.example) <b>{WORD}\n\n# {WORD}\x1b[31m\u202e\U000e0041 {WORD}"
#: Its second label is longer than any can be: no resolver is asked.
_HOST = f"{WORD}.{'x' * 64}.example"
#: The forms in which the distribution protocol, Docker Hub, Quay and GitHub tell what is wrong.
_DOCUMENT = {
    "errors": [{"code": f"MANIFEST_UNKNOWN {_ALL}", "message": _ALL, "detail": {_ALL: _ALL}}],
    **dict.fromkeys(
        ("message", "detail", "error", "error_message", "error_type", "title", "status", "details"), _ALL
    ),
    "documentation_url": f"https://{WORD}.example",
    "txnid": _ALL,
    "fields": {_ALL: [_ALL]},
}
#: What makes no sense where something was found.
_NONSENSE = {
    **_DOCUMENT,
    **dict.fromkeys(("name", "tags", "results", "items", "schemaVersion", "mediaType", "config", "layers"), _ALL),
    **dict.fromkeys(("token", "access_token", "repositories", "count", "next", "manifests"), _ALL),
}
_CHALLENGE = (
    f'Bearer realm="https://{_HOST}/token",service="{WORD}",scope="{WORD}",error="{WORD}",'
    f'error_description="{WORD} <b> [x](https://{WORD}.example)"'
)
_HEADERS = {
    "WWW-Authenticate": _CHALLENGE,
    "Docker-Distribution-API-Version": WORD,
    "Docker-Content-Digest": f"sha256:{WORD}",
    "Link": f"<https://{WORD}.example/v2/?last={WORD}>; rel={WORD}, <{WORD}>; rel=next",
    "RateLimit-Limit": f"{WORD};w={WORD}",
    "X-RateLimit-Reset": WORD,
    "Warning": f'299 - "{WORD}"',
    "Server": WORD,
    "ETag": f'"{WORD}"',
}
#: So long that nobody waits for it, where another try would be made; elsewhere all else would wait for it.
_PAUSE = {"Retry-After": "3600"}


@pytest.fixture(scope="module")
def refusing() -> Iterator[RecordingServer]:
    server = RecordingServer()
    with server.serve():
        yield server


def settings_for(server: RecordingServer) -> Settings:
    entry = {"endpoint": server.address.url, "api": server.address.url}
    registries = {VENDORS[0]: {"endpoint": server.address.url}} | dict.fromkeys(VENDORS[1:], entry)
    return Settings.model_validate({"registries": registries, "network": {"proxy": "none", "timeout": 10}})


def headers_of(status: int) -> dict[str, str]:
    return _HEADERS | (_PAUSE if status == 429 or status >= 500 else {})


async def ask_all(agent: Agent) -> None:
    for registry in VENDORS:
        image = f"{registry}/evil/app:1"
        for tool in (
            "get_image_details",
            "search_tags",
            "get_repository",
            "get_vulnerabilities",
            "get_dockerfile",
        ):
            await agent.call(tool, image_name=image)
        await agent.call("check_images", images=[image])
        await agent.call("search_images", query="app", registry=registry)
        await agent.call("search_users", query="evil", registry=registry)
        await agent.call("list_repositories", namespace="evil", registry=registry)
        await agent.call("search_dockerfiles", query="app", registry=registry)
    await agent.call("search_images", query="app", registry="all")
    await agent.call("list_registries", probe=True)


#: Those that are read in a way of their own; of all others the status alone is told.
_READ = (200, 401, 403, 404, 429, 503)
_OTHERS = (400, 405, 409, 418, 422, 451, 500, 520)


@pytest.mark.parametrize("status", [*_READ, *(pytest.param(each, marks=pytest.mark.slow) for each in _OTHERS)])
async def test_what_a_refusal_says_is_not_passed_on(refusing: RecordingServer, status: int):
    body = json.dumps(_NONSENSE if status == 200 else _DOCUMENT).encode()
    refusing.reply = Reply(
        status=status, headers={"Content-Type": "application/json", **headers_of(status)}, body=body
    )
    await assert_nothing_is_passed_on(refusing)


@pytest.mark.parametrize("status", [200, 404, 502])
async def test_nor_is_a_page_that_is_none_of_a_registrys(refusing: RecordingServer, status: int):
    page = f"<html><title>{WORD}</title>{' '.join(SHORT.values())}</html>".encode()
    headers = {"Content-Type": f"text/html; charset={WORD}", **headers_of(status)}
    refusing.reply = Reply(status=status, headers=headers, body=page)
    await assert_nothing_is_passed_on(refusing)


async def test_nor_where_a_redirect_leads(refusing: RecordingServer):
    refusing.reply = Reply(status=307, headers={**_HEADERS, "Location": f"https://{_HOST}/{WORD}"}, body=b"")
    await assert_nothing_is_passed_on(refusing)


async def assert_nothing_is_passed_on(server: RecordingServer) -> None:
    async with connected(settings_for(server)) as agent:
        await ask_all(agent)
    for answer in agent.answers:
        assert faults_in_text(answer.text) == [], answer.text
        assert faults_in_json(answer.structured) == []
        assert WORD not in _but_hosts(answer.text), answer.text
        assert WORD not in _but_hosts(json.dumps(answer.structured)), answer.text
    assert sum(answer.is_error for answer in agent.answers) > len(VENDORS)


def _but_hosts(text: str) -> str:
    """Return a text without the hosts that a registry may name: who asked has to be told where it would lead."""
    return text.replace(_HOST, "")
