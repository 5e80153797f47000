"""What a Harbor keeps beside manifests: projects, descriptions, scans, accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portcall.testing import Request

from harbor_double.accounts import Account, basic_credentials


@dataclass(frozen=True, slots=True)
class Project:
    """One project; its number is its place among all, from 1."""

    name: str
    public: bool = True
    created: str = "2024-01-01T08:00:00.000Z"


@dataclass(frozen=True, slots=True)
class About:
    """What is told of a repository."""

    description: str = ""
    pulls: int = 0
    updated: str = "2024-05-01T12:00:00.000Z"


@dataclass(frozen=True, slots=True)
class Scan:
    """What became of the scan of a manifest.

    Args:
        status: Its job's, ``"Success"``; see goharbor/harbor src/jobservice/job/status.go.
        findings: Rows of the report, as scanners write them.
        report: What the addition holds instead, where that is odd.
    """

    status: str = "Success"
    findings: tuple[Mapping[str, Any], ...] = ()
    report: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Site:
    """All of it.

    Args:
        projects: By name, in the order of their numbers.
        accounts: By name.
        about: By repository.
        scans: By digest.
        has_scanner: Whether there is a scanner at all.
    """

    projects: dict[str, Project]
    accounts: dict[str, Account]
    about: dict[str, About] = field(default_factory=dict)
    scans: dict[str, Scan] = field(default_factory=dict)
    has_scanner: bool = True

    def caller(self, request: Request) -> Account | None:
        """Return who asks; credentials that are wrong are nobody's, and not refused as such.

        Source: goharbor/harbor src/server/middleware/security/robot.go.
        """
        name, secret = basic_credentials(request) or ("", "")
        known = self.accounts.get(name)
        return known if known is not None and known.secret == secret else None

    def may(self, caller: Account | None, project: str, permission: str) -> bool:
        """Tell whether somebody may do something in a project; in one that is not there, nobody may anything."""
        found = self.projects.get(project)
        if found is None:
            return False
        return found.public or (caller is not None and permission in caller.projects.get(project, ()))

    def sees(self, caller: Account | None, project: str) -> bool:
        """Tell whether a list of projects, or of all repositories, holds what is in this one."""
        return self.projects[project].public or (caller is not None and project in caller.projects)

    def number(self, project: str) -> int:
        """Return a project's number."""
        return list(self.projects).index(project) + 1
