"""What the rules find, and what a rule is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from portcall.documents.lint.steps import Build

Severity = Literal["error", "warning", "info", "style"]


@dataclass(frozen=True, slots=True)
class Rule:
    """What one kind of finding has in common.

    Attributes:
        name: ``"pipe-to-shell"``.
        severity: How bad it is.
        advice: What to do instead; whole sentences.
        codes: The rules of hadolint that tell the same of the same line.
        is_of_source: Whether it is about how a Dockerfile is written, which a reconstruction does not show.
    """

    name: str
    severity: Severity
    advice: str
    codes: frozenset[str] = frozenset()
    is_of_source: bool = False


class Place(NamedTuple):
    """Where, and what there; ``line`` is 0 for the whole file."""

    line: int
    message: str


class Finding(NamedTuple):
    """One rule at one place; its own ``advice`` says more than the rule's."""

    rule: Rule
    line: int
    message: str
    advice: str = ""


class Check(NamedTuple):
    """A rule, with what looks for it: pure, and linear in the length of the Dockerfile."""

    rule: Rule
    places: Callable[[Build], Iterable[Place]]
