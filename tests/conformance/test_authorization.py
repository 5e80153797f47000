"""portcall as an authorization server, as the official conformance suite sees it: what it tells, and a sign-in."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
from tests.conformance.serving import served
from tests.conformance.signing_in import sign_in
from tests.conformance.suite import Client
from tests.doubles.dockerhub import DEFAULT_SECRETS, DockerHubDouble
from tests.testbed.configuration import write_configuration
from tests.testbed.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conformance.suite import Suite

#: Clients introduce themselves by registering; that they may also do so by a document at an address of their own
#: is recommended, and not offered.
NOT_OFFERED = "authorization-server-metadata-endpoint:authorization-server-metadata-cimd"


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[str]:
    """A server where people sign in with a double of Docker Hub."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    with DockerHubDouble().serve() as hub:
        # Where people's own logins may go.
        theirs = [urlsplit(each).netloc for each in (hub.registry, hub.api, hub.auth)]
        config = write_configuration(
            tmp_path / "portcall.toml",
            {"docker.io": {"endpoint": hub.registry, "api": hub.api, "auth_hosts": theirs}},
            network={"proxy": "none"},
            server={"public_url": url},
            auth={"mode": "dockerhub", "store": f"sqlite:///{tmp_path / 'state.db'}"},
        )
        command = ("-m", "portcall", "serve", "--transport", "http", "--port", str(port), "--config", str(config))
        with served(command, tmp_path, Shell(tmp_path).environment()):
            yield url


def test_an_app_that_registered_itself_gets_a_token_from_somebody_who_signs_in(suite: Suite, issuer: str) -> None:
    """What it tells of itself is what clients expect; codes, state, issuer and token are as OAuth has them."""
    client = _registered(issuer)
    report = suite.authorization(issuer, client, lambda url: sign_in(url, "ada", DEFAULT_SECRETS["ada, by token"]))
    failures = report.failures(report.scenarios)
    assert failures.keys() == {NOT_OFFERED}, failures
    assert report.passed() == {"authorization-code-grant"}, report.output
    assert "authorization-server-metadata-endpoint:authorization-server-metadata" in report.successes()
    assert report.status == 0, report.output


def _registered(issuer: str) -> Client:
    port = _free_port()
    wanted: dict[str, Any] = {
        "client_name": "The conformance suite",
        "redirect_uris": [f"http://127.0.0.1:{port}/callback"],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
    }
    answer = httpx.post(f"{issuer}/register", json=wanted, trust_env=False)
    answer.raise_for_status()
    return Client(answer.json()["client_id"], port, f"{issuer}/mcp")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
