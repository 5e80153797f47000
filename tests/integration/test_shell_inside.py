"""What is inside images, at the shell: against the demonstration's registry."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.testbed.hostile import control_characters, undrawn

from portcall.testing import FakeRegistry, demo_registry, file, image, layer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.testbed.shell import Shell

BINARY = bytes(range(256)) * 8192  # two parts


@pytest.fixture(scope="module")
def registry() -> Iterator[str]:
    """The demonstration's registry, by its address."""
    with demo_registry().serve() as address:
        yield address.netloc


@pytest.fixture(scope="module")
def odd() -> Iterator[str]:
    """An image whose files would move a terminal's cursor, or are no text."""
    registry = FakeRegistry()
    files = {"bin/data": BINARY, "etc/motd": file("\x1b[2J\x1b]0;title\x07welcome\n")}
    registry.push("odd", image([layer(files)]), tags=["1"])
    with registry.serve() as address:
        yield f"{address.netloc}/odd:1"


def test_read_prints_the_file_and_nothing_else(shell: Shell, registry: str):
    done = shell.portcall("read", f"{registry}/shop/api:1.4.2", "/etc/debian_version")
    assert (done.status, done.out, done.err) == (0, "12.5\n", "")


def test_read_gives_binary_files_to_a_pipe_whole_as_they_are(shell: Shell, odd: str):
    done = subprocess.run(
        [sys.executable, "-m", "portcall", "read", odd, "/bin/data"],
        capture_output=True,
        env=shell.environment(),
        check=True,
        timeout=60,
    )
    assert hashlib.sha256(done.stdout).digest() == hashlib.sha256(BINARY).digest()


def test_read_shows_a_terminal_nothing_that_it_would_obey(shell: Shell, odd: str):
    done = shell.portcall_on_terminal("read", odd, "/etc/motd")
    assert done.status == 0
    assert "\\u{1b}[2J" in done.out
    assert "welcome" in done.out
    assert control_characters(undrawn(done.out)) == set()


def test_read_takes_a_part(shell: Shell, odd: str):
    done = shell.portcall("read", odd, "/bin/data", "--offset", "65", "--max-bytes", "8")
    assert (done.status, done.out) == (0, "ABCDEFGH")


def test_a_file_that_was_deleted_says_by_which_layer(shell: Shell, registry: str):
    path = "/var/cache/apt/archives/python3_3.11.2-1+b1.deb"
    done = shell.portcall("read", f"{registry}/shop/api:1.4.2", path)
    assert done.status == 1
    assert "was deleted by layer 5 of 5" in done.err
    assert done.out == ""


def test_files_and_layers_are_drawn(shell: Shell, registry: str):
    files = undrawn(shell.portcall_on_terminal("files", f"{registry}/shop/api:1.4.2", "-p", "*sh").out)
    assert "├── bash" in files
    layers = shell.portcall_on_terminal("layers", f"{registry}/shop/api:1.4.2", "--deep").out
    assert "█" in layers
    assert "reclaimable" in layers


def test_compare_tells_files(shell: Shell, registry: str):
    done = shell.portcall(
        "compare", f"{registry}/shop/api:1.4.1", f"{registry}/shop/api:1.4.2", "--files", "--json"
    )
    told = json.loads(done.out)
    assert told["same"] is False
    assert [file["path"] for file in told["files"]] == [
        "/srv/app/shop_api/server.py",
        "/srv/app/shop_api/__init__.py",
    ]


def test_a_dockerfile_goes_into_a_file_as_it_is(shell: Shell, registry: str):
    done = shell.portcall("dockerfile", f"{registry}/shop/api:1.4.2")
    assert done.status == 0
    assert "\nFROM registry.example/base/debian:12-slim\n" in done.out
    assert "Reconstructed" in done.out
    assert done.err.startswith("note: ")


def test_copied_off_a_narrow_terminal_it_is_the_same_file(shell: Shell, registry: str):
    named = ("dockerfile", f"{registry}/shop/api:1.4.2")
    drawn = undrawn(shell.portcall_on_terminal(*named, columns=60).out).replace("\r", "")
    content = shell.portcall(*named).out
    assert max(map(len, content.splitlines())) > 60
    assert content in drawn


def test_a_review_ends_with_1_where_a_finding_is_an_error(shell: Shell, registry: str):
    text = f"FROM {registry}/shop/api:1.4.2\nENV API_TOKEN=hunter2hunter2\n"
    done = shell.portcall("review", "-", stdin=text)
    assert done.status == 1
    assert "secret" in done.out
    assert "hunter2" not in done.out + done.err


@pytest.mark.parametrize("content", ["", " \n\n"])
def test_an_empty_dockerfile_is_said_to_be_empty(shell: Shell, content: str):
    done = shell.portcall("review", "-", stdin=content)
    assert done.status == 2
    assert done.err.startswith("invalid_argument: the Dockerfile is empty. ")


def test_a_file_and_an_image_are_one_too_many(shell: Shell, registry: str):
    done = shell.portcall("review", "-", "-i", f"{registry}/shop/api:1.4.2", stdin="FROM scratch\n")
    assert done.status == 2
    assert "give one of them" in " ".join(done.err.replace("│", " ").split())


def test_the_base_of_an_image_is_told(shell: Shell, registry: str):
    done = shell.portcall("base", f"{registry}/shop/api:1.4.2")
    assert done.status == 0
    assert "based on `registry.example/base/debian:12-slim`" in done.out
