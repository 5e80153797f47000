"""Several processes that serve one address, and the one that looks after them."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from uvicorn.supervisors.multiprocess import Multiprocess, Process

from portcall.errors import PortcallError
from portcall.logs import get_logger
from portcall.server.asgi.graceful import MOST_SECONDS, GracefulServer

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from portcall.server.asgi.config import ServingConfig

_log = get_logger("portcall.server")

#: Seconds between two looks at the workers, for one to start, and for all to end.
_TICK = 0.1
_START_PATIENCE = 60.0
_END_PATIENCE = MOST_SECONDS + 0.2
#: One that lived shorter than this died of something that its successor may die of, too: pauses between them grow.
_YOUNG = 10.0
_LONGEST_PAUSE = 10.0

FAILED = 1
BAD_USAGE = 2


class Worker(Process):
    """A process that serves, and ends when its parent does."""

    config: ServingConfig

    def __init__(self, config: ServingConfig, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        self._parent = os.getpid()
        self.born = time.monotonic()

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve; runs in the new process."""
        self._server = GracefulServer(self.config, parent=self._parent, ends_process=True)
        try:
            super().target(sockets)
        except PortcallError as error:
            _log.critical("worker_cannot_start", code=error.code, reason=error.message, hint=error.hint)
            sys.exit(BAD_USAGE)


class Workers(Multiprocess):
    """uvicorn's supervisor, with our own workers; what is different is told with each method.

    Args:
        config: Says how many.
        sockets: What all of them listen on.
        numbers: The folder where they put what Prometheus is told.
        when_started: Called once all of them answer.
    """

    config: ServingConfig
    processes: list[Worker]  # type: ignore[assignment]

    def __init__(
        self,
        config: ServingConfig,
        sockets: list[socket.socket],
        numbers: Path,
        when_started: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(config, sockets)
        self._numbers = numbers
        self._when_started = when_started
        self._pause = 0.0
        self._due = 0.0
        # At once, not at the next look: some of what happens between two takes its time.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.should_exit.set())

    def serve(self) -> int:
        """Serve until told to end; return the exit status."""
        self.init_processes()
        try:
            if not all(worker.wait_until_ready(_START_PATIENCE, self.should_exit) for worker in self.processes):
                return self._failure()
            self._when_started()
            while not self.should_exit.wait(_TICK):
                self.handle_signals()
                self.keep_subprocess_alive()
            return 0
        finally:
            self._end()

    def init_processes(self) -> None:
        """Start all of them."""
        self.processes += [self._begin() for _ in range(self.processes_num)]

    def keep_subprocess_alive(self) -> None:
        """Start another for each that has died; uvicorn's pings would hold this up when one hangs."""
        for index, worker in enumerate(self.processes):
            if worker.process.is_alive() or time.monotonic() < self._due:
                continue
            _log.warning("worker_died", pid=worker.pid, status=worker.exitcode)
            self._bury(worker)
            is_young = time.monotonic() - worker.born < _YOUNG
            self._pause = min(max(2 * self._pause, 2 * _TICK), _LONGEST_PAUSE) if is_young else 0.0
            self._due = time.monotonic() + self._pause
            self.processes[index] = self._begin()

    def restart_all(self) -> None:
        """Replace them one by one, each once its successor answers; SIGTERM interrupts this."""
        for index, old in enumerate(self.processes):
            new = self._begin()
            if not new.wait_until_ready(_START_PATIENCE, self.should_exit):
                new.kill()
                self._bury(new)
                _log.error("restart_given_up", pid=old.pid)
                return
            self.processes[index] = new
            if old.process.is_alive():
                old.terminate()
            self._bury(old, _END_PATIENCE)

    def handle_ttin(self) -> None:
        """Add one."""
        self.processes_num += 1
        self.processes.append(self._begin())

    def handle_ttou(self) -> None:
        """Take one away, unless it is the last."""
        if self.processes_num > 1:
            self.processes_num -= 1
            worker = self.processes.pop()
            worker.terminate()
            self._bury(worker, _END_PATIENCE)

    def _begin(self) -> Worker:
        worker = Worker(self.config, self.sockets)
        worker.start()
        return worker

    def _failure(self) -> int:
        if self.should_exit.is_set():
            return 0
        _log.critical("workers_cannot_start")
        return BAD_USAGE if any(worker.exitcode == BAD_USAGE for worker in self.processes) else FAILED

    def _end(self) -> None:
        # Else the system would go on to accept what nobody is going to answer.
        for listening in self.sockets:
            listening.close()
        until = time.monotonic() + _END_PATIENCE
        for worker in self.processes:
            worker.terminate()
        for worker in self.processes:
            self._bury(worker, until - time.monotonic())

    def _bury(self, worker: Worker, patience: float = 0.0) -> None:
        """Have no more of a worker than what it counted; one that does not end in time is killed."""
        from prometheus_client.multiprocess import mark_process_dead

        worker.process.join(max(patience, 0.0))
        worker.kill()
        worker.process.join()
        if worker.pid is not None:
            mark_process_dead(worker.pid, str(self._numbers))  # type: ignore[no-untyped-call]


@contextmanager
def shared_numbers() -> Iterator[Path]:
    """Have the workers that are started within the block count together; return where.

    ``prometheus_client`` takes the folder from the environment, when it is imported, and in no other way.
    """
    from portcall.server.asgi.exposition import FOLDER_VARIABLE

    before = os.environ.get(FOLDER_VARIABLE)
    folder = Path(mkdtemp(prefix="portcall-metrics-", dir=before))
    os.environ[FOLDER_VARIABLE] = str(folder)
    try:
        yield folder
    finally:
        del os.environ[FOLDER_VARIABLE]
        if before is not None:
            os.environ[FOLDER_VARIABLE] = before
        rmtree(folder, ignore_errors=True)
