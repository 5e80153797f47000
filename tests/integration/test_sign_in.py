"""People who sign in with Docker Hub: what a client finds by itself, and what is theirs alone."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult
from tests.doubles.dockerhub import DEFAULT_SECRETS, DockerHubDouble, Repository, User
from tests.testbed.oauth import Person
from tests.testbed.shell import Shell
from tests.testbed.stdio import text_of
from tests.testbed.team_server import TeamServer, connected, serving

from portcall.testing import image, layer
from portcall.tools import TOOLS

pytestmark = pytest.mark.anyio

CANARY = "canary-of-adas"
PRIVATE = "ada/private"
ADAS, MALLORYS = DEFAULT_SECRETS["ada, by token"], "dckr_pat_mallory000000000000000000"
#: What each tool is asked about the private repository.
QUESTIONS = {
    "list_registries": {},
    "search_images": {"query": "private"},
    "search_users": {"query": "ada"},
    "list_repositories": {"namespace": "ada"},
    "get_repository": {"image_name": PRIVATE, "readme": True},
    "search_tags": {"image_name": PRIVATE},
    "get_image_details": {"image_name": f"{PRIVATE}:1.0"},
    "get_manifest": {"image_name": f"{PRIVATE}:1.0"},
    "check_images": {"images": [f"{PRIVATE}:1.0", f"{PRIVATE}:1.1"], "suggest_newer": True},
    "compare_images": {"image_a": f"{PRIVATE}:1.0", "image_b": "nginx:1.28", "files": True},
    "analyze_layers": {"image_name": f"{PRIVATE}:1.0", "deep": True},
    "list_files": {"image_name": f"{PRIVATE}:1.0", "pattern": "**"},
    "read_file": {"image_name": f"{PRIVATE}:1.0", "path": "/etc/secret"},
    "get_dockerfile": {"image_name": f"{PRIVATE}:1.0"},
    "search_dockerfiles": {"query": "private", "registry": "docker.io"},
    "analyze_dockerfile": {"content": f"FROM {PRIVATE}:1.0\n"},
    "check_base_image": {"image_name": f"{PRIVATE}:1.0"},
    "get_vulnerabilities": {"image_name": f"{PRIVATE}:1.0"},
}
PAGES = (f"docker://image/{PRIVATE}/1.0", f"docker://image/{PRIVATE}/1.1", "docker://images/private")


@pytest.fixture(scope="module")
def hub() -> Iterator[DockerHubDouble]:
    hub = DockerHubDouble()
    hub.add(
        User(name="mallory", password=MALLORYS),
        Repository(path=PRIVATE, description=CANARY, full_description=CANARY, private=True),
    )
    labels = {"team": CANARY, "org.opencontainers.image.base.name": "nginx:1.28"}
    built = image([layer({"etc/secret": CANARY}, command=f"COPY {CANARY} /")], labels=labels)
    hub.push(PRIVATE, built, tags=["1.0"])
    with hub.serve():
        yield hub


@pytest.fixture(scope="module")
def server(hub: DockerHubDouble, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TeamServer]:
    places = hub.places
    hosts = [urlsplit(url).netloc for url in (places.auth, places.registry, places.api)]
    entry = {"endpoint": places.registry, "api": places.api, "auth_hosts": hosts}
    shell = Shell(tmp_path_factory.mktemp("signing-in"))
    port = _free_port()
    environment = {
        "PORTCALL_REGISTRIES": json.dumps({"docker.io": entry}),
        "PORTCALL_AUTH__MODE": "dockerhub",
        "PORTCALL_AUTH__STORE": f"sqlite:///{shell.home / 'state.db'}",
        "PORTCALL_SERVER__PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    with serving(shell, environment=environment, port=port) as server:
        yield server


async def everything(server: TeamServer, person: Person) -> dict[str, str]:
    """Return all that a person's client is told of the private repository, by tool and by address."""
    told: dict[str, str] = {}
    async with connected(server.mcp, auth=person.auth(server)) as client:
        for tool, arguments in QUESTIONS.items():
            told[tool] = _all_of(await client.call_tool(tool, arguments))
        for uri in PAGES:
            try:
                # For how long it stays true depends on when it was asked.
                told[uri] = str((await client.read_resource(uri)).model_dump(mode="json", exclude={"ttl_ms"}))
            except MCPError as error:
                told[uri] = str(error)
        try:
            async with client.listen(resource_subscriptions=[PAGES[0]]):
                told["listen"] = "heard"
        except MCPError as error:
            told["listen"] = str(error)
    return told


