"""Ranges of versions: ``>=1.2 <2``, ``^1.2``, ``~1.27.3``, ``1.27.x``."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from portcall.errors import InvalidArgumentError
from portcall.tags.version import TagVersion, parse_version

if TYPE_CHECKING:
    from collections.abc import Callable

_COMPARATOR = re.compile(
    r"\s*(?P<operator>~>|~=|>=|<=|==|!=|[><=~^]|)\s*(?P<version>[A-Za-z0-9_.*+-]+)(?=[\s,]|\Z)"
)
_GAP = re.compile(r"[\s,]*", re.ASCII)
_WILDCARD = re.compile(r"(?:\A|\.)[xX*](?:\.[xX*])*\Z")

_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "=": operator.eq,
    "!=": operator.ne,
}
_HINT = (
    "Write comparators separated by spaces, e.g. version:>=1.2 <2, version:^1.2, version:~1.27.3 or"
    " version:1.27 for the whole series."
)
#: Above every pre-release's stage, as in ``order``.
_STABLE = (9,)


@dataclass(frozen=True, slots=True)
class VersionRange:
    """The versions that satisfy every comparator.

    ==========================  ==================================================================
    ``>=1.2`` ``>`` ``<=`` ``<``  by number; ``1.2`` counts as ``1.2.0``
    ``=1.2`` ``==`` ``!=``      the very release, in whatever spelling: ``1.2``, ``1.2.0``, ``v1.2``
    ``1.27`` ``1.27.x``         the series: ``1.27`` and everything that begins with it; also ``=1.27.x``
    ``~1.27.3``                 ``>=1.27.3 <1.28``; ``~1`` is ``>=1 <2``
    ``^1.2.3``                  ``>=1.2.3 <2``; ``^0.2.3`` is ``>=0.2.3 <0.3``, as npm and Cargo have it
    ``~>1.2.3`` ``~=1.2.3``     ``>=1.2.3 <1.3``; ``~>1.2`` is ``>=1.2 <2``, as Ruby and Terraform have it
    ==========================  ==================================================================

    - Pre-releases match only when a comparator names one, and ``<2`` leaves out those of 2 even then.
    - Variants match, for a suffix is a variant and no lesser version; when a comparator names a variant
      (``1.27-alpine``), only that one does, with or without a version of its own (``-alpine3.20``).
    - Rebuilds (``1.2.3-4``) are the release that they rebuild, unless a comparator names a build.
    - Dates match only a range that names a date (``>=20240101 <2025``), counters (``r1234``, six digits and
      more) only one that names a counter: ``>=1.2`` does not mean ``20240101``.
    """

    comparators: tuple[_Comparator, ...]

    @classmethod
    def parse(cls, text: str) -> VersionRange:
        """Return the range that ``text`` describes.

        Raises:
            InvalidArgumentError: no comparator, one that cannot be read, or dates and versions together.
        """
        comparators = []
        position = _skip(text, 0)
        while position < len(text):
            match = _COMPARATOR.match(text, position)
            if match is None:
                raise _invalid(f"the version range cannot be read from character {position + 1} on")
            comparators.append(_comparator(match["operator"], match["version"], position))
            position = _skip(text, match.end())
        if not comparators:
            raise _invalid("the version range is empty")
        bounds = [comparator.version for comparator in comparators]
        has_date = any(bound.scheme == "date" for bound in bounds)
        if has_date and any(bound.scheme != "date" and len(bound.release) > 1 for bound in bounds):
            raise _invalid("the version range mixes dates and versions")
        return cls(tuple(comparators))

    def matches(self, tag: str) -> bool:
        """Tell whether ``tag`` holds a version within the range."""
        version = parse_version(tag)
        if version is None or not self._admits(version):
            return False
        return all(comparator.admits(version) for comparator in self.comparators)

    def _admits(self, version: TagVersion) -> bool:
        bounds = [comparator.version for comparator in self.comparators]
        if version.pre and not any(bound.pre for bound in bounds):
            return False
        schemes = {bound.scheme for bound in bounds}
        allowed = {"date"} if "date" in schemes else {"version", *schemes}
        return version.scheme in allowed and all(_is_make(version.variant, bound.variant) for bound in bounds)


@dataclass(frozen=True, slots=True)
class _Comparator:
    """One comparator; ``series`` is how many leading numbers must be the bound's own, if any must."""

    operator: str
    version: TagVersion
    series: int = 0
    negated: bool = False

    def admits(self, version: TagVersion) -> bool:
        bound = self.version
        if self.negated:
            return _padded(version.release, self.series) != bound.release[: self.series]
        if self.series and _padded(version.release, self.series) != bound.release[: self.series]:
            return False
        if self.operator == "<" and version.pre and not bound.pre and version.rank == bound.rank:
            return False
        if not self.operator:
            return True
        with_build = bool(bound.build)
        return _COMPARE[self.operator](_position(version, with_build), _position(bound, with_build))


def _comparator(sign: str, text: str, position: int) -> _Comparator:
    numbers = _WILDCARD.sub("", text)
    open_ended = numbers != text
    version = parse_version(numbers) if numbers else TagVersion("", "version", ())
    if version is None:
        raise _invalid(f"there is no version at character {position + 1} of the version range")
    precision = len(version.release)
    if sign in {"", "=", "=="} and (open_ended or not sign) and not version.pre and not version.build:
        return _Comparator("", version, precision)
    if sign == "!=" and open_ended:
        return _Comparator("", version, precision, negated=True)
    if sign in {"", "=="}:
        return _Comparator("=", version)
    if sign == "~":
        return _Comparator(">=", version, min(precision, 2))
    if sign in {"~>", "~="}:
        return _Comparator(">=", version, max(precision - 1, min(precision, 1)))
    if sign == "^":
        return _Comparator(">=", version, _compatible(version.release))
    return _Comparator(sign, version)


def _compatible(release: tuple[int, ...]) -> int:
    """How many numbers ``^`` holds fast: up to the first that is not 0."""
    leading = next((at for at, number in enumerate(release) if number), len(release) - 1)
    return leading + 1


def _position(version: TagVersion, with_build: bool) -> tuple[object, ...]:
    return (version.rank, version.pre or _STABLE, version.build if with_build else ())


def _padded(release: tuple[int, ...], length: int) -> tuple[int, ...]:
    return (*release, *(0,) * (length - len(release)))[:length]


def _is_make(variant: str, wanted: str) -> bool:
    rest = variant.removeprefix(wanted)
    return not wanted or variant == wanted or (rest != variant and rest.replace(".", "").isdecimal())


def _skip(text: str, position: int) -> int:
    gap = _GAP.match(text, position)
    return gap.end() if gap else position


def _invalid(reason: str) -> InvalidArgumentError:
    return InvalidArgumentError(f"tag_pattern: {reason}", hint=_HINT)
