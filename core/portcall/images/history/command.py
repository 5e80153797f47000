"""Lines of an image's history, as the many builders write them, read as instructions of a Dockerfile.

Sources: moby/moby ``builder/dockerfile`` (the classic builder: ``/bin/sh -c #(nop) CMD …``), moby/buildkit
``frontend/dockerfile/dockerfile2llb`` (``RUN |1 A=b /bin/sh -c … # buildkit``), containers/buildah
``imagebuildah``, and the histories that docker-library/repo-info publishes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.documents.dockerfile import KEYWORDS
from portcall.images.history.pairs import split_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portcall.oci.config import BuildStep

_BUILDKIT = "# buildkit"
_NOP = re.compile(
    r"(?:[A-Za-z]:)?[\w./\\-]*(?:sh|cmd|powershell|pwsh)(?:\.exe)?(?:\s[^#]{0,400}?)?\s#\(nop\)\s*", re.ASCII
)
_INSTRUCTION = re.compile(r"(?P<keyword>[A-Z]{3,})(?:\s+(?P<rest>[\s\S]*))?\Z")
_ARGUMENTS = re.compile(r"\|(?P<count>[0-9]{1,3}) (?P<rest>[\s\S]*)\Z")
_DEFAULT_SHELLS = ("/bin/sh -c", "cmd /S /C", "cmd.exe /S /C")
#: The words of a shell that is not the one in force: ``/bin/bash -o pipefail -c``.
_SHELL = re.compile(
    r"(?P<words>(?:/[\w./-]{1,64}/)?(?:ba|da|a|z|k|c)?sh(?: -[A-Za-z]{1,16}| pipefail| errexit){0,8}"
    r" -[A-Za-z]{0,8}c|(?:powershell|pwsh)(?:\.exe)?(?: -[A-Za-z]{1,32}){0,8} -Command) "
)

_NAMELESS = re.compile(r"(?:--\S+\s+){0,8}(?:file|dir|multi):\s*[0-9a-f]{8}")
#: A shell's words come after build arguments, and not much later.
_FAR = 1 << 14

#: ``FROM`` is none that a step of a history could be.
STEPS = KEYWORDS - {"FROM"}


@dataclass(frozen=True, slots=True)
class Command:
    """What one step of a history did.

    Args:
        keyword: Of the instruction that it was; ``None`` where it was none.
        arguments: As the builder prints them; of ``RUN`` the command, without the shell in force.
        values: The build arguments that ``RUN`` had.
        shell: The words of a shell, where it is another than the one in force.
    """

    keyword: str | None
    arguments: str
    values: tuple[tuple[str, str], ...] = ()
    shell: tuple[str, ...] = ()


def read_command(step: BuildStep, shell: Sequence[str] | None) -> Command:
    """Return what a step did.

    Args:
        step: A line of the history.
        shell: The words of the last ``SHELL``, if there was one.
    """
    text = (step.command or "").strip().removesuffix(_BUILDKIT).rstrip()
    nop = _NOP.match(text)
    if nop is not None:
        return _instruction(text[nop.end() :]) or Command(None, text)
    told = _instruction(text)
    if told is not None:
        return _run(told.arguments, shell) or told if told.keyword == "RUN" else told
    return _run(text, shell) or Command(None, text)


def is_nameless(arguments: str) -> bool:
    """Tell whether ``COPY`` or ``ADD`` names what it copied by a checksum alone, as the classic builder does."""
    return _NAMELESS.match(arguments) is not None


def _instruction(text: str) -> Command | None:
    match = _INSTRUCTION.match(text.strip())
    if match is None or match["keyword"] not in STEPS:
        return None
    return Command(match["keyword"], (match["rest"] or "").strip())


def _run(text: str, shell: Sequence[str] | None) -> Command | None:
    """Return a command in a shell; ``None`` where none is told."""
    given = _ARGUMENTS.match(text)
    rest = given["rest"] if given else text
    shells = (" ".join(shell),) if shell else _DEFAULT_SHELLS
    for words in (*shells, *_DEFAULT_SHELLS):
        before, found, command = rest.partition(f"{words} ")
        if found and command.strip() and (not before or (given and before.endswith(" "))):
            return Command("RUN", command, tuple(split_pairs(before.strip())))
    match = _SHELL.search(rest[:_FAR]) if given else _SHELL.match(rest[:_FAR])
    if match is None:
        return None
    values = split_pairs(rest[: match.start()].strip())
    return Command("RUN", rest[match.end() :], tuple(values), tuple(match["words"].split()))
