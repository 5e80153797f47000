"""What the doctor found."""

from __future__ import annotations

from typing import ClassVar, Literal

from portcall.models.base import Answer, QuietModel


class Finding(QuietModel):
    """One thing that was looked at."""

    left_out: ClassVar[frozenset[str]] = frozenset({"hint"})

    area: Literal["configuration", "cache", "plugins", "credentials", "server", "registries"]
    subject: str
    """What was looked at: a file, a plugin, a registry."""
    state: Literal["good", "note", "problem"]
    message: str
    hint: str = ""
    """The next step, where there is one to take."""


class Diagnosis(Answer):
    """All that the doctor looked at."""

    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is a problem."""
        return all(finding.state != "problem" for finding in self.findings)
