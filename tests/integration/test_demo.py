"""``portcall demo``: the main job with no internet, as promised to whoever tries it first."""

from __future__ import annotations

import json
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import pytest
from tests.testbed.hostile import control_characters

from portcall.tools import TOOLS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed.shell import Finished, Shell

# Written down by every process of the demonstration, its MCP server included: what it resolves and connects to.
WATCH = """\
import json, os, sys

_log = os.open(os.environ["WATCH_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        address = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments[0]
        os.write(_log, (json.dumps([event, address], default=str) + "\\n").encode())


sys.addaudithook(watch)
"""


@pytest.fixture
def demonstration(shell: Shell, tmp_path: Path) -> tuple[Finished, list[Any]]:
    """The demonstration, run once, and what its processes asked the network for."""
    site, log = tmp_path / "site", tmp_path / "network.log"
    site.mkdir()
    (site / "sitecustomize.py").write_text(WATCH)
    log.touch()
    done = shell.portcall("demo", environment={"PYTHONPATH": str(site), "WATCH_LOG": str(log)})
    return done, [json.loads(line) for line in log.read_text().splitlines()]


def test_it_shows_the_main_job_in_seconds_and_asks_nobody_beyond_this_machine(
    demonstration: tuple[Finished, list[Any]],
) -> None:
    done, asked = demonstration
    assert (done.status, done.err) == (0, "")
    assert done.busy < 10
    assert [tool.name for tool in TOOLS if tool.name not in done.out] == []
    assert "sha256:" in done.out
    assert "not_found: " in done.out
    assert control_characters(done.out) == set()
    hosts = {address[0] if isinstance(address, list) else address for _, address in asked}
    assert "socket.connect" in [event for event, _ in asked]  # the server's, to the embedded registry
    assert [host for host in hosts if not is_loopback(host)] == []


def is_loopback(host: Any) -> bool:
    try:
        return ip_address(str(host)).is_loopback
    except ValueError:
        return host == "localhost"


def test_it_is_drawn_on_a_terminal(shell: Shell) -> None:
    done = shell.portcall_on_terminal("demo")
    assert done.status == 0
    assert "\x1b[" in done.out
    assert "╭" in done.out


def test_no_configuration_of_the_person_who_tries_it_gets_in_its_way(shell: Shell) -> None:
    spoiled = {
        "PORTCALL_CONFIG": "/nonexistent.toml",
        "PORTCALL_NETWORK__TIMEOUT": "soon",
        "PORTCALL_REGISTRIES": "{",
        "HTTP_PROXY": "http://127.0.0.1:1",
        "HTTPS_PROXY": "http://127.0.0.1:1",
    }
    done = shell.portcall("demo", environment=spoiled)
    assert (done.status, done.err) == (0, "")
    assert "get_image_details" in done.out
