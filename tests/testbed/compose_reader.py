"""What a compose file means, by the library that ``docker compose`` is made of.

Debian has no current docker compose; the library is built by Go, once, in some 6 s.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.testbed.go_tool import go_tool

if TYPE_CHECKING:
    from collections.abc import Mapping


class ComposeError(Exception):
    """The file is none that compose would run."""


def read_compose(file: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the project that ``file`` describes, its variables filled in; without the library, skip the test.

    Raises:
        ComposeError: It does not follow the specification, or names something that is not there.
    """
    command = [go_tool(Path(__file__).parent / "compose"), str(file)]
    variables = dict(environment) | {"PATH": os.environ.get("PATH", "")}
    done = subprocess.run(command, env=variables, cwd=file.parent, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ComposeError(done.stderr.strip())
    told: dict[str, Any] = json.loads(done.stdout)
    return told
