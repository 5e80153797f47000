"""A Dockerfile, drawn in colours; and one that was reviewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from portcall.cli.drawings.marks import mark, trouble
from portcall.cli.drawings.table import bare_table, told
from portcall.render.dockerfile_analysis import NOUNS, finding_rows, verdict
from portcall.render.dockerfiles import origin_of
from portcall.render.quantity import short_digest
from portcall.render.untrusted import plain_line, visible

if TYPE_CHECKING:
    from portcall.models import DockerfileAnalysis, DockerfileBase, DockerfileInfo

_SEVERITIES = {"error": "bold red", "warning": "yellow", "info": "cyan", "style": "dim"}


def dockerfile_drawing(found: DockerfileInfo) -> RenderableType:
    """Return where it is from, and its text with the keywords in colour."""
    from rich.syntax import Syntax

    content = found.content or ""
    head = told(found.image or found.repo, "bold", 600)
    origin = Text(origin_of(found), "green" if found.exact else "yellow")
    code = Syntax("", "docker", theme="ansi_dark").highlight(visible(content, len(content)))
    return Group(head, origin, "", code)


def analysis_drawing(answer: DockerfileAnalysis) -> RenderableType:
    """Return the bases with marks, then the findings, the worst first."""
    parts: list[RenderableType] = [Text(verdict(answer), "bold red" if _has_errors(answer) else "bold")]
    if answer.bases:
        parts += ["", Text("bases", "dim"), _bases(answer)]
    if answer.findings:
        parts += ["", Text("findings", "dim"), _findings(answer)]
    return Group(*parts)


def _has_errors(answer: DockerfileAnalysis) -> bool:
    return any(finding.severity == "error" for finding in answer.findings)


def _bases(answer: DockerfileAnalysis) -> RenderableType:
    table = bare_table()
    table.add_column(no_wrap=True)
    table.add_column(style="dim", justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for base in answer.bases:
        table.add_row(mark(base.exists), str(base.line), told(base.image), _state(base))
    return table


def _state(base: DockerfileBase) -> Text:
    if base.error is not None:
        return trouble(base.error)
    if base.problem:
        return told(base.problem, "yellow")
    text = Text("pinned" if base.pinned else "not pinned", "green" if base.pinned else "yellow")
    text.append("  ").append(told(short_digest(base.digest or ""), "dim"))
    if base.newer:
        text.append(f"  newer: {plain_line(base.newer, 128)}", "yellow")
    if base.reference and not base.pinned:
        text.append(f"\n→ {plain_line(base.reference, 600)}", "dim")
    return text


def _findings(answer: DockerfileAnalysis) -> RenderableType:
    table = bare_table()
    table.add_column(no_wrap=True)
    table.add_column(style="dim", justify="right", no_wrap=True)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for finding, lines in finding_rows(answer):
        said = told(finding.message)
        if finding.advice:
            said.append("\n").append(told(f"→ {finding.advice}", "dim"))
        severity = Text(NOUNS[finding.severity], _SEVERITIES[finding.severity])
        table.add_row(severity, lines, told(finding.rule, limit=60), said)
    return table
