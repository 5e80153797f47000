"""A tag read as a version: its numbers, and what the rest of its name says about them.

=========================  =======  ===============  =======  ================================
tag                        scheme   release          pre      what else
=========================  =======  ===============  =======  ================================
``v1.27.5-alpine3.20``     version  (1, 27, 5)                variant ``alpine3.20``
``3.13.0b3``               version  (3, 13, 0)       beta, 3
``11.2.0-72314``           version  (11, 2, 0)       72314    a CI's build is a pre-release
``1.2.3-4``, ``1.2.3_4``   version  (1, 2, 3)                 build (4,)
``8u412-b08-jdk``          version  (8, 412)                  build (8,), variant ``jdk``
``24.04``, ``2024.1.0``    version  (2024, 1, 0)
``22``, ``1042``           version  (1042,)                   up to five digits
``20240101``, ``240101``   date     (2024, 1, 1)
``2024.01.15``             date     (2024, 1, 15)             all ten characters of a date
``RELEASE.2024-07-04T…``   date     (2024, 7, 4, …)
``r1234``, ``1720000000``  counter  (1234,)                   numbered, or six digits and more
=========================  =======  ===============  =======  ================================

Words (``latest``, ``bookworm``), hashes and digests are no versions: :func:`parse_version` answers
``None``. Nothing here raises, whatever the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from portcall.tags.suffix import is_revision, read_suffix

Scheme = Literal["version", "date", "counter"]

#: Tags by the grammar of the OCI distribution specification.
# Also `+`, which no tag has, but the version that somebody asks for.
_READABLE = re.compile(r"[A-Za-z0-9_.+-]{1,128}\Z", re.ASCII)
# The fallback tag of the referrers API, cosign's `.sig`, `.att` and `.sbom`, and digests kept as tags
# (Artifactory lists `sha256__…` and `sha256:…`).
_REFERRER = re.compile(r"sha(?:256|384|512)(?:[-:._]|__)[0-9a-f]{32,128}(?:[._-][A-Za-z0-9._-]*)?\Z", re.ASCII)

_VERSION = re.compile(r"[vV]?(?P<numbers>[0-9]+(?:\.[0-9]+)*)(?P<rest>.*)\Z", re.ASCII)
_JAVA = re.compile(r"(?P<major>[0-9]{1,2})u(?P<update>[0-9]{1,4})(?:-b(?P<build>[0-9]+))?(?P<rest>[-_.].*|)\Z")
_DAY = r"(?:0[1-9]|[12][0-9]|3[01])"
_MONTH = r"(?:0[1-9]|1[0-2])"
_DATE = re.compile(
    rf"(?:(?:RELEASE|release)[.-]|[vV])?(?P<date>(?:19|20)[0-9]{{2}}(?:"
    rf"(?P<sep>[-_]?){_MONTH}(?:(?P=sep){_DAY}(?:[T_-]?[0-9]{{2}}(?:[:-]?[0-9]{{2}}){{0,2}}Z?)?)?"
    rf"|\.{_MONTH}\.{_DAY}))(?P<rest>(?![A-Za-z0-9]).*)\Z",
    re.ASCII,
)
_SHORT_DATE = re.compile(rf"(?P<date>[0-9]{{2}}{_MONTH}{_DAY})(?P<rest>(?![A-Za-z0-9]).*)\Z", re.ASCII)
_COUNTER = re.compile(r"(?:rev|r|build|b)[-.]?(?P<numbers>[0-9]+)(?P<rest>[-_.].*|)\Z", re.ASCII)

#: A digit, or the first letter of `v`, `RELEASE.`, `rev`, `build`.
_BEGINNINGS = frozenset("0123456789vVRrb")
#: Six digits and more are no major version, but a date or a count of something.
_LARGEST_MAJOR = 99_999


@dataclass(frozen=True, slots=True)
class TagVersion:
    """A tag that holds a version.

    Attributes:
        tag: The tag as given.
        scheme: ``version`` for dotted numbers and whole ones up to five digits, ``date``, or ``counter``.
        release: The numbers as written: ``(1, 27)`` for ``1.27``, ``(2024, 7, 4)`` for ``20240704``.
        pre: Empty for a release; else the stage (0 nightly and unnamed, 1 alpha, 2 beta, 3 preview,
            4 candidate) and its numbers, so that these tuples compare as the pre-releases do.
        build: A packager's rebuild of the same release: ``(4,)`` for ``1.2.3-4``, ``-r4`` and ``_4``.
        variant: The rest, e.g. ``"slim-bookworm"``: another make of the same release.
        revision: A commit's hash in the tag, without its ``g`` or ``sha-``.
    """

    tag: str
    scheme: Scheme
    release: tuple[int, ...]
    pre: tuple[int, ...] = ()
    build: tuple[int, ...] = ()
    variant: str = ""
    revision: str = ""

    @property
    def rank(self) -> tuple[int, ...]:
        """The release without trailing zeros, by which ``1.27``, ``1.27.0`` and ``v1.27`` are equal."""
        end = len(self.release)
        while end and not self.release[end - 1]:
            end -= 1
        return self.release[:end]

    @property
    def is_prerelease(self) -> bool:
        """Whether it precedes its release."""
        return bool(self.pre)

    @property
    def is_plain(self) -> bool:
        """Whether it is nothing but a release, possibly rebuilt."""
        return not (self.pre or self.variant or self.revision)


@lru_cache(maxsize=1 << 16)
def parse_version(tag: str) -> TagVersion | None:
    """Return the version that a tag's name holds, or ``None`` for a word, a hash, a digest or no tag."""
    if tag[:1] not in _BEGINNINGS or _READABLE.match(tag) is None or is_revision(tag):
        return None
    return _read_date(tag) or _read_java(tag) or _read_numbers(tag) or _read_counter(tag)


