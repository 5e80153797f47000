"""``portcall`` as a child process: piped, or on a terminal of its own."""

from __future__ import annotations

import fcntl
import os
import pty
import resource
import struct
import subprocess
import sys
import termios
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: Seconds after which a command counts as hung.
PATIENCE = 60


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of a command.

    Attributes:
        status: Its exit status.
        out: Its stdout; on a terminal, all that was shown.
        err: Its stderr; on a terminal, empty.
        busy: Seconds of CPU that it and its children took: what its time is on a machine without other work.
    """

    status: int
    out: str
    err: str
    busy: float


@dataclass(frozen=True, slots=True)
class Shell:
    """Runs commands as a person does who has no configuration but the one that is given.

    Attributes:
        home: The home folder, empty or not; nothing else of this machine's is seen.
    """

    home: Path

    def environment(self, **more: str) -> dict[str, str]:
        """Return a child's whole environment: none of the developer's own settings are in it."""
        of_the_tests = ("COVERAGE_", "SSL_CERT_")
        kept = {name: value for name, value in os.environ.items() if name.startswith(of_the_tests)}
        usual = {"PATH": os.environ.get("PATH", ""), "HOME": str(self.home), "LANG": "C.UTF-8", "TERM": "dumb"}
        return kept | usual | more

    def portcall(
        self, *arguments: str, stdin: str | bytes = "", environment: dict[str, str] | None = None
    ) -> Finished:
        """Run ``python -m portcall`` with everything piped."""
        return self.run([sys.executable, "-m", "portcall", *arguments], stdin=stdin, environment=environment)

    def run(
        self,
        command: Sequence[str],
        *,
        stdin: str | bytes = "",
        environment: dict[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Finished:
        """Run any command with everything piped."""
        before = _busy()
        done = subprocess.run(
            command,
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            env=self.environment(**(environment or {})),
            cwd=cwd or self.home,
            timeout=PATIENCE,
            check=False,
        )
        out, err = (stream.decode("utf-8", "backslashreplace") for stream in (done.stdout, done.stderr))
        return Finished(done.returncode, out, err, _busy() - before)

    def portcall_on_terminal(self, *arguments: str, columns: int = 120) -> Finished:
        """Run ``python -m portcall`` with a terminal as its stdin, stdout and stderr."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        before = _busy()
        environment = self.environment(TERM="xterm-256color")
        with subprocess.Popen(
            [sys.executable, "-m", "portcall", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            cwd=self.home,
            start_new_session=True,
        ) as child:
            os.close(theirs)
            shown = _read_all(ours)
            os.close(ours)
            status = child.wait(PATIENCE)
        return Finished(status, shown.decode("utf-8", "backslashreplace"), "", _busy() - before)


def _busy() -> float:
    """Return the seconds of CPU that all children took which have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _read_all(descriptor: int) -> bytes:
    shown = b""
    while True:
        try:
            piece = os.read(descriptor, 65536)
        except OSError:  # Linux's way to say that the other side has hung up
            return shown
        if not piece:
            return shown
        shown += piece
