"""Names in Quay's paths: checked before they are sent, for Quay decodes ``%2F`` before it routes."""

from __future__ import annotations

import re

from portcall.errors import InvalidReferenceError

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,255}\Z")


def is_name(text: str) -> bool:
    """Tell whether ``text`` can be a user's, an organisation's or a repository's name, and one path segment."""
    return _NAME.match(text) is not None and text.strip(".") != ""


def path_of(repository: str) -> tuple[str, ...]:
    """Return the segments of a repository's path; nested names have more than two.

    Raises:
        InvalidReferenceError: It has no namespace, or a part that is no name.
    """
    parts = tuple(repository.split("/"))
    if len(parts) < 2:
        raise InvalidReferenceError(
            "a repository of Quay without its namespace", hint="Write namespace/name, e.g. prometheus/busybox."
        )
    if not all(map(is_name, parts)):
        raise InvalidReferenceError(
            "a repository name has a part that is empty, or holds what no name may hold",
            hint="Write namespace/name, e.g. prometheus/busybox.",
        )
    return parts