def _all_of(answer: CallToolResult) -> str:
    return f"{text_of(answer)}\n{answer.structured_content}"


def test_every_tool_is_asked():
    assert set(QUESTIONS) == {tool.name for tool in TOOLS}


async def test_client_that_knows_the_address_alone_signs_a_person_in(server: TeamServer):
    ada = Person("ada", ADAS)
    async with connected(server.mcp, auth=ada.auth(server)) as client:
        answer = await client.call_tool("read_file", QUESTIONS["read_file"])
    assert CANARY in text_of(answer)
    assert ada.tokens is not None
    assert ada.tokens.refresh_token
    assert ada.tokens.scope == "read"


async def test_private_repository_of_one_is_never_told_to_the_other(server: TeamServer):
    """In no tool, no resource, no error, no subscription; before and after it is in the cache."""
    mallory = Person("mallory", MALLORYS)
    before = await everything(server, mallory)
    hers = await everything(server, Person("ada", ADAS))
    after = await everything(server, mallory)
    assert {name for name, told in hers.items() if CANARY in told} >= {
        "get_image_details",
        "read_file",
        "get_repository",
        PAGES[0],
    }
    assert hers["listen"] == "heard"
    assert not [name for name, told in (before | after).items() if CANARY in told]
    assert after["listen"] == before["listen"] != "heard"
    assert {name for name in before if before[name] != after[name]} <= {"list_registries"}


async def test_signing_out_ends_the_clients_access_and_the_login_that_was_kept(server: TeamServer):
    ada = Person("ada", ADAS)
    async with connected(server.mcp, auth=ada.auth(server)) as client:
        await client.list_tools()
    assert ada.tokens is not None
    registration = await ada.get_client_info()
    assert registration is not None
    async with httpx2.AsyncClient(timeout=5, trust_env=False) as http:
        form = {"token": ada.tokens.access_token, "client_id": registration.client_id}
        assert (await http.post(f"{server.url}/revoke", data=form)).status_code == 200
        headers = {"Authorization": f"Bearer {ada.tokens.access_token}"}
        reply = await http.post(server.mcp, headers=headers, json={})
        assert reply.status_code == 401
        form = {"grant_type": "refresh_token", "refresh_token": ada.tokens.refresh_token}
        again = await http.post(f"{server.url}/token", data={**form, "client_id": registration.client_id})
    assert again.json()["error"] == "invalid_grant"


async def test_description_says_who_gives_tokens_and_for_what(server: TeamServer):
    async with httpx2.AsyncClient(timeout=5, trust_env=False) as http:
        refused = await http.post(server.mcp, json={})
        told = (await http.get(f"{server.url}/.well-known/oauth-protected-resource/mcp")).json()
        issuer = (await http.get(f"{server.url}/.well-known/oauth-authorization-server")).json()
    assert (
        f'resource_metadata="{server.url}/.well-known/oauth-protected-resource/mcp"'
        in (refused.headers["www-authenticate"])
    )
    assert told["resource"] == server.mcp
    assert told["scopes_supported"] == ["read"]
    assert [url.rstrip("/") for url in told["authorization_servers"]] == [issuer["issuer"].rstrip("/")]
    assert "none" in issuer["token_endpoint_auth_methods_supported"]


def test_nothing_secret_is_written_down(server: TeamServer):
    """Neither to the log nor, as it is, to the store."""
    for path in Path(server.log.parent).rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert ADAS.encode() not in content
            assert MALLORYS.encode() not in content


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
