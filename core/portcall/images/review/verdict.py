"""All findings as one list: ignored ones left out, what two linters say told once, the worst first."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, get_args

from portcall.documents.lint import CHECKS, Severity
from portcall.images.review.base_rules import RULES
from portcall.models import LintFinding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from portcall.documents.lint import Finding, Ignores
    from portcall.images.review.hadolint import Remark

#: Lines of one rule that are told; how many more there are is a warning.
MOST_LINES = 20

_RANKS = {severity: rank for rank, severity in enumerate(get_args(Severity))}
#: Rules of hadolint's about how a Dockerfile is written, beside those that have one of ours.
_OF_SOURCE = frozenset({"DL3001", "DL3010", "DL3021", "DL3045", "DL3029", "DL4001", "DL3026"})


def verdict(
    findings: Iterable[Finding], remarks: Iterable[Remark], ignores: Ignores, *, is_source: bool
) -> tuple[tuple[LintFinding, ...], tuple[str, ...]]:
    """Return findings, the worst first and then by line, and warnings about those that are left out.

    Where one of ours and hadolint say the same of a line, ours is told: it knows the registries, and its advice.
    """
    rules = [check.rule for check in CHECKS] + list(RULES)
    unfit = frozenset() if is_source else _OF_SOURCE.union(*(rule.codes for rule in rules if rule.is_of_source))
    ours = [each for each in findings if is_source or not each.rule.is_of_source]
    told = {(code, each.line) for each in ours for code in each.rule.codes}
    named = defaultdict(set)
    for rule in rules:
        for code in rule.codes:
            named[code].add(rule.name)
    rows = [_ours(each) for each in ours if not ignores.covers({each.rule.name, *each.rule.codes}, each.line)]
    rows += [
        _theirs(each)
        for each in remarks
        if each.code not in unfit
        and (each.code, each.line) not in told
        and not ignores.covers({each.code, *named[each.code]}, each.line)
    ]
    rows = list(dict.fromkeys(rows))
    rows.sort(key=lambda row: (_RANKS[row.severity], row.line, row.rule))
    return _shortened(rows)


def _ours(finding: Finding) -> LintFinding:
    rule = finding.rule
    return LintFinding(
        rule=rule.name,
        line=finding.line,
        severity=rule.severity,
        message=finding.message,
        advice=finding.advice or rule.advice,
    )


def _theirs(remark: Remark) -> LintFinding:
    return LintFinding(
        rule=remark.code,
        line=remark.line,
        severity=remark.severity,
        message=remark.message,
        source="hadolint",
    )


def _shortened(rows: Sequence[LintFinding]) -> tuple[tuple[LintFinding, ...], tuple[str, ...]]:
    counts: dict[str, int] = defaultdict(int)
    kept = tuple(_counted(rows, counts))
    warnings = (f"{name}: {count - MOST_LINES} more lines" for name, count in counts.items() if count > MOST_LINES)
    return kept, tuple(warnings)


def _counted(rows: Sequence[LintFinding], counts: dict[str, int]) -> Iterator[LintFinding]:
    for row in rows:
        counts[row.rule] += 1
        if counts[row.rule] <= MOST_LINES:
            yield row
