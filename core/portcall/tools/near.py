"""What was probably meant by a tool that is not there."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST = 3
_LONGEST_NAME = 100
#: From this ratio on, letters were mistyped, and no more; of a single word, which has fewer of them.
_ALIKE, _ALIKE_WORDS = 0.8, 0.75
_LEAST = 0.5
#: What a name begins with says less than what it is about: ``list_tags`` is ``search_tags``.
_VERBS = frozenset(
    {"analyze", "check", "compare", "docker", "fetch", "find", "get", "list", "read", "registry", "search", "show"}
)
#: What other servers call a thing that tools here are about.
_OTHER_WORDS = {
    "inspect": "details",
    "info": "details",
    "metadata": "details",
    "config": "details",
    "labels": "details",
    "digest": "details",
    "diff": "compare",
    "exists": "check",
    "history": "layers",
    "size": "layers",
    "cat": "file",
    "ls": "files",
    "tree": "files",
    "scan": "vulnerabilities",
    "cve": "vulnerabilities",
    "cves": "vulnerabilities",
    "security": "vulnerabilities",
    "versions": "tags",
    "lint": "analyze_dockerfile",
    "base": "check_base_image",
    "readme": "repository",
    "repo": "repository",
    "repos": "repositories",
    "catalog": "repositories",
    "limits": "registries",
    "limit": "registries",
}


def near_tools(name: str, names: Iterable[str]) -> list[str]:
    """Return up to three tools that were probably meant, the likeliest first."""
    asked = name.strip().lower().replace("-", "_")[:_LONGEST_NAME]
    words = set(asked.split("_"))
    meant = {_OTHER_WORDS[word] for word in words if word in _OTHER_WORDS}
    scored = [(_likeness(asked, words, meant, each), each) for each in names]
    return [each for score, each in sorted(scored, key=lambda pair: -pair[0]) if score >= _LEAST][:_MOST]


def _likeness(asked: str, words: set[str], meant: set[str], name: str) -> float:
    """Return how like a tool's name is: by its spelling, and above that by what it is about."""
    ratio = SequenceMatcher(None, asked, name).ratio()
    if ratio >= (_ALIKE if "_" in asked else _ALIKE_WORDS):
        return 3 + ratio
    own = set(name.split("_"))
    subjects = len(_singular(own - _VERBS) & _singular(words - _VERBS))
    renamed = len(_singular(own) & _singular(meant)) + (name in meant)
    verbs = len(own & words & _VERBS) if subjects or not words - _VERBS else 0
    return 2 * renamed + subjects + verbs / 2 + ratio / 2


def _singular(words: set[str]) -> set[str]:
    return {word.removesuffix("ies") + "y" if word.endswith("ies") else word.removesuffix("s") for word in words}
