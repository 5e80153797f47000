"""The servers that the suite is run against, each a child process on a port of its own."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.testbed.process import Service

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: portcall's own app with the suite's items, and these items on the SDK's app, with sessions.
FIXTURE = ("-m", "tests.conformance.fixture_server")
STATEFUL = (*FIXTURE, "--stateful")
#: What people install.
SHIPPED = ("-m", "portcall", "serve", "--transport", "http", "--port", "0")

_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/mcp")
_PATIENCE = 30


@contextmanager
def served(command: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the address of a server that runs as long as the block."""
    log = folder / "server.log"

    def address() -> str | None:
        found = _ADDRESS.search(log.read_text(errors="replace"))
        return found[0] if found else None

    with Service([sys.executable, *command], log, environment) as service:
        yield service.wait_for(address, " ".join(command), _PATIENCE)
