"""What a server's process holds, seen from outside while it is busy."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(slots=True)
class ServerWatch:
    """Looks at a process again and again.

    Args:
        pid: Which.

    Attributes:
        memory: Resident bytes, at each look.
        files: Files and sockets that were open.
        threads: Its threads.
    """

    pid: int
    memory: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)

    def look(self) -> None:
        """Look once."""
        place = Path(f"/proc/{self.pid}")
        self.memory.append(int((place / "statm").read_text().split()[1]) * _PAGE)
        self.files.append(open_files(self.pid))
        told = re.search(r"^Threads:\s+(\d+)", (place / "status").read_text(), re.MULTILINE)
        assert told is not None
        self.threads.append(int(told[1]))

    async def run(self, seconds: float) -> None:
        """Look every so many seconds, until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(seconds)

    def growth(self) -> int:
        """Return by how many bytes of memory the last quarter was above the second.

        The first one is when caches fill, and every client connects.
        """
        quarter = len(self.memory) // 4
        return int(mean(self.memory[-quarter:]) - mean(self.memory[quarter : 2 * quarter]))

    def most_files(self) -> tuple[int, int]:
        """Return the most files that were open in the second quarter, and in the last."""
        quarter = len(self.files) // 4
        return max(self.files[quarter : 2 * quarter]), max(self.files[-quarter:])


def open_files(pid: int) -> int:
    """Return how many files and sockets a process has open."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
