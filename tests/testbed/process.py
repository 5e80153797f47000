"""Child processes that a fixture starts, waits for and stops by their own handle."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Self, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

T = TypeVar("T")

APT_PACKAGES = Path(__file__).parents[1] / "apt-packages.txt"


def require_binary(name: str) -> str:
    """Return the path of an installed program; without it skip the test, or fail it where ``CI`` is set."""
    found = shutil.which(name)
    if found is None:
        missing_program(f"{name} is not installed: apt-get install {' '.join(APT_PACKAGES.read_text().split())}")
    return found


def missing_program(reason: str) -> NoReturn:
    """Skip on a developer's machine; fail in CI, where a silent skip would hide half of the suite."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@dataclass(slots=True)
class Outcome:
    """Whether what used a service failed: assumed until it is said not to have."""

    failed: bool = True


@contextmanager
def log_kept(folder: Path, destination: Path) -> Iterator[Outcome]:
    """Remove a service's folder at the end; if it failed, copy ``folder/log`` to ``destination`` first."""
    outcome = Outcome()
    try:
        yield outcome
    finally:
        if outcome.failed and (folder / "log").exists():
            destination.parent.mkdir(exist_ok=True)
            shutil.copyfile(folder / "log", destination)
        if folder.exists():  # not so if its program is missing
            shutil.rmtree(folder)


class Service:
    """A child process whose output goes to the file ``log``; as a context manager it is always stopped."""

    def __init__(self, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_for(self, look: Callable[[], T | None], what: str, timeout: float = 10) -> T:
        """Return the first thing that ``look`` finds.

        Raises:
            RuntimeError: the process ended, or ``timeout`` seconds passed; with the end of its log.
        """
        deadline = time.monotonic() + timeout
        while True:
            ended = self._process.poll() is not None
            if (found := look()) is not None:
                return found
            if ended or time.monotonic() > deadline:
                why = f"ended with status {self._process.returncode}" if ended else f"no answer in {timeout:g} s"
                raise RuntimeError(f"{what}: {why}\n{self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.005)

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
