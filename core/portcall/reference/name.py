"""What a repository, a tag and a digest may hold, and what is wrong with one that does not.

Each check takes spans, runs in linear time, and raises `InvalidReferenceError` with the place of the
first fault.

Source: the grammar of distribution/reference; digests as `portcall.digest` registers them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.digest import ALGORITHMS, is_digest
from portcall.reference.span import EXAMPLE

if TYPE_CHECKING:
    from portcall.reference.span import Span

_MAX_REPOSITORY = 255
_MAX_TAG = 128

_BARE_HEX = re.compile(r"[0-9a-f]{64}\Z")
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*")
_WHOLE_TAG = re.compile(rf"[A-Za-z0-9_][A-Za-z0-9_.-]{{0,{_MAX_TAG - 1}}}\Z")
_NOT_IN_COMPONENT = re.compile(r"[^a-z0-9._-]")
_NOT_IN_TAG = re.compile(r"[^A-Za-z0-9_.-]")
_NOT_IN_HEX = re.compile(r"[^0-9a-f]")

_LOWER_CASE = "Repository names are lower case."
_COMPONENTS = "Repository names hold lower-case letters and digits, with . _ - or / between them."
_SEPARATORS = "Between two letters or digits stands one dot, one or two underscores, or any number of dashes."
_SLASHES = "Remove the slash that has no name beside it."
_TAG = f"A tag is 1 to {_MAX_TAG} letters, digits, dots, dashes or underscores; the first is no dot or dash."
_DIGEST = "A digest is sha256: and 64, or sha512: and 128, lower-case hexadecimal digits."
_WHOLE_DIGEST = "get_image_details tells an image's whole digest."


@dataclass(frozen=True, slots=True)
class Name:
    """A name without its host, taken apart but not checked yet.

    Args:
        path: The components of the repository; at least one.
        tag: What stands after ``:``, if anything does.
        digest: What stands after ``@``, if anything does.
    """

    path: tuple[Span, ...]
    tag: Span | None = None
    digest: Span | None = None


def is_digest_alone(text: str) -> bool:
    """Tell whether ``text`` is a digest or an image ID, which Docker's grammar would read as a name."""
    return _BARE_HEX.match(text) is not None or is_digest(text)


def reads_as_digest(name: str) -> bool:
    """Tell whether ``name``, alone or with some tag, would be taken for a digest."""
    return _BARE_HEX.match(name) is not None or name in ALGORITHMS


def take_apart(text: Span) -> Name:
    """Return the parts of ``path[:tag][@digest]``."""
    before, digest = text.partition("@")
    path, tag = before.partition(":")
    return Name(path.split("/"), tag, digest)


def check_path(path: tuple[Span, ...]) -> str:
    """Return the repository that the components make, e.g. ``"grafana/grafana"``."""
    if len(path) == 1 and not path[0].text:
        raise path[0].fault(0, "the repository name is missing", EXAMPLE)
    for component in path:
        _check_component(component)
    return "/".join(component.text for component in path)


def check_length(repository: str, path: tuple[Span, ...]) -> None:
    """Refuse a normalised ``repository`` that no registry takes for its length; ``path`` says where it is."""
    if len(repository) > _MAX_REPOSITORY:
        message = f"the repository name is longer than {_MAX_REPOSITORY} characters"
        raise path[0].fault(0, message, "Shorten the repository name.")


def is_tag(text: str) -> bool:
    """Tell whether ``text`` is a tag: what a registry lists as one may be a digest, or worse."""
    return _WHOLE_TAG.match(text) is not None


def check_tag(tag: Span) -> str:
    """Return the tag, e.g. ``"1.27-alpine"``."""
    if not tag.text:
        raise tag.fault(0, "the tag is missing", _TAG)
    if foreign := _NOT_IN_TAG.search(tag.text):
        raise tag.unexpected(foreign.start(), "the tag", _TAG)
    if tag.text[0] in ".-":
        raise tag.unexpected(0, "the first place of the tag", _TAG)
    if len(tag.text) > _MAX_TAG:
        raise tag.fault(_MAX_TAG, f"the tag is longer than {_MAX_TAG} characters", _TAG)
    return tag.text


def check_digest(digest: Span) -> str:
    """Return the digest, e.g. ``"sha256:e3b0…"``: registered algorithm, right length, lower case."""
    algorithm, encoded = digest.partition(":")
    if encoded is None:
        hint = "Write sha256: before it." if _BARE_HEX.match(digest.text) else _DIGEST
        raise digest.fault(0, "a digest without its algorithm", hint)
    length = ALGORITHMS.get(algorithm.text)
    if length is None:
        raise algorithm.fault(0, "a digest of an algorithm that is not registered", _DIGEST)
    if foreign := _NOT_IN_HEX.search(encoded.text):
        raise encoded.unexpected(foreign.start(), "the digest", _DIGEST)
    if len(encoded.text) != length:
        place = min(len(encoded.text), length)
        hint = f"{_DIGEST} {_WHOLE_DIGEST}" if len(encoded.text) < length else _DIGEST
        raise encoded.fault(place, f"the digest has {len(encoded.text)} digits, not {length}", hint)
    return digest.text


def _check_component(component: Span) -> None:
    match = _COMPONENT.match(component.text)
    good = match.end() if match else 0
    if not component.text:
        raise component.fault(0, "an empty part in the repository name", _SLASHES)
    if foreign := _NOT_IN_COMPONENT.search(component.text):
        hint = _LOWER_CASE if foreign[0].isupper() else _COMPONENTS
        raise component.unexpected(foreign.start(), "the repository name", hint)
    if good < len(component.text):
        raise component.unexpected(good, "the repository name", _SEPARATORS)
