"""A reader who does what a page says: commands, scripts and files, in order, in a folder of their own."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import tomllib
from contextlib import ExitStack, contextmanager
from itertools import takewhile
from pathlib import Path
from typing import IO, TYPE_CHECKING

import yaml
from tests.docs.console import commands_of, matches
from typer.testing import CliRunner

from portcall.cli.app import app
from portcall.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.docs.blocks import Block

#: What is not run here, by how the command begins, and why.
NOT_HERE = {
    "make ": "the continuous integration runs it",
    "python3 -m venv ": "is for what installs; tests/packaging makes one, too",
    ". .venv/": "is for what installs; tests/packaging makes one, too",
    "pipx ": "installs; tests/packaging installs the built wheel",
    "pip ": "installs; tests/packaging installs the built wheel",
    "docker ": "needs an engine; tests/packaging/deploy reads the files",
    "curl ": "asks a server that is not here; tests/integration/test_team_server.py asks one",
    "cat fullchain": "has no certificate; tests/packaging/deploy makes one",
    "./new-secrets.sh": "writes secrets; tests/packaging/deploy runs it",
    "kubectl ": "needs a cluster; tests/packaging/deploy validates the files",
    "openssl ": "prints a secret",
    "portcall demo": "plays the registry that a page's commands ask; tests/integration/test_demo.py runs it",
    "portcall token": "prints a secret; tests/core/cli/test_token.py runs it",
}
#: What would ask public registries, for none is named.
ASKS_THE_WORLD = {"portcall doctor"}
#: Written in commands, beside what is served there now.
DEMO_PORT = 5000


class Reader:
    """Follows one page.

    Args:
        folder: Where files of the page go, and its commands run.
        demo: Where the demo's registry is, in place of port 5000.
        served: Servers that other pages have started already: once is enough of each.
    """

    def __init__(self, folder: Path, demo: int, served: set[str]) -> None:
        self._served = served
        self._folder = folder
        self._ports = {DEMO_PORT: demo}
        self._environment = _plain_environment(folder)
        self._running = ExitStack()
        # Where those who follow the page have portcall: by pipx, unless it says otherwise.
        self._installed = "/home/ada/.local/bin"

    def read(self, block: Block) -> str:
        """Do what a block says; return it as it should be written, where its output is another."""
        if block.title:
            (self._folder / block.title).write_text(self._placed(block.text), encoding="utf-8")
        if block.language == "console":
            return self._session(block)
        if block.language == "python" and not block.title:
            self._python(block)
        elif block.language == "toml" and not block.title:
            self._configuration(block)
        elif block.language == "json":
            json.loads(block.text)
        elif block.language == "yaml":
            list(yaml.safe_load_all(block.text))
        return block.text

    def close(self) -> None:
        """End what was started in the background."""
        self._running.close()

    def _session(self, block: Block) -> str:
        told = []
        for command in commands_of(block.text):
            assert _is_shell(command.line), f"{block}: {command.line!r} is no command"
            printed = self._run(command.line)
            fits = printed is None or not command.shown or matches(command.shown, printed)
            told += [f"$ {command.line}", *(command.shown if fits else printed or ())]
        return block.text if "\\\n" in block.text else "\n".join(told) + "\n"

    def _run(self, line: str) -> list[str] | None:
        """Run a command; return what it printed, ``None`` where that is not to be compared."""
        if line.startswith("export "):
            name, _, value = shlex.split(line)[1].partition("=")
            self._environment[name] = value
            return []
        if line == ". .venv/bin/activate":
            self._installed = "/home/ada/portcall/.venv/bin"
        if f"{line} ".startswith(tuple(NOT_HERE)) or line in ASKS_THE_WORLD:
            return None
        words = shlex.split(self._placed(line).removesuffix("&"))
        given = dict(word.split("=", 1) for word in takewhile(_VARIABLE.match, words))
        program, *arguments = words[len(given) :]
        if arguments[:1] == ["serve"]:
            self._server(line, arguments, given)
            return None
        if line.endswith("&"):
            return self._script(arguments)
        # What names its own path has to be the program itself.
        if program == "portcall" and arguments[0] != "config":
            return self._portcall(arguments)
        return self._elsewhere(program, arguments)

    def _portcall(self, arguments: list[str]) -> list[str]:
        with _in(self._folder):
            result = CliRunner().invoke(app, arguments, env=self._environment, prog_name="portcall")
        assert result.exit_code in {0, 1}, result.output
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return self._back(result.output).splitlines()

    def _elsewhere(self, program: str, arguments: list[str]) -> list[str]:
        assert program in {"portcall", "python"}, f"{program} is neither run here nor in the list of what is not"
        result = subprocess.run(
            [str(_BIN / program), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            env=self._real(),
            cwd=self._folder,
            check=False,
        )
        assert result.returncode == 0, result.stdout
        return self._back(result.stdout).splitlines()

    def _server(self, line: str, arguments: list[str], given: dict[str, str]) -> None:
        """Start a server, at a port that is free, and wait until it says where it is."""
        if line in self._served:
            return
        self._served.add(line)
        output = self._in_background("-m", "portcall", *arguments, "--port", "0", **given)
        mode = given.get("PORTCALL_AUTH__MODE", "none")
        assert any(f"/mcp (auth: {mode}" in told for told in output)

    def _script(self, arguments: list[str]) -> list[str]:
        """Start a script that does not end by itself, and wait for its first line."""
        output = self._in_background(*arguments)
        return [self._back(output.readline().rstrip("\n"))]

    def _in_background(self, *arguments: str, **given: str) -> IO[str]:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**self._real(), **given},
            cwd=self._folder,
        )
        self._running.callback(_end, process)
        assert process.stdout is not None
        return process.stdout

    def _python(self, block: Block) -> None:
        script = self._folder / "example.py"
        script.write_text(self._placed(block.text), encoding="utf-8")
        self._elsewhere("python", [script.name])

    def _configuration(self, block: Block) -> None:
        if "[project]" in block.text:
            tomllib.loads(block.text)
            return
        file = self._folder / "read.toml"
        file.write_text(self._placed(block.text), encoding="utf-8")
        load_settings(file, {**self._environment, **_SECRETS})

    def _real(self) -> dict[str, str]:
        return {**self._environment, "PATH": f"{_BIN}:{os.environ['PATH']}", "PYTHONUNBUFFERED": "1"}

    def _placed(self, text: str) -> str:
        """Return a text with ports that are free here."""
        for port in (5001, 5002):
            if f":{port}" in text or f"port={port}" in text:
                self._ports.setdefault(port, _free_port())
        for written, real in self._ports.items():
            text = text.replace(f":{written}", f":{real}").replace(f"port={written}", f"port={real}")
        return text.replace("/etc/ssl/", f"{self._folder}/").replace("/run/secrets/", f"{self._folder}/")

    def _back(self, text: str) -> str:
        for written, real in self._ports.items():
            text = text.replace(f":{real}", f":{written}")
        return text.replace(str(self._folder), "/home/ada").replace(str(_BIN), self._installed)


#: A word that sets a variable for the command behind it.
_VARIABLE = re.compile(r"[A-Z_]+=")
#: Where Python and portcall are.
_BIN = Path(sys.executable).parent
#: Of variables that configurations name.
_SECRETS = {"CORP_TOKEN": "a secret", "HARBOR_TOKEN": "another", "PORTCALL_STORE_KEY": "A" * 43 + "="}


def _plain_environment(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT") if name in os.environ}
    return {**kept, "HOME": str(folder), "NO_COLOR": "1", "COLUMNS": "120"}


def _is_shell(line: str) -> bool:
    return subprocess.run(["bash", "-n", "-c", line], capture_output=True, check=False).returncode == 0


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.communicate(timeout=10)


@contextmanager
def _in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
