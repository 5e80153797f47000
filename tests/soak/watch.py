"""What a process holds: memory, files, tasks."""

from __future__ import annotations

import asyncio
import gc
import os
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

_PAGE = os.sysconf("SC_PAGE_SIZE")


def resident() -> int:
    """Return the bytes of memory that this process occupies."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


def open_files() -> int:
    """Return how many files and sockets this process has open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir()) - 1  # without the folder that is being read


@dataclass(slots=True)
class Watch:
    """Looks again and again while something long goes on.

    Attributes:
        count: How many steps there are in all.
        memory: Resident bytes after each twentieth of the steps.
        objects: How many objects Python's collector knew of then, garbage apart.
        most_files: The most that were open at any step.
        most_tasks: The most tasks that the event loop had at any step.
    """

    count: int
    memory: list[int] = field(default_factory=list)
    objects: list[int] = field(default_factory=list)
    most_files: int = 0
    most_tasks: int = 0

    def step(self, done: int) -> None:
        """Look, ``done`` steps after the beginning."""
        if done % 10 == 0:
            self.most_files = max(self.most_files, open_files())
            self.most_tasks = max(self.most_tasks, len(asyncio.all_tasks()))
        if done % (self.count // 20) == 0:
            gc.collect()
            self.memory.append(resident())
            self.objects.append(len(gc.get_objects()))

    def growth(self) -> tuple[int, int]:
        """Return by how much the later half was above the earlier one, in bytes and in objects.

        The first fifth is left out: it is when caches fill and the allocator gets its fill.
        """
        return _growth(self.memory), _growth(self.objects)


def _growth(samples: list[int]) -> int:
    warm = samples[len(samples) // 5 :]
    middle = len(warm) // 2
    return int(mean(warm[middle:]) - mean(warm[:middle]))
