"""A reviewed Dockerfile, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.render.error import explained
from portcall.render.prose import prose
from portcall.render.quantity import counted, to_the_second
from portcall.render.untrusted import code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.models import DockerfileAnalysis, DockerfileBase, DockerfileStage, LintFinding

_SEVERITIES = ("error", "warning", "info", "style")


def analysis_text(answer: DockerfileAnalysis) -> str:
    """Return the count of findings first, then the bases, the findings, and what it builds."""
    bases = "\n".join([" · ".join(_base(base)) for base in answer.bases])
    findings = "\n".join([_finding(finding) for finding in answer.findings])
    parts = (
        f"# Dockerfile{_of_image(answer)}: {verdict(answer)}",
        f"## Bases\n\n{bases}" if bases else "",
        f"## Findings\n\n{findings}" if findings else "",
        "## What it builds\n\n" + "\n".join([f"- {fact}" for fact in _facts(answer)]),
    )
    return "\n\n".join([part for part in parts if part])


def _of_image(answer: DockerfileAnalysis) -> str:
    if not answer.image:
        return ""
    kind = {
        "history": "rebuilt from its history",
        "source": "from its source",
        "provenance": "from its provenance",
    }
    return f" of {code(answer.image, 600)} ({kind[answer.origin or 'history']})"


def verdict(answer: DockerfileAnalysis) -> str:
    """Return how many findings there are, the worst kind first."""
    if not answer.findings:
        return "no findings"
    counts = [
        counted(sum(finding.severity == severity for finding in answer.findings), severity, severity)
        for severity in _SEVERITIES
    ]
    return ", ".join(count for count in counts if not count.startswith("0 "))


def _base(base: DockerfileBase) -> Iterator[str]:
    via = "" if base.via == "FROM" else f" ({base.via})"
    yield f"- line {base.line}{via}: {code(base.image)} {_state(base)}"
    if base.reference and not base.pinned:
        yield f"pin as {code(base.reference, 600)}"
    if base.created:
        yield f"created {to_the_second(base.created)}"
    if base.newer:
        yield f"newer: {code(base.newer)}"
    if base.error is not None:
        missing = base.exists is False
        yield explained(base.error) if missing else f"{base.error.code}: {explained(base.error)}"


def _state(base: DockerfileBase) -> str:
    if base.problem:
        return f"not looked up: {prose(base.problem)}"
    if base.exists is None:
        return "could not be checked"
    if not base.exists:
        return "**missing**"
    return "exists, pinned" if base.pinned else "exists, not pinned"


def _finding(finding: LintFinding) -> str:
    where = f"line {finding.line}" if finding.line else "the whole file"
    message = prose(finding.message, 300)
    advice = f": {prose(finding.advice, 300)}" if finding.advice else ""
    return f"- **{finding.severity}** {where} {code(finding.rule, 60)} {message}{advice}"


def _facts(answer: DockerfileAnalysis) -> Iterator[str]:
    yield from map(_stage, answer.stages)
    yield f"user: {code(answer.user)}" if answer.user else "user: none is set, so its base's, usually root"
    if answer.ports:
        yield f"ports: {code(' '.join(answer.ports), 400)}"
    yield f"health check: {code(answer.healthcheck, 300)}" if answer.healthcheck else "health check: none"
    yield f"{counted(answer.lines, 'line')}, reviewed by {code(', '.join(answer.linters))}"


def _stage(stage: DockerfileStage) -> str:
    name = f" {code(stage.name)}" if stage.name else ""
    unused = "" if stage.used else ", not used by the last"
    return (
        f"stage {stage.number}{name}: {code(stage.base)}, lines {stage.line}-{stage.end_line}, "
        f"{counted(stage.instructions, 'instruction')}{unused}"
    )
