"""What stands behind a tag's numbers: pre-release, packager's build, source revision, variant."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

#: Words for what is built before anybody calls it a release.
_UNSTABLE: Final = {
    "canary", "ci", "daily", "dev", "develop", "dirty", "ec", "edge", "exp", "experimental", "head",
    "insider", "insiders", "main", "master", "nightly", "next", "snapshot", "test", "testing", "tip",
    "trunk", "unstable", "wip",
}  # fmt: skip
#: How far a pre-release is from its release, by its word in lower case: higher is nearer.
STAGES: Final = {
    **dict.fromkeys(_UNSTABLE, 0),
    **dict.fromkeys(("a", "alpha", "ea", "eap"), 1),
    **dict.fromkeys(("b", "beta", "m", "milestone"), 2),
    **dict.fromkeys(("pre", "prerelease", "preview"), 3),
    **dict.fromkeys(("cr", "rc"), 4),
}
#: The stage of what nobody named: a CI build (``11.2.0-72314``), commits behind a tag (``-5-g1a2b3c4``).
UNNAMED_STAGE = 0

#: A number this long behind a dash is no packager counting rebuilds, but a CI system counting everything.
_CI_NUMBER = 1000

_SEPARATORS = "-_.+~"
_SEP = rf"[{_SEPARATORS}]"
_EDGE = r"(?![A-Za-z0-9])"
_HEX = r"(?:(?P<prefix>sha[-_.]?|git[-_.]?|commit[-_.]?|g))?(?P<hash>[0-9a-f]{7,64})"

# One letter counts only with its number right behind it: `3.13.0b3` is a beta, `1.27-a` a variant.
_PRE = re.compile(
    rf"{_SEP}?(?:(?P<letter>[abm])(?=[0-9])|(?P<word>[a-z]{{2,12}}))"
    rf"(?P<numbers>(?:{_SEP}?[0-9]+{_EDGE}(?:[-_.][0-9]+{_EDGE})*)?){_EDGE}",
    re.IGNORECASE | re.ASCII,
)
# These three are pre-releases wherever they stand (`1.2-alpine-rc1`). The others only right behind the
# numbers: `-fpm-dev` and `-alpine-edge` are variants.
_UNMISTAKABLE = re.compile(
    r"(?:\A|[^a-z])(?P<word>alpha|beta|rc)(?![a-z])[-_.]?(?P<number>[0-9]*)", re.IGNORECASE | re.ASCII
)
_FINAL = re.compile(rf"[-_.](?:final|ga|release|stable){_EDGE}", re.IGNORECASE | re.ASCII)
_BUILD = re.compile(
    rf"(?P<sep>{_SEP}?)(?P<marker>(?:rev|r|post|patch|p|ls|build)[-_.]?|)(?P<numbers>[0-9]+(?:\.[0-9]+)*){_EDGE}",
    re.ASCII,
)
_LAST_BUILD = re.compile(r"[-_](?:r|ls)(?P<numbers>[0-9]+)\Z", re.ASCII)
_REVISION = re.compile(rf"{_SEP}{_HEX}{_EDGE}", re.ASCII)
_LAST_REVISION = re.compile(rf"{_SEP}{_HEX}\Z", re.ASCII)
_WHOLE_REVISION = re.compile(rf"{_HEX}\Z", re.ASCII)
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{0,6}(?![0-9])"
    r"|[-_.](?:0[1-9]|1[0-2])[-_.](?:0[1-9]|[12][0-9]|3[01])(?![0-9]))",
    re.ASCII,
)


class Suffix(NamedTuple):
    """What stands behind a tag's numbers; every part may be empty.

    ``pre`` is the stage (see ``STAGES``) and its numbers, ``build`` the packager's rebuild, ``revision`` a
    commit's hash, ``variant`` the rest as written, without its leading separator.
    """

    pre: tuple[int, ...] = ()
    build: tuple[int, ...] = ()
    revision: str = ""
    variant: str = ""


def read_suffix(text: str, *, precision: int) -> Suffix:
    """Take apart what follows the release in a tag.

    Args:
        text: The tag from behind its release, at most 128 characters, e.g. ``"-rc1-alpine3.20"``.
        precision: How many numbers the release has: only a whole ``X.Y.Z`` has semver's pre-releases, so
            that ``11.2.0-72314`` (Grafana's CI) is one and ``9.4-1123`` (a rebuild of Red Hat's) is not.
    """
    if not text:
        return Suffix()
    if final := _FINAL.match(text):
        text = text[final.end() :]
    pre, text = _take_pre(text)
    build: tuple[int, ...] = ()
    if not pre:
        pre, build, text = _take_build(text, precision)
    revision, text = _take_revision(text)
    if not build and (last := _LAST_BUILD.search(text)):
        build, text = (int(last["numbers"]),), text[: last.start()]
    if not pre and (word := _UNMISTAKABLE.search(text)):
        pre = (STAGES[word["word"].lower()], *_numbers(word["number"]))
    return Suffix(pre, build, revision, text.lstrip(_SEPARATORS))


def is_revision(text: str) -> bool:
    """Tell whether ``text`` is a commit's hash: ``1a2b3c4``, ``g1a2b3c4``, ``sha-abcdefa``, 40 or 64 hex.

    Seven decimal digits alone are a number, and seven letters alone may be a word: neither is taken for a
    hash without a prefix that says so.
    """
    match = _WHOLE_REVISION.match(text)
    return match is not None and _believable(match)


def _take_pre(text: str) -> tuple[tuple[int, ...], str]:
    match = _PRE.match(text)
    if match is None:
        return (), text
    stage = STAGES.get((match["letter"] or match["word"]).lower())
    if stage is None:
        return (), text
    return (stage, *_numbers(match["numbers"])), text[match.end() :]


def _take_build(text: str, precision: int) -> tuple[tuple[int, ...], tuple[int, ...], str]:
    """Return pre-release, build and the rest: what a number is, is told by what follows it."""
    match = _BUILD.match(text)
    if match is None or not (match["sep"] or match["marker"]) or _DATE.match(text, match.start("numbers")):
        return (), (), text
    numbers, rest = _numbers(match["numbers"]), text[match.end() :]
    pre, after = _take_pre(rest) if rest[:1] in tuple(_SEPARATORS) else ((), rest)
    if pre:  # `-0.dev-123`, `.5-unstable`
        return pre if len(pre) > 1 else (*pre, *numbers), (), after
    commits = _REVISION.match(rest)
    described = commits is not None and commits["prefix"] == "g"  # git describe: `-5-g1a2b3c4`
    counted = match["sep"] == "-" and not match["marker"] and precision >= 3 and numbers[0] >= _CI_NUMBER
    if described or counted:
        return (UNNAMED_STAGE, *numbers), (), rest
    return (), numbers, rest


def _take_revision(text: str) -> tuple[str, str]:
    for match in (_REVISION.match(text), _LAST_REVISION.search(text)):
        if match is not None and _believable(match):
            return match["hash"], text[: match.start()] + text[match.end() :]
    return "", text


def _believable(match: re.Match[str]) -> bool:
    digest = match["hash"]
    if match["prefix"] and match["prefix"] != "g":
        return True
    return len(digest) in {40, 64} or (not digest.isdecimal() and not digest.isalpha())


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, _DIGITS.findall(text)))