def is_referrer_tag(tag: str) -> bool:
    """Tell whether a tag is a digest's: a signature, an attestation, a list of referrers.

    ``sha256-<hex>``, with ``.sig``, ``.att``, ``.sbom`` or any other ending, and digests themselves. Nobody
    chooses an image by such a tag.
    """
    return _REFERRER.match(tag) is not None


def _read_date(tag: str) -> TagVersion | None:
    match = _DATE.match(tag)
    if match is not None:
        date = re.sub(r"[^0-9]", "", match["date"])
        pieces = (date[:4], *(date[at : at + 2] for at in range(4, len(date), 2)))
        return _assemble(tag, "date", tuple(map(int, pieces)), match["rest"])
    match = _SHORT_DATE.match(tag)
    if match is not None:
        year, month, day = (int(match["date"][at : at + 2]) for at in (0, 2, 4))
        return _assemble(tag, "date", (2000 + year, month, day), match["rest"])
    return None


def _read_java(tag: str) -> TagVersion | None:
    """Read ``8u412-b08-jdk``, as Java 8 counts its updates."""
    match = _JAVA.match(tag)
    if match is None:
        return None
    suffix = read_suffix(match["rest"], precision=2)
    build = (int(match["build"]),) if match["build"] else suffix.build
    release = (int(match["major"]), int(match["update"]))
    return TagVersion(tag, "version", release, suffix.pre, build, suffix.variant, suffix.revision)


def _read_numbers(tag: str) -> TagVersion | None:
    match = _VERSION.match(tag)
    if match is None:
        return None
    numbers, rest = match["numbers"], match["rest"]
    release = tuple(map(int, numbers.split(".")))
    undotted = len(release) == 1
    version = _assemble(tag, "counter" if release[0] > _LARGEST_MAJOR else "version", release, rest)
    if undotted and rest[:1].isalpha() and not version.pre:
        return None  # `3scale`, `20H2`: a word that begins with a digit
    return version


def _read_counter(tag: str) -> TagVersion | None:
    match = _COUNTER.match(tag)
    return None if match is None else _assemble(tag, "counter", (int(match["numbers"]),), match["rest"])


def _assemble(tag: str, scheme: Scheme, release: tuple[int, ...], rest: str) -> TagVersion:
    suffix = read_suffix(rest, precision=len(release) if scheme == "version" else 1)
    return TagVersion(tag, scheme, release, suffix.pre, suffix.build, suffix.variant, suffix.revision)
