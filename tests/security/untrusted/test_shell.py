"""Strangers at the shell: on a terminal, which obeys what it reads, into pipes, and as JSON."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import sys
from typing import TYPE_CHECKING

import pytest
import typer
from tests.security.untrusted.oracle import faults_in_text, faults_on_terminal
from tests.security.untrusted.payloads import WORD
from tests.security.untrusted.strangers import IMAGES, MIXTURES, TAG, Strangers
from tests.testbed.shell import Shell

from portcall.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Stream(io.TextIOWrapper):
    """Where a command writes to.

    Args:
        is_terminal: Whether it says that it is one.
    """

    def __init__(self, is_terminal: bool) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", newline="", write_through=True)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal

    @property
    def written(self) -> str:
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue().decode()


@contextlib.contextmanager
def own_logging() -> Iterator[None]:
    """Let a command say where its log goes, and the tests keep theirs."""
    root = logging.getLogger()
    handlers, level = [*root.handlers], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def run(*arguments: str, terminal: bool) -> tuple[str, str]:
    """Run a command in this process; return what it wrote to stdout, and to stderr."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "TERM": "xterm-256color",
            "COLUMNS": "4000",
            "PORTCALL_NETWORK__PROXY": "none",
        }.items():
            patch.setenv(name, value)
        out, err = Stream(terminal), Stream(terminal)
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        # That an image is missing, or a finding is an error, is an answer, too.
        with own_logging(), contextlib.suppress(typer.Exit):
            app([*arguments], standalone_mode=False)
        return out.written, err.written


def images(strangers: Strangers) -> list[str]:
    return [f"{strangers.anybodys.address.netloc}/evil/{number}" for number in IMAGES]


def commands(image: str, other: str) -> list[tuple[str, ...]]:
    """Return every command that asks about images; what it prints is drawn, Markdown, or JSON."""
    return [
        ("inspect", f"{image}:1.0"),
        ("inspect", f"{image}:platforms"),
        ("inspect", f"{image}:artifact"),
        ("inspect", f"{image}:{TAG}x"),
        ("tags", image),
        ("check", f"{image}:1.0", f"{image}:{TAG}x", f"{image}:platforms", "--newer"),
        ("compare", f"{image}:1.0", f"{other}:1.0", "--files"),
        ("layers", f"{image}:1.0", "--deep"),
        ("files", f"{image}:1.0", "--pattern", "**"),
        ("base", f"{image}:1.0"),
        ("review", "--image", f"{other}:1.0"),
        ("registries",),
    ]


@pytest.fixture(scope="module")
def asked(strangers: Strangers) -> list[tuple[str, ...]]:
    """All commands about one stranger's image, and the one that tells most about the others'."""
    one, two, three, four = images(strangers)
    return [
        *commands(four, three),
        *(("compare", f"{four}:1.0", f"{other}:1.0", "--files") for other in (one, two)),
    ]


def test_on_a_terminal_there_are_our_colours_and_nothing_else(asked: list[tuple[str, ...]]):
    told = ""
    for command in asked:
        out, err = run(*command, terminal=True)
        assert "\x1b[" in out + err, command
        assert faults_on_terminal(out) == [], command
        # A bar that moves is drawn on stderr, and gone before the answer: what stands there is ours.
        assert WORD not in err
        told += out
    assert f"[link=https://{WORD}.example]" in told
    assert f"[red]{WORD}[/red]" in told


def test_into_a_pipe_goes_what_an_agent_reads(asked: list[tuple[str, ...]]):
    for command in asked:
        out, err = run(*command, terminal=False)
        assert faults_in_text(out) == [], command
        assert faults_in_text(err, words=True) == [], command


def test_json_is_ascii_in_which_nothing_hides(asked: list[tuple[str, ...]]):
    for command in asked:
        out, _ = run(*command, "--json", terminal=False)
        assert out.isascii()
        assert out.replace("\n", "").isprintable()
        json.loads(out)


def test_a_manifest_and_a_tools_answer_are_ascii_too(strangers: Strangers):
    image = images(strangers)[0]
    for command in (
        ("inspect", f"{image}:1.0", "--raw"),
        ("call", "get_image_details", f"image_name={image}:1.0"),
    ):
        out, _ = run(*command, terminal=False)
        assert out.isascii()
        assert WORD in str(json.loads(out))


@pytest.mark.parametrize("path", ["/etc/all", "/etc/os-release"])
def test_a_file_is_itself_in_a_pipe_and_quiet_on_a_terminal(strangers: Strangers, path: str):
    image = f"{images(strangers)[0]}:1.0"
    piped, _ = run("read", image, path, terminal=False)
    drawn, _ = run("read", image, path, terminal=True)
    assert piped == "\n".join(MIXTURES) if path == "/etc/all" else piped
    assert faults_on_terminal(drawn, document=True) == []


def test_a_dockerfile_is_itself_in_a_pipe_and_quiet_on_a_terminal(strangers: Strangers):
    for image in images(strangers):
        piped, _ = run("dockerfile", f"{image}:1.0", terminal=False)
        drawn, _ = run("dockerfile", f"{image}:1.0", terminal=True)
        assert WORD in piped
        assert faults_on_terminal(drawn, document=True) == []


def test_what_a_vendor_tells_is_drawn_as_text(strangers: Strangers, monkeypatch: pytest.MonkeyPatch):
    registries = strangers.settings.registries
    told = {
        name: {"endpoint": str(registries[name].endpoint), "api": str(registries[name].api)}
        for name in ("quay.io",)
    }
    monkeypatch.setenv("PORTCALL_REGISTRIES", json.dumps(told))
    for command in (("search", "stranger", "-r", "quay.io"), ("tags", "quay.io/evil/stranger0")):
        drawn, _ = run(*command, terminal=True)
        assert faults_on_terminal(drawn) == []
        piped, _ = run(*command, terminal=False)
        assert faults_in_text(piped) == []
    assert json.loads(run("search", "stranger", "-r", "quay.io", "--json", terminal=False)[0])["images"]


def test_a_real_terminal_is_sent_no_other_escape(strangers: Strangers, tmp_path: Path):
    one, two, *_ = images(strangers)
    done = Shell(tmp_path).portcall_on_terminal("compare", f"{one}:1.0", f"{two}:1.0", columns=160)
    assert done.status == 0, done.out
    assert WORD in done.out
    # Up to where the bar is cleared away it moves the cursor; the answer stands behind that.
    answer = done.out.rpartition("\x1b[2K")[2].removeprefix("\x1b[?25h")
    assert faults_on_terminal(answer) == []
