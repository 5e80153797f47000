"""An example of ours, run as its reader would: with ``portcall`` on the PATH, not in the example's environment."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.testbed.python_environment import PythonEnvironment
    from tests.testbed.shell import Finished, Shell

#: Seconds after which a program counts as hung.
PATIENCE = 60
PROBES = Path(__file__).with_name("probes")


@dataclass(frozen=True)
class Example:
    """One example.

    Attributes:
        folder: Where it is.
        python: The environment that its requirements made.
        portcall: The folder of the ``portcall`` program.
        shell: Runs it, with a home folder of its own.
        variables: What else its environment holds.
    """

    folder: Path
    python: PythonEnvironment
    portcall: Path
    shell: Shell
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str) -> Finished:
        """Run its agent to the end."""
        return self.shell.run(
            self._command("agent.py", *arguments), environment=self._environment(), cwd=self.folder
        )

    def probe(self, *arguments: str) -> Finished:
        """Run what asks the framework more than the example does: a program of ours that imports it."""
        environment = self._environment() | {"PYTHONPATH": str(self.folder)}
        command = self._command(str(PROBES / f"probe_{self.folder.name.replace('-', '_')}.py"), *arguments)
        return self.shell.run(command, environment=environment, cwd=self.folder)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start its agent in a process group of its own, as a terminal does."""
        return subprocess.Popen(
            self._command("agent.py", *arguments),
            cwd=self.folder,
            env=self.shell.environment(**self._environment()),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def processes(self) -> list[str]:
        """Return the command lines of what runs with this example's home folder: itself, and its servers."""
        home = f"HOME={self.shell.home}".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if home in (process / "environ").read_bytes().split(b"\0"):
                    found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:  # ended meanwhile, or another user's
                continue
        return [command for command in found if command]  # one that has ended has none, until its parent looks

    def servers(self) -> list[str]:
        """Return the command lines of the ``portcall serve`` that run for this example."""
        return [command for command in self.processes() if "portcall serve" in command]

    def all_end(self) -> bool:
        """Return whether nothing of this example runs any more, or ends within some seconds."""
        deadline = time.monotonic() + 15
        while self.processes():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def _command(self, script: str, *arguments: str) -> list[str]:
        return [str(self.python.python), "-W", "error", script, *arguments]

    def _environment(self) -> dict[str, str]:
        path = f"{self.portcall}:{os.environ.get('PATH', '')}"
        return {"PATH": path, "PYTHONUNBUFFERED": "1", **self.variables}


def interrupted(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Do to a program what Ctrl-C in its terminal does; return its status, and what it said."""
    os.killpg(process.pid, signal.SIGINT)
    try:
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    return process.returncode, out, err
