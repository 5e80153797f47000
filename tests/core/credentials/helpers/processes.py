"""The helper of the tests, and what is left of it on this machine."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PASS = "docker-credential-pass"
HUB = "https://index.docker.io/v1/"


async def until(claim: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not claim():  # noqa: ASYNC110 - what is awaited happens in another process
            await asyncio.sleep(0.01)


def is_running(process: int) -> bool:
    """Tell whether a process is there, and not merely unburied: in a container nobody may bury orphans."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
