"""Near misses for a tag that does not exist."""

from __future__ import annotations

import heapq
import re
from difflib import SequenceMatcher
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from portcall.reference import is_tag
from portcall.tags.order import VersionKey, version_key
from portcall.tags.suffix import is_revision
from portcall.tags.version import TagVersion, is_referrer_tag, parse_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_LONGEST_TAG = 128
#: Only so many are compared letter by letter: difflib takes some 50 µs each, and lists hold 100,000 tags.
_SHORTLIST = 200
#: Below this ratio two words only happen to share letters (difflib's own usual cutoff).
_ALIKE = 0.6
#: From this ratio on, one or two letters were mistyped.
_SLIP = 0.8
_NUMBERS_WITHIN = re.compile(r"[0-9]+(?:\.[0-9]+)+.*", re.ASCII)


def nearest(wanted: str, tags: Iterable[str], limit: int = 5) -> list[str]:
    """Return the tags that were probably meant by ``wanted``, the best first.

    A version finds its other spelling (``v1.2`` for ``1.2``), then the nearest numbers of the same series
    and variant (``1.27.99`` finds ``1.27.5``, then ``1.27``); stable ones first unless a pre-release was
    wanted. Words, and what is left of ``limit``, go by spelling (``latst`` finds ``latest``). Hashes, digests
    and signatures are never suggested, nor anything that is no legal tag, nor ``wanted`` itself.

    Time is linear in the number of tags; some 20 µs each, so two seconds for 100,000.
    """
    wanted = wanted[:_LONGEST_TAG]
    pool = [tag for tag in dict.fromkeys(tags) if tag != wanted and _is_suggestible(tag)]
    limit = max(0, limit)
    near = _near_versions(wanted, pool, limit)
    alike = _spelled_alike(wanted, pool, limit)
    same_series = [found.tag for found in near if found.shared]
    slips = [tag for ratio, tag in alike if ratio >= _SLIP or not near]
    # One place in three is kept for a slip of the finger within the numbers: `1.72.5`, `127.5`.
    first = same_series[: limit - limit // 3]
    rest = (slips[: limit - len(first)], (found.tag for found in near), (tag for _, tag in alike))
    return list(dict.fromkeys(chain(first, *rest)))[:limit]


class _Nearness(NamedTuple):
    """How near a version is, compared field by field: more is nearer."""

    same_release: bool
    shared: int
    as_stable: bool
    same_variant: bool
    shared_variant: int
    closeness: float
    same_precision: bool
    rank: tuple[int, ...]
    tag: str
    is_series: bool


def _is_suggestible(tag: str) -> bool:
    return is_tag(tag) and not is_referrer_tag(tag) and not is_revision(tag)


def _near_versions(wanted: str, pool: Sequence[str], limit: int) -> list[_Nearness]:
    version = parse_version(wanted)
    if version is None and (within := _NUMBERS_WITHIN.search(wanted)):
        version = parse_version(within[0])
    if version is None or not limit:
        return []
    found = heapq.nlargest(_SHORTLIST, _nearnesses(version, pool))
    found.sort(key=lambda nearness: (*nearness[:-2], version_key(nearness.tag)), reverse=True)
    return _with_series_second(found)[:limit]


def _nearnesses(wanted: TagVersion, pool: Iterable[str]) -> Iterator[_Nearness]:
    for tag in pool:
        version = parse_version(tag)
        if version is not None and version.scheme == wanted.scheme:
            yield _nearness(version, wanted)


def _nearness(version: TagVersion, wanted: TagVersion) -> _Nearness:
    shared = _shared(version.release, wanted.release)
    is_series = shared == len(version.release) < len(wanted.release)
    distance = 0
    if shared < min(len(version.release), len(wanted.release)):
        distance = abs(version.release[shared] - wanted.release[shared])
    # Behind every number of a series stands the series itself.
    closeness = float("-inf") if is_series else -min(distance, 2**53)
    return _Nearness(
        same_release=version.rank == wanted.rank and version.pre == wanted.pre,
        shared=shared,
        as_stable=bool(version.pre) == bool(wanted.pre),
        same_variant=version.variant == wanted.variant,
        shared_variant=_shared(version.variant, wanted.variant),
        closeness=closeness,
        same_precision=len(version.release) == len(wanted.release),
        rank=version.rank,
        tag=version.tag,
        is_series=is_series,
    )


def _shared(one: Sequence[object], other: Sequence[object]) -> int:
    """Count how many items two sequences begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _with_series_second(found: list[_Nearness]) -> list[_Nearness]:
    """Move ``1.27`` behind ``1.27.5``: whoever wanted ``1.27.99`` may well take what floats."""
    for at, nearness in enumerate(found[2:], start=2):
        if nearness.is_series and nearness.shared == found[0].shared:
            return [found[0], nearness, *found[1:at], *found[at + 1 :]]
    return found


def _spelled_alike(wanted: str, pool: Sequence[str], limit: int) -> list[tuple[float, str]]:
    word = wanted.casefold()
    if not word or not limit:
        return []
    letters = set(word)
    pairs = {word[at : at + 2] for at in range(len(word) - 1)}
    if len(pairs) > 32:
        pairs = set(sorted(pairs)[:32])

    def likeness(tag: str) -> float:
        text = tag.casefold()
        shared = 2 * sum(pair in text for pair in pairs) + len(letters.intersection(text))
        return shared - abs(len(text) - len(word))

    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(word)
    alike: list[tuple[float, VersionKey, str]] = []
    for tag in heapq.nlargest(_SHORTLIST, pool, key=likeness):
        matcher.set_seq1(tag.casefold())
        ratio = matcher.ratio()
        if ratio >= _ALIKE:
            alike.append((ratio, version_key(tag), tag))
    return [(ratio, tag) for ratio, _, tag in heapq.nlargest(limit, alike)]
