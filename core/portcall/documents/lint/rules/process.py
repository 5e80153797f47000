"""Rules about what runs in the end: as whom, how, and how one knows that it does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from portcall.documents.lint.finding import Check, Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.documents.lint.steps import Build

_ROOT = frozenset({"root", "0"})
_UNPRIVILEGED = re.compile(r"nonroot|non-root|rootless|unprivileged", re.IGNORECASE)
_PORT = re.compile(r"(?P<first>[0-9]+)(?:-(?P<last>[0-9]+))?(?:/[A-Za-z]+)?\Z", re.ASCII)
_HIGHEST_PORT = 65535
_ONCE = ("CMD", "ENTRYPOINT", "HEALTHCHECK")


def _runs_as_root(build: Build) -> Iterator[Place]:
    stages = build.dockerfile.stages
    if not stages:
        return
    steps = build.lineage(stages[-1])
    user = next((step for step in reversed(steps) if step.keyword == "USER" and step.words), None)
    if user is not None:
        if user.words[0].partition(":")[0].lower() in _ROOT:
            yield Place(user.line, "the last stage runs as root")
        return
    lowest = build.dockerfile.lineage(stages[-1])[0]
    if not _UNPRIVILEGED.search(lowest.base):
        message = "the last stage sets no USER, so its base decides: most of them run as root"
        yield Place(stages[-1].begin.line, message)


def _missing_healthcheck(build: Build) -> Iterator[Place]:
    if not build.dockerfile.stages:
        return
    steps = build.lineage(build.dockerfile.stages[-1])
    ports = [step for step in steps if step.keyword == "EXPOSE"]
    if ports and all(step.keyword != "HEALTHCHECK" for step in steps):
        yield Place(ports[-1].line, "something listens, and no HEALTHCHECK tells whether it works")


def _superseded(build: Build) -> Iterator[Place]:
    for steps in build.steps:
        lines: dict[str, int] = {}
        for step in steps:
            if step.keyword not in _ONCE:
                continue
            if step.keyword in lines:
                message = (
                    f"the {step.keyword} at line {lines[step.keyword]} has no effect: only the last one counts"
                )
                yield Place(step.line, message)
            lines[step.keyword] = step.line


def _shell_form(build: Build) -> Iterator[Place]:
    for step in build.all_steps:
        if step.keyword in {"CMD", "ENTRYPOINT"} and not (step.is_exec or step.shell):
            if step.instruction.arguments.startswith("[") or not step.instruction.arguments:
                continue
            yield Place(step.line, f"this {step.keyword} runs below a shell, which passes no signals on")


def _port_range(build: Build) -> Iterator[Place]:
    for step in build.all_steps:
        for word in step.words if step.keyword == "EXPOSE" else ():
            match = _PORT.match(word)
            if match is None and "$" not in word:
                yield Place(step.line, "EXPOSE takes ports such as 8080, 8080/udp or 7000-7010")
            elif match is not None and not _is_range(match["first"], match["last"]):
                yield Place(step.line, f"a port is a number from 1 to {_HIGHEST_PORT}, and a range goes upwards")


def _is_range(first: str, last: str | None) -> bool:
    digits = len(str(_HIGHEST_PORT))
    if len(first) > digits or len(last or "") > digits:
        return False
    return 1 <= int(first) <= int(last or first) <= _HIGHEST_PORT


def _relative_workdir(build: Build) -> Iterator[Place]:
    for step in build.all_steps:
        if step.keyword == "WORKDIR" and step.words and step.workdir is None:
            path = step.words[0]
            if not path.startswith(("/", "$")) and not re.match(r"[A-Za-z]:", path):
                yield Place(step.line, "a relative WORKDIR, and nothing here says relative to what")


CHECKS = (
    Check(
        Rule(
            "runs-as-root",
            "warning",
            "End the last stage with USER and the number of an unprivileged user.",
            frozenset({"DL3002"}),
        ),
        _runs_as_root,
    ),
    Check(
        Rule(
            "missing-healthcheck",
            "info",
            "Add HEALTHCHECK CMD, unless an orchestrator probes it: Kubernetes ignores it.",
            frozenset({"DL3057"}),
        ),
        _missing_healthcheck,
    ),
    Check(
        Rule(
            "superseded",
            "warning",
            "Keep the one that is meant.",
            frozenset({"DL4003", "DL4004", "DL3012"}),
            is_of_source=True,
        ),
        _superseded,
    ),
    Check(
        Rule(
            "shell-form",
            "info",
            'Write it as ["program", "argument"], so that it gets the signal to stop.',
            frozenset({"DL3025"}),
        ),
        _shell_form,
    ),
    Check(
        Rule(
            "port-range", "error", "Name the port inside the container, and nothing else.", frozenset({"DL3011"})
        ),
        _port_range,
    ),
    Check(
        Rule("relative-workdir", "warning", "Write the whole path.", frozenset({"DL3000"})),
        _relative_workdir,
    ),
)
