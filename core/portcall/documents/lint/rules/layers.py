"""Rules about layers: what is built again in vain, and what is stored twice."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from portcall.documents.lint.finding import Check, Place, Rule
from portcall.documents.lint.packages import PIP, PROJECT, SYSTEM, verb_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.documents.lint.shell import Command
    from portcall.documents.lint.steps import Build, Step

_WHOLE = frozenset({".", "./", "*", "./*"})
#: What installs a project's dependencies by what a file of it lists: program and verb.
_BY_MANIFEST = {
    ("bundle", "install"), ("cargo", "fetch"), ("composer", "install"), ("dotnet", "restore"), ("go", "mod"),
    ("mvn", "dependency:go-offline"), ("mvn", "dependency:resolve"), ("pipenv", "install"), ("pipenv", "sync"),
    ("poetry", "install"), ("uv", "sync"), ("bun", "install"),
}  # fmt: skip
#: Deeper folders are cut off: nobody's path is so deep, and each of its folders is remembered.
_DEEPEST = 32


def _package_runs(build: Build) -> Iterator[Place]:
    for steps in build.steps:
        for before, step in pairwise(steps):
            if before.keyword != "RUN" or step.keyword != "RUN" or before.mounts != step.mounts:
                continue
            for manager in SYSTEM:
                if _any_by(before, manager.programs) and _any_by(step, manager.programs):
                    yield Place(step.line, f"{manager.name} runs here, and in the RUN before it, too")
                    break


def _any_by(step: Step, programs: frozenset[str]) -> bool:
    return any(command.program in programs for command in step.commands)


def _copied_first(build: Build) -> Iterator[Place]:
    for steps in build.steps:
        copied: Step | None = None
        for step in steps:
            if step.keyword in {"COPY", "ADD"} and not step.instruction.flag("from"):
                copied = copied or (step if _WHOLE & set(step.words[:-1]) else None)
            elif step.keyword == "RUN" and any(map(_installs_by_manifest, step.commands)):
                if copied is not None:
                    message = f"every change of any file repeats the install at line {step.line}"
                    yield Place(copied.line, message)
                break


def _installs_by_manifest(command: Command) -> bool:
    verb = verb_of(command)
    if (command.program, verb) in _BY_MANIFEST:
        return verb != "mod" or "download" in command.operands
    if PIP.is_installing(command):
        return command.has_flag("r", "--requirement") or any(
            option.startswith("--requirement=") for option in command.options
        )
    is_plain = len(command.operands) <= 1
    return is_plain and any(manager.is_installing(command) for manager in PROJECT if manager is not PIP)


def _owned_later(build: Build) -> Iterator[Place]:
    for steps in build.steps:
        copied: set[str] = set()
        folders: set[str] = set()
        for step in steps:
            if step.keyword in {"COPY", "ADD"} and step.words:
                destination = _shallow(step.path(step.words[-1]))
                copied.add(destination)
                folders.update(_folders_of(destination))
            elif step.keyword == "RUN" and any(
                _is_changing(each, step, copied, folders) for each in step.commands
            ):
                yield Place(step.line, "what was copied before is stored again, for its owner or mode alone")


def _is_changing(command: Command, step: Step, copied: set[str], folders: set[str]) -> bool:
    if command.program not in {"chown", "chgrp", "chmod"} or not command.has_flag("R", "--recursive"):
        return False
    paths = [_shallow(step.path(word)) for word in command.operands[1:]]
    return any(path in folders or not copied.isdisjoint(_folders_of(path)) for path in paths)


def _shallow(path: str) -> str:
    return "/" + "/".join(part for part in path.split("/", _DEEPEST)[:_DEEPEST] if part)


def _folders_of(path: str) -> list[str]:
    """Return a path with the folders that it is in, but for the root, which everything is in."""
    parts = [part for part in path.split("/") if part]
    return ["/" + "/".join(parts[: count + 1]) for count in range(len(parts))]


def _written_volume(build: Build) -> Iterator[Place]:
    for steps in build.steps:
        volumes: set[str] = set()
        for step in steps:
            if step.keyword == "VOLUME":
                volumes.update(_shallow(step.path(word)) for word in step.words)
            elif volumes and any(_is_in(step, word, volumes) for word in _places(step)):
                yield Place(step.line, "this writes below a VOLUME: some builders drop what it writes")


def _places(step: Step) -> list[str]:
    """Return the paths that a step may write to."""
    if step.keyword in {"COPY", "ADD"}:
        return list(step.words[-1:])
    writers = (command for command in step.commands if command.program in _WRITERS)
    return [word for command in writers for word in command.operands if word.startswith("/")]


_WRITERS = frozenset(
    {"chown", "chmod", "chgrp", "cp", "install", "ln", "mkdir", "mv", "rm", "tar", "tee", "touch"}
)


def _is_in(step: Step, word: str, volumes: set[str]) -> bool:
    return not volumes.isdisjoint(_folders_of(_shallow(step.path(word))))


CHECKS = (
    Check(
        Rule(
            "package-runs",
            "info",
            "Join them into one RUN: each makes a layer, with what the next one replaces.",
            frozenset({"DL3059"}),
            is_of_source=True,
        ),
        _package_runs,
    ),
    Check(
        Rule(
            "copied-first",
            "info",
            "Copy the files that list the dependencies, install, and copy the rest behind that.",
            is_of_source=True,
        ),
        _copied_first,
    ),
    Check(
        Rule("owned-later", "info", "Use COPY --chown and --chmod, which cost no layer.", is_of_source=True),
        _owned_later,
    ),
    Check(
        Rule("written-volume", "info", "Write there first, and put VOLUME behind it.", is_of_source=True),
        _written_volume,
    ),
)
