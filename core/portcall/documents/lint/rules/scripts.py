"""Rules about what a ``RUN`` runs, but for package managers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from portcall.documents.lint.finding import Check, Place, Rule
from portcall.documents.lint.shell import SHELLS, script_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.documents.lint.shell import Command
    from portcall.documents.lint.steps import Build, Step

_FETCHERS = frozenset({"curl", "wget"})
_INTERPRETERS = SHELLS | {"python", "python3", "perl", "ruby", "node", "php"}
_FETCHED_SCRIPT = re.compile(r"\s*(?:\$\(|`)\s*(?:curl|wget)\b")
_FOR_ALL = re.compile(
    r"0?0?777\Z|[0-7]?777\Z|[0-7]?[0-7][0-7][2367]\Z|(?:a|ugo)?[+=][rXx]*w[rwxX]*\Z|o[+=][rwxX]*w"
)
_WITH_PIPEFAIL = frozenset({"bash", "ash", "ksh", "zsh"})


def _pipe_to_shell(build: Build) -> Iterator[Place]:
    for step in build.runs():
        if any(_runs_what_it_fetched(step.commands)):
            yield Place(step.line, "what is fetched from the network is run unseen")


def _runs_what_it_fetched(commands: tuple[Command, ...]) -> Iterator[bool]:
    is_fetched = False
    runs_substitution = False
    for command in commands:
        program = command.program
        if is_fetched and program in _INTERPRETERS and not script_of(command):
            yield True
        if runs_substitution and command.opener == "<(" and program in _FETCHERS:
            yield True
        # `curl … | tar x` unpacks; `curl … | tee … | sh` still runs it.
        is_fetched = command.operator in {"|", "|&"} and (is_fetched or program in _FETCHERS)
        runs_substitution = program in SHELLS | {"source", "."} and command.operator == "<("
        yield bool(_FETCHED_SCRIPT.match(script_of(command) or ""))


def _sudo(build: Build) -> Iterator[Place]:
    for step in build.runs():
        if any(command.is_sudo for command in step.commands):
            yield Place(step.line, "sudo in a build: RUN already runs as the USER that is set")


def _world_writable(build: Build) -> Iterator[Place]:
    for step in build.runs():
        if any(command.program == "chmod" and _is_for_all(command) for command in step.commands):
            yield Place(step.line, "chmod lets everybody write")


def _is_for_all(command: Command) -> bool:
    modes = (word for word in command.operands[:1])
    return any(_FOR_ALL.match(part) and not _is_sticky(mode) for mode in modes for part in mode.split(","))


def _is_sticky(mode: str) -> bool:
    """Return whether nobody may remove what is another's, as in ``/tmp``."""
    return re.match(r"0?1[0-7]{3}\Z", mode) is not None


def _lost_cd(build: Build) -> Iterator[Place]:
    for step in build.runs():
        if step.commands and all(command.program == "cd" for command in step.commands):
            yield Place(step.line, "this cd ends with its RUN")


def _pipefail(build: Build) -> Iterator[Place]:
    for step in build.runs():
        has_pipe = any(command.operator in {"|", "|&"} for command in step.commands)
        if has_pipe and _is_able(step) and "pipefail" not in _written(step):
            yield Place(step.line, "only the last command of this pipe can fail the build")


def _is_able(step: Step) -> bool:
    """Return whether the shell that runs a script is known to have ``pipefail``."""
    shells = [step.shell[:1]] if step.shell and not step.is_exec else []
    shells += [command.words[:1] for command in step.commands if script_of(command)]
    return any(shell[0].rpartition("/")[2] in _WITH_PIPEFAIL for shell in shells)


def _written(step: Step) -> str:
    bodies = (heredoc.content for heredoc in step.instruction.heredocs)
    return "\n".join((*step.shell, step.instruction.arguments, *bodies))


CHECKS = (
    Check(
        Rule(
            "pipe-to-shell",
            "warning",
            "Fetch a fixed version to a file, check its checksum, then run it.",
        ),
        _pipe_to_shell,
    ),
    Check(
        Rule(
            "sudo", "warning", "Leave it out; put USER root before, where that is needed.", frozenset({"DL3004"})
        ),
        _sudo,
    ),
    Check(
        Rule("world-writable", "warning", "Give the files to the user that needs them, with COPY --chown."),
        _world_writable,
    ),
    Check(
        Rule("lost-cd", "warning", "Use WORKDIR, which holds for what follows.", frozenset({"DL3003"})),
        _lost_cd,
    ),
    Check(
        Rule(
            "pipefail",
            "info",
            'Write SHELL ["/bin/bash", "-o", "pipefail", "-c"] before it, or set -o pipefail in it.',
            frozenset({"DL4006"}),
        ),
        _pipefail,
    ),
)
