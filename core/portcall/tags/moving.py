"""Tags that move from release to release, and which release each of them is now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.tags.order import version_key
from portcall.tags.version import parse_version

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What publishers call them, those first that people ask for first.
MOVING = (
    *("latest", "stable", "lts", "mainline", "current", "rolling", "oldstable", "release"),
    *("edge", "next", "beta", "preview", "nightly", "main", "master", "dev"),
)


def moving_tags(digests: Mapping[str, str]) -> dict[str, str]:
    """Return the version that each moving tag is now, in its most specific spelling.

    Only those that some version's tag shares its digest with: of the others nothing is known.

    Args:
        digests: By tag, of those alone whose digest is told.
    """
    moving = {word: digests[word] for word in MOVING if word in digests}
    wanted = set(moving.values())
    versions: dict[str, list[str]] = {}
    for tag, digest in digests.items():
        if digest in wanted and parse_version(tag) is not None:
            versions.setdefault(digest, []).append(tag)
    best = {digest: max(tags, key=version_key) for digest, tags in versions.items()}
    return {word: best[digest] for word, digest in moving.items() if digest in best}
