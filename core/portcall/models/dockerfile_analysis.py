"""What a Dockerfile says, and what a careful reader says of it."""

from __future__ import annotations

from typing import ClassVar, Literal

from portcall.models.base import Answer, Model, QuietModel
from portcall.models.error import ErrorInfo

LintSeverity = Literal["error", "warning", "info", "style"]
"""How much a finding matters, from the worst to the mildest."""


class DockerfileStage(QuietModel):
    """One build stage."""

    left_out: ClassVar[frozenset[str]] = frozenset({"name", "platform"})

    number: int
    """From 0, as ``COPY --from=0`` counts."""
    name: str | None = None
    base: str
    """What it is built on, its variables filled in: an image, an earlier stage, or ``scratch``."""
    line: int
    end_line: int
    platform: str | None = None
    instructions: int
    """How many follow its ``FROM``."""
    used: bool
    """Whether the last stage needs it."""


class DockerfileBase(QuietModel):
    """An image that a Dockerfile uses, and what its registry says of it now."""

    left_out: ClassVar[frozenset[str]] = frozenset({"error", "newer", "problem", "created"})

    image: str
    """As it is written there, its variables filled in."""
    line: int
    via: str
    """``FROM``, ``COPY --from``, ``RUN --mount``, ``syntax``."""
    pinned: bool = False
    """Whether it is named by its digest."""
    exists: bool | None = None
    """``None`` where that could not be found out."""
    digest: str | None = None
    """What it stands for now."""
    reference: str | None = None
    """The same, ready to be written in its place."""
    platforms: tuple[str, ...] = ()
    newer: str | None = None
    """A newer stable version, as a tag; of a missing one, the newest stable of its repository."""
    created: str | None = None
    problem: str | None = None
    """Why it is no image that could be looked up: a variable without a default, say."""
    error: ErrorInfo | None = None


class LintFinding(Model):
    """One thing to change, or to know."""

    rule: str
    """Our own (``pinned-base``), or hadolint's (``DL3008``)."""
    line: int
    """From 1; 0 where it is about the whole file."""
    severity: LintSeverity
    message: str
    advice: str = ""
    source: Literal["portcall", "hadolint"] = "portcall"


class DockerfileAnalysis(Answer):
    """Stages, bases, how it runs, and findings, the worst first."""

    left_out: ClassVar[frozenset[str]] = Answer.left_out | {
        *("image", "origin", "exact", "user", "ports", "healthcheck")
    }

    image: str | None = None
    """The image that the Dockerfile was taken from, if it was."""
    origin: Literal["provenance", "source", "history"] | None = None
    exact: bool | None = None
    """Of an image's Dockerfile: whether it is its origin's to the letter, or a reconstruction."""
    lines: int
    stages: tuple[DockerfileStage, ...] = ()
    bases: tuple[DockerfileBase, ...] = ()
    user: str | None = None
    """The last stage's; ``None`` where it sets none, and its base decides."""
    ports: tuple[str, ...] = ()
    healthcheck: str | None = None
    findings: tuple[LintFinding, ...] = ()
    linters: tuple[str, ...] = ("portcall",)
    """Whose rules were applied: hadolint's, with its version, where it is installed."""
