"""A reviewed Dockerfile, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.render.error import explained
from portcall.render.prose import prose, sentence
from portcall.render.quantity import counted, day
from portcall.render.untrusted import code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.models import DockerfileAnalysis, DockerfileBase, DockerfileStage, LintFinding

#: How findings of each severity are called, the worst first.
NOUNS = {"error": "error", "warning": "warning", "info": "note", "style": "style note"}


#: What the rows of bases say themselves, by the rule that finds it, the worst first.
_BASES = {"missing-base": "missing", "pinned-base": "not pinned", "newer-base": "with a newer version"}


def analysis_text(answer: DockerfileAnalysis) -> str:
    """Return what there is to say as counts first, then the bases, the findings, and what it builds."""
    bases = "\n".join([" · ".join(_base(base)) for base in answer.bases])
    findings = "\n".join([_finding(*row) for row in finding_rows(answer)])
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
    """Return how many findings are listed, the worst kind first; before them, what bases' rows say themselves."""
    severities = [finding.severity for finding, _ in finding_rows(answer)]
    counts = [
        counted(severities.count(severity), noun) for severity, noun in NOUNS.items() if severity in severities
    ]
    return ", ".join((*_of_bases(answer), *counts)) or "no findings"


def _of_bases(answer: DockerfileAnalysis) -> Iterator[str]:
    """Yield how many bases' rows say what would be a finding otherwise."""
    found = {(finding.rule, finding.line) for finding in answer.findings}
    rules = [rule for base in answer.bases for rule in _told_of(base) if (rule, base.line) in found]
    for rule, said in _BASES.items():
        if count := rules.count(rule):
            yield f"{counted(count, 'base')} {said}"


def finding_rows(answer: DockerfileAnalysis) -> list[tuple[LintFinding, str]]:
    """Return what the bases' rows leave to be said, each with its lines: those that say the same are one."""
    told = {(rule, base.line) for base in answer.bases for rule in _told_of(base)}
    lines: dict[LintFinding, list[str]] = {}
    for finding in answer.findings:
        if (finding.rule, finding.line) not in told:
            anywhere = finding.model_copy(update={"line": min(finding.line, 1)})
            lines.setdefault(anywhere, []).append(str(finding.line))
    return [(finding, ", ".join(found) if finding.line else "") for finding, found in lines.items()]


def _told_of(base: DockerfileBase) -> Iterator[str]:
    """Yield the rules whose findings the row of a base has said in full."""
    if base.reference and not base.pinned:
        yield "pinned-base"
    if base.newer:
        yield "newer-base"
    if base.error is not None and base.exists is False:
        yield "missing-base"


def _base(base: DockerfileBase) -> Iterator[str]:
    via = "" if base.via == "FROM" else f" ({base.via})"
    yield f"- line {base.line}{via}: {code(base.image)} {_state(base)}"
    if base.reference and not base.pinned:
        yield f"pin as {code(base.reference, 600)}"
    if base.created:
        yield f"created {day(base.created)}"
    if base.newer:
        yield f"{'newer' if base.exists else 'newest stable'}: {code(base.newer)}"
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


def _finding(finding: LintFinding, lines: str) -> str:
    where = f"line{'s' if ',' in lines else ''} {lines}" if lines else "the whole file"
    message = sentence(finding.message, 300) if finding.advice else prose(finding.message, 300)
    advice = f" {sentence(finding.advice, 300)}" if finding.advice else ""
    return f"- **{NOUNS[finding.severity]}** {where} {code(finding.rule, 60)}: {message}{advice}"


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
