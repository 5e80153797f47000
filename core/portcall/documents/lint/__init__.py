"""What a careful reader says of a Dockerfile. Nothing is run, nothing is asked: text in, findings out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.documents.lint.finding import Check, Finding, Place, Rule, Severity
from portcall.documents.lint.ignores import Ignores
from portcall.documents.lint.rules import layers, packages, process, scripts, secrets, sources, structure
from portcall.documents.lint.rules.secrets import secrets_in
from portcall.documents.lint.steps import Build, Step, steps_of

if TYPE_CHECKING:
    from collections.abc import Iterator

#: All that needs nothing but the text.
CHECKS: tuple[Check, ...] = (
    *structure.CHECKS,
    *secrets.CHECKS,
    *process.CHECKS,
    *scripts.CHECKS,
    *packages.CHECKS,
    *sources.CHECKS,
    *layers.CHECKS,
)

__all__ = [
    "CHECKS",
    "Build",
    "Check",
    "Finding",
    "Ignores",
    "Place",
    "Rule",
    "Severity",
    "Step",
    "findings_of",
    "secrets_in",
    "steps_of",
]


def findings_of(build: Build, *, is_source: bool = True) -> Iterator[Finding]:
    """Yield what the rules find, rule by rule, each place of a rule once.

    Args:
        build: The Dockerfile, read.
        is_source: Whether it is what somebody wrote; of a reconstruction, how it is written says nothing.
    """
    for rule, places in CHECKS:
        if is_source or not rule.is_of_source:
            yield from (Finding(rule, *place) for place in dict.fromkeys(places(build)))
