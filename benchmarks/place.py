"""Where to ask, and as whom: nobody in particular, on a machine without settings."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

TOOLS = Path(__file__).parent / ".tools"
PATH = os.pathsep.join([str(TOOLS), str(Path(sys.executable).parent), os.environ.get("PATH", "")])


def found(program: str) -> bool:
    """Tell whether a program is installed here, or was built by ``install-tools.sh``."""
    return shutil.which(program, path=PATH) is not None


class RefusedError(Exception):
    """There is no answer, or not the one that was pushed: nothing to compare."""


@dataclass(frozen=True, slots=True)
class Place:
    """A registry, and the environment to ask it in.

    Attributes:
        netloc: ``host:port``, as it stands in references.
        home: An empty home folder: nobody's settings and credentials count.
        authorities: PEM file of those to trust.
    """

    netloc: str
    home: Path
    authorities: Path

    def environment(self) -> dict[str, str]:
        """Return a child's whole environment, the same for every candidate."""
        return {
            "PATH": PATH,
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "SSL_CERT_FILE": str(self.authorities),
            "PORTCALL_CONFIG": os.devnull,
            "PORTCALL_REGISTRIES": json.dumps({self.netloc: {"endpoint": f"https://{self.netloc}"}}),
        }

    def run(self, line: str) -> tuple[bytes, float]:
        """Return what a line of shell printed, and the milliseconds from its start to its end.

        Raises:
            RefusedError: it failed; with the end of its stderr.
        """
        environment = self.environment()
        began = time.perf_counter()
        done = subprocess.run(["sh", "-c", line], capture_output=True, env=environment, check=False)
        spent = (time.perf_counter() - began) * 1000
        if done.returncode:
            raise RefusedError(done.stderr.decode(errors="replace").strip()[-300:])
        return done.stdout, spent
