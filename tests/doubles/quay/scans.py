"""Clair's reports as Quay passes them on.

Source: data/quay/cupdate.manifest-security.json (recorded from quay.io); q: endpoints/api/secscan.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["scanned", "failed", "queued", "unsupported", "manifest_layer_too_large"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vulnerability:
    """One finding in a package.

    Attributes:
        name: Mostly ``CVE-…``; Red Hat's feed has whole sentences here.
        severity: ``Unknown``, ``Negligible``, ``Low``, ``Medium``, ``High`` or ``Critical``.
        fixed_by: The version that has the fix, or ``""``.
        score: CVSS 3; ``None`` where the feed has none, and then ``NVD`` is empty.
    """

    name: str
    severity: str
    fixed_by: str = ""
    description: str = ""
    link: str = ""
    source: str = "rhel-vex"
    score: float | None = None

    def document(self) -> dict[str, Any]:
        """Return it as Quay writes it."""
        vector = {"Vectors": "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "Score": self.score}
        return {
            "Severity": self.severity,
            "NamespaceName": self.source,
            "Link": self.link or f"https://access.redhat.com/security/cve/{self.name}",
            "FixedBy": self.fixed_by,
            "Description": self.description,
            "Name": self.name,
            "Metadata": {
                "UpdatedBy": self.source,
                "RepoName": "",
                "RepoLink": None,
                "DistroName": "",
                "DistroVersion": "",
                "NVD": {"CVSSv3": vector if self.score is not None else {"Vectors": "", "Score": ""}},
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A package that the scanner found."""

    name: str
    version: str
    vulnerabilities: tuple[Vulnerability, ...] = ()

    def document(self, added_by: str) -> dict[str, Any]:
        """Return it as Quay writes it; ``added_by`` is the layer's digest."""
        found = self.vulnerabilities
        return {
            "Name": self.name,
            "VersionFormat": "",
            "NamespaceName": "",
            "AddedBy": added_by,
            "Version": self.version,
            "BaseScores": [one.score for one in found if one.score is not None],
            "CVEIds": [one.name for one in found if one.name.startswith("CVE-")],
            "Vulnerabilities": [one.document() for one in found],
        }


@dataclass(frozen=True, slots=True)
class Scan:
    """What the scanner has to say of one platform's manifest."""

    status: Status = "scanned"
    features: tuple[Feature, ...] = ()

    def document(self, digest: str, layer: str) -> dict[str, Any]:
        """Return the whole answer: ``{"status", "data"}``, without data unless it was scanned."""
        if self.status != "scanned":
            return {"status": self.status, "data": None}
        told = {
            "Name": digest,
            "ParentName": "",
            "NamespaceName": "",
            "IndexedByVersion": 4,
            "Features": [feature.document(layer) for feature in self.features],
        }
        return {"status": "scanned", "data": {"Layer": told}}
