"""hadolint's findings, where its program is there: it reads the text from stdin, and runs nothing of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from portcall.call import call_at_hand
from portcall.deadline import leaving
from portcall.documents.lint import Severity, secrets_in
from portcall.images.fair_places import Ceilings, FairPlaces
from portcall.images.together import beside_the_loop
from portcall.program import ProgramError, run_program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NAME = "hadolint"
#: Without it, the configuration of the working directory or of the user would count.
_CONFIGURATION = Path(__file__).with_name("hadolint.yaml")
_SECONDS = 20.0
#: Seconds to leave for the answer.
_RESERVE = 1.0
#: Bytes that it may write.
_MOST_WRITTEN = 4 * 1024 * 1024
#: It takes gigabytes for one long RUN: it gets one of them, and so much of a processor. In KiB, and seconds.
_BOUNDED = f'ulimit -v {1024 * 1024} 2>/dev/null; ulimit -t {_SECONDS:.0f} 2>/dev/null; exec "$0" "$@"'
_ENVIRONMENT = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}
#: So many run at once, and for one caller of several no more than one of them.
_CEILINGS = Ceilings(in_all=2, there=2, by_one=1, by_one_there=1)
_OUT_OF_MEMORY = frozenset({251, -6, -9, 134, 137})

#: What it says of a text that it cannot read, some correct ones included; then it says nothing else.
_UNREAD = "DL1000"
_CODE = re.compile(r"[A-Z]{2}[0-9]{4,5}\Z")
_VERSION = re.compile(rb"[0-9]+(?:\.[0-9]+){1,3}")
_LONGEST_MESSAGE = 300
#: A shorter value is in every other word.
_SHORTEST_SECRET = 6


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding of hadolint's.

    Attributes:
        code: ``"DL3008"``, or ShellCheck's ``"SC2086"``.
        line: The first line of the instruction.
        severity: How bad it is.
        message: In its words, but without secrets.
    """

    code: str
    line: int
    severity: Severity
    message: str


@dataclass(frozen=True, slots=True)
class Hearing:
    """What hadolint said, if it was heard at all.

    Attributes:
        linter: Its name and version; ``None`` where it was not heard.
        remarks: Its findings.
        warning: Why it was not heard, where it should have been.
    """

    linter: str | None = None
    remarks: tuple[Remark, ...] = ()
    warning: str | None = None


def find_program(folders: Sequence[str] | None = None) -> str | None:
    """Return where hadolint is: beside this Python's own programs, else on ``PATH``; ``None`` if it is not there.

    Args:
        folders: Where to look instead.
    """
    if folders is None:
        folders = (sysconfig.get_path("scripts"), *os.get_exec_path())
    # A folder that depends on where one stands holds anybody's programs.
    return shutil.which(_NAME, path=os.pathsep.join(folder for folder in folders if Path(folder).is_absolute()))


class HadolintPlaces(FairPlaces):
    """Places for those who run hadolint: one for each processor that it may keep busy."""

    def __init__(self) -> None:
        super().__init__(_CEILINGS)


async def hear_hadolint(
    text: str, folders: Sequence[str] | None = None, places: HadolintPlaces | None = None
) -> Hearing:
    """Return what hadolint says of a Dockerfile. Never raises: that it fails is a warning.

    Args:
        text: The Dockerfile.
        folders: Where to look for it.
        places: Of which it takes one; it runs at once where there are none to be shared.
    """
    program = find_program(folders)
    if program is None:
        return Hearing()
    async with contextlib.AsyncExitStack() as held:
        try:
            if places is not None:
                async with asyncio.timeout(min(_SECONDS, leaving(_RESERVE) / 2)):
                    await held.enter_async_context(places.taken(callers=[call_at_hand().caller]))
        except TimeoutError:
            return Hearing(warning="hadolint's findings are missing: it is busy with other Dockerfiles")
        return await _heard(program, text)


async def _heard(program: str, text: str) -> Hearing:
    try:
        output = await _output(program, text.encode("utf-8", "replace"))
        remarks = await beside_the_loop(len(text) + len(output), lambda: tuple(_remarks(output, text)))
        unread = next((remark.line for remark in remarks if remark.code == _UNREAD), None)
        if unread is not None:
            return Hearing(warning=f"hadolint could not read line {unread}, so its rules were not applied")
        return Hearing(await _linter(program), remarks)
    except ProgramError as error:
        return Hearing(warning=f"hadolint's findings are missing: it {error}")


async def _output(program: str, given: bytes) -> bytes:
    options = ("--no-color", "--config", str(_CONFIGURATION), "--format", "json", "-")
    outcome = await run_program(
        ("/bin/sh", "-c", _BOUNDED, program, *options),
        told=given,
        environment=_ENVIRONMENT,
        seconds=min(_SECONDS, leaving(_RESERVE)),
        most=_MOST_WRITTEN,
    )
    if outcome.status in _OUT_OF_MEMORY:
        raise ProgramError("ran out of the memory or the time that it is given")
    # 1 is for "there are findings", and for faults.
    if outcome.status not in {0, 1}:
        raise ProgramError(f"ended with status {outcome.status}")
    return outcome.output


async def _linter(program: str) -> str:
    """Return its name with its version, where it tells."""
    try:
        outcome = await run_program(
            (program, "--version"),
            told=b"",
            environment=_ENVIRONMENT,
            seconds=min(_SECONDS, leaving(_RESERVE)),
            most=1024,
        )
    except ProgramError:
        return _NAME
    version = _VERSION.search(outcome.output)
    return f"{_NAME} {version[0].decode()}" if version else _NAME


def _remarks(output: bytes, text: str) -> Iterator[Remark]:
    try:
        rows = json.loads(output)
    except (ValueError, RecursionError):
        rows = None
    if not isinstance(rows, list):
        raise ProgramError("did not answer with JSON")
    secrets = sorted({text[each.start : each.end] for each in secrets_in(text)}, key=len, reverse=True)
    secrets = [secret for secret in secrets if len(secret) >= _SHORTEST_SECRET]
    for row in rows:
        match row:
            case {"code": str(code), "line": int(line), "level": str(level), "message": str(message)}:
                if not _CODE.match(code):
                    continue
                yield Remark(code, max(line, 0), _severity(level), _told(message, secrets))


def _severity(level: str) -> Severity:
    return next((each for each in get_args(Severity) if each == level), "info")


def _told(message: str, secrets: Sequence[str]) -> str:
    # JSON can hold halves of characters, which nothing that is sent can.
    message = " ".join(message.encode("utf-8", "replace").decode().split())
    for secret in secrets:
        message = message.replace(secret, "…")
    return message if len(message) <= _LONGEST_MESSAGE else f"{message[:_LONGEST_MESSAGE]}…"
