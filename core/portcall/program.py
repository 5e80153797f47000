"""Running somebody else's program: without a shell, for a bounded time, for a bounded answer, and to its end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

#: Seconds that a killed program is waited for.
_BURIAL = 2.0
#: Bytes that a pipe surely holds, whoever reads: what is longer is written while the program runs.
_PIPE = 4096
#: Seconds between two looks at a program that is about to end: it has closed its output, or was killed.
_LOOK = 0.005


class ProgramError(Exception):
    """The program did not come to its end; says why, and repeats nothing of what it wrote."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended.

    Args:
        status: Its exit status; the negative number of the signal that ended it.
        output: What it wrote to stdout.
    """

    status: int
    output: bytes = field(repr=False)


async def run_program(
    command: Sequence[str], *, told: bytes, environment: Mapping[str, str], seconds: float, most: int
) -> Outcome:
    """Run a program to its end.

    It leads a session, and so a process group, of its own. On time-out and cancellation the whole group is
    killed: a program that waits for a password has children, and they hold its pipes.

    Args:
        command: The program's path, and its arguments.
        told: What it reads from stdin.
        environment: All of its environment.
        seconds: How long it may take.
        most: Bytes that it may write to stdout.

    Raises:
        ProgramError: It cannot be run, takes too long, or writes too much.
    """
    end = asyncio.get_running_loop().time() + seconds
    with _answer_pipe() as (answer, writing), _question_pipe(told) as (question, telling):
        with writing, question:
            process = _start(command, question, writing, environment)
        # Nothing was awaited since it began: whoever is cancelled takes it along.
        is_over = False
        try:
            async with asyncio.timeout_at(end), _being_told(telling, told):
                output = await _read(answer, most)
                status = await _exit_status(process)
                is_over = True
        except TimeoutError:
            raise ProgramError(f"gave no answer within {seconds:.3g} seconds") from None
        finally:
            if not is_over:
                await _kill(process)
    return Outcome(status, output)


@contextlib.contextmanager
def _answer_pipe() -> Iterator[tuple[BinaryIO, BinaryIO]]:
    reading, writing = os.pipe()
    with open(reading, "rb", buffering=0) as answer, open(writing, "wb", buffering=0) as end:  # noqa: PTH123
        yield answer, end


@contextlib.contextmanager
def _question_pipe(told: bytes) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Yield both ends of a pipe that holds what is told, the second one closed; of a long text, neither yet."""
    reading, filling = os.pipe()
    with open(reading, "rb", buffering=0) as question, open(filling, "wb", buffering=0) as end:  # noqa: PTH123
        if len(told) <= _PIPE:
            end.write(told)
            end.close()
        yield question, end


@contextlib.asynccontextmanager
async def _being_told(telling: BinaryIO, told: bytes) -> AsyncIterator[None]:
    """Tell a program what it does not know yet, while the block listens."""
    if telling.closed:
        yield
        return
    teller = asyncio.ensure_future(_tell(telling, told))
    try:
        yield
    finally:
        teller.cancel()
        await asyncio.wait((teller,))  # it lets go of its pipe before that is closed


async def _tell(telling: BinaryIO, told: bytes) -> None:
    """Write all that is told, as fast as it is read, and close the pipe."""
    loop = asyncio.get_running_loop()
    number = telling.fileno()
    os.set_blocking(number, False)
    rest = memoryview(told)
    try:
        while rest:
            try:
                rest = rest[os.write(number, rest) :]
            except BlockingIOError:
                await _writable(loop, number)
            except BrokenPipeError:
                return  # it has heard enough
    finally:
        telling.close()


async def _writable(loop: asyncio.AbstractEventLoop, number: int) -> None:
    is_writable = asyncio.Event()
    loop.add_writer(number, is_writable.set)
    try:
        await is_writable.wait()
    finally:
        loop.remove_writer(number)


def _start(
    command: Sequence[str], question: BinaryIO, writing: BinaryIO, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    # Not asyncio's: cancelled before it has handed the process over, that one kills no children; and who is
    # told of the end is the event loop, which may be gone by then.
    try:
        return subprocess.Popen(  # noqa: S603 - no shell, and the caller's own path
            command,
            stdin=question,
            stdout=writing,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise ProgramError(f"cannot be run: {error.strerror or 'unknown reason'}") from None
    except ValueError:
        raise ProgramError("cannot be run: a variable of the environment is malformed") from None


async def _read(answer: BinaryIO, most: int) -> bytes:
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), answer
    )
    output = bytearray()
    try:
        while chunk := await reader.read(most + 1 - len(output)):
            output += chunk
            if len(output) > most:
                raise ProgramError(f"wrote more than {most >> 10} KiB")
    finally:
        transport.close()
    return bytes(output)


async def _exit_status(process: subprocess.Popen[bytes]) -> int:
    while (status := process.poll()) is None:  # noqa: ASYNC110 - nobody tells of another process's end
        await asyncio.sleep(_LOOK)
    return status


async def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a program with all of its group, and bury it.

    Whoever is cancelled a second time meanwhile, as all are when the event loop closes, still does.
    """
    # It was not buried before, or it would be over: its number is nobody else's.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    loop = asyncio.get_running_loop()
    end, was_cancelled = loop.time() + _BURIAL, False
    while process.poll() is None and loop.time() < end:
        try:
            await asyncio.sleep(_LOOK)
        except asyncio.CancelledError:
            was_cancelled = True
    if was_cancelled:
        raise asyncio.CancelledError
