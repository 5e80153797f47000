"""What the example without a framework shows besides: portcall as a library, and a team's server over HTTP."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.packaging.frameworks.python.example import Example
from tests.testbed.process import Service
from tests.testbed.shell import Shell


@pytest.fixture
def team(portcall_from_wheel: Path, shell: Shell, registry: str, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A server over HTTP that knows the registry: its address, and the token that it lets in."""
    token = secrets.token_hex(24)
    listed = json.dumps({registry: {"endpoint": f"http://{registry}"}})
    variables = shell.environment(PORTCALL_AUTH_TOKEN=token, PORTCALL_REGISTRIES=listed)
    command = [str(portcall_from_wheel), "serve", "--transport", "http", "--port", "0"]
    with Service(command, tmp_path / "team.log", variables) as service:

        def address() -> str | None:
            written = service.log.read_text()
            found = [word for word in written.split() if word.startswith("http://") and word.endswith("/mcp")]
            return found[0] if found else None

        yield service.wait_for(address, "portcall over HTTP", timeout=30), token


def test_the_agent_asks_a_teams_server_with_its_token(
    example_of: Callable[[str], Example], team: tuple[str, str], registry: str
):
    url, token = team
    example = example_of("python")
    member = replace(example, variables=example.variables | {"PORTCALL_TOKEN": token})
    done = member.run(f"{registry}/shop/gateway", "--url", url)
    assert (done.status, done.err) == (0, "")
    assert f"pinned for linux/arm64: {registry}/shop/gateway@sha256:" in done.out

    stranger = replace(example, variables=example.variables | {"PORTCALL_TOKEN": token[::-1]})
    refused = stranger.run(f"{registry}/shop/gateway", "--url", url)
    assert refused.status == 1
    assert "pinned" not in refused.out
    assert token[::-1] not in refused.err

    assert example.run("--url", url).status == 2


def test_the_library_pins_the_same_without_mcp(portcall_from_wheel: Path, root: Path, shell: Shell, registry: str):
    script = str(root / "examples" / "python" / "library.py")
    python = str(portcall_from_wheel.with_name("python"))
    done = shell.run([python, "-W", "error", script, f"{registry}/shop/gateway"])
    assert (done.status, done.err) == (0, "")
    first, last = done.out.splitlines()
    assert first.endswith("candidates: 1.4.1, 1.4, 1.4.0, 1.4.1-alpine, 1.4.0-rc.1")
    assert last.startswith(f"pinned for linux/arm64: {registry}/shop/gateway@sha256:")

    failed = shell.run([python, script, "127.0.0.1:9/shop/gateway"])
    assert failed.status == 1
    assert failed.err.startswith("the connection to 127.0.0.1:9 was refused")


def test_an_outage_is_told_and_is_no_reason_to_take_another_version(example_of: Callable[[str], Example]):
    failed = example_of("python").run("127.0.0.1:9/shop/gateway", "1.4.20")
    assert failed.status == 1
    assert failed.err.startswith("unreachable: the connection to 127.0.0.1:9 was refused")
    (offered,) = failed.out.splitlines()
    assert offered.startswith("portcall offers ")
