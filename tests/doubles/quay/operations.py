"""Which operation of ``/api/v1`` a path means; the names are the discovery document's own.

Source: data/quay/quay-discovery-2020-07.openapi3.yaml; the routes of q: endpoints/api/*.py. Nested repository
names are allowed (FEATURE_EXTENDED_REPOSITORY_NAMES); a name without a namespace is not (``apirepopath``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_DIGEST = re.compile(r"[A-Za-z0-9_+.-]+:[A-Fa-f0-9]+\Z")
_NAME = re.compile(r"[.a-zA-Z0-9_-]+\Z")

#: Operations without a repository, by what follows ``/api/v1/``; ``*`` is any one segment.
_FIXED = {
    ("find", "repositories"): "conductRepoSearch",
    ("find", "all"): "conductSearch",
    ("entities", "*"): "getMatchingEntities",
    ("organization", "*"): "getOrganization",
    ("users", "*"): "getUserInformation",
    ("repository",): "listRepos",
}
#: Operations on a repository, by what follows its name.
_TAILS = {
    ("tag", ""): "listRepoTags",
    ("build", ""): "getRepoBuilds",
    ("manifest", "*"): "getRepoManifest",
    ("manifest", "*", "labels"): "listManifestLabels",
    ("manifest", "*", "security"): "getRepoManifestSecurity",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What a path means.

    Attributes:
        name: The discovery document's ``operationId``.
        repository: ``namespace/name``, where it is about one.
        subject: The digest, the user, the organisation, the prefix.
        remark: What the path itself does wrong.
    """

    name: str
    repository: str = ""
    subject: str = ""
    remark: str = ""


def operation_of(segments: tuple[str, ...]) -> Operation | None:
    """Return the operation that ``("api", "v1", …)`` means, or ``None`` where Quay has no such route here."""
    if segments[:2] != ("api", "v1"):
        return None
    rest = segments[2:]
    for pattern, name in _FIXED.items():
        if _fits(rest, pattern):
            return Operation(name=name, subject=rest[-1] if "*" in pattern else "")
    return _on_repository(rest[1:]) if rest[:1] == ("repository",) else None


def _on_repository(rest: tuple[str, ...]) -> Operation | None:
    for tail, name in _TAILS.items():
        path, end = rest[: -len(tail)], rest[-len(tail) :]
        if _is_repository(path) and _fits(end, tail):
            subject = end[1] if "*" in tail else ""
            known = not subject or _DIGEST.match(subject)
            return Operation(name=name, repository="/".join(path), subject=subject) if known else None
    if not _is_repository(rest):
        return None
    lost = len(rest) > 2 and rest[-1] in {"tag", "build"}
    remark = f"…/{rest[-1]} without the slash at its end names another repository" if lost else ""
    return Operation(name="getRepo", repository="/".join(rest), remark=remark)


def _is_repository(path: tuple[str, ...]) -> bool:
    return len(path) >= 2 and all(_NAME.match(part) for part in path)


def _fits(segments: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    return len(segments) == len(pattern) and all(
        given == wanted or (wanted == "*" and given != "") for given, wanted in zip(segments, pattern, strict=True)
    )
