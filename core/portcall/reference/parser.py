"""Reading what people and programs write for an image."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from portcall.reference.host import DOCKER_HUB, check_host, is_host
from portcall.reference.name import is_digest_alone, take_apart
from portcall.reference.reference import reference_of
from portcall.reference.span import EXAMPLE, Span
from portcall.reference.web import is_image_page, read_web_address

if TYPE_CHECKING:
    from portcall.reference.reference import Reference

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")

_SCHEMES = "Write it as host/name:tag; docker:// and oci:// may stand before it."
_AT = "A digest goes last, as in name@sha256:…; user names and passwords do not belong in a reference."


def parse_reference(text: str) -> Reference:
    """Return the image that ``text`` names, normalised as Docker does.

    Args:
        text: ``[host/]path[:tag][@digest]``, with or without ``docker://`` or ``oci://``, or the web
            address of an image's page at Docker Hub, Quay or GitHub; of the first and last, also without
            ``https://``. Surrounding white space is ignored.

    Returns:
        ``Reference(registry, repository, tag, digest)``: ``"nginx"`` is
        ``Reference("docker.io", "library/nginx", None, None)``.

    Raises:
        InvalidReferenceError: anything else, whatever it is; ``position`` counts in ``text`` as given.

    Source: distribution/reference, ``ParseNormalizedNamed``.
    """
    span = Span.given(text)
    scheme = _SCHEME.match(span.text)
    if scheme is None:
        return read_web_address(span) if is_image_page(span.text) else _read(span)
    rest = span.cut(scheme.end())
    match scheme[1].lower():
        case "docker" | "oci":
            return _read(rest)
        case "http" | "https":
            return read_web_address(rest)
    raise span.fault(0, "an address with an unknown scheme", _SCHEMES)


def _read(text: Span) -> Reference:
    _refuse_what_is_no_name(text)
    first, rest = text.partition("/")
    if rest is None or not is_host(first.text):
        return reference_of(DOCKER_HUB, take_apart(text))
    return reference_of(check_host(first), take_apart(rest))


def _refuse_what_is_no_name(text: Span) -> None:
    if not text.text:
        raise text.fault(0, "the reference is empty", EXAMPLE)
    if is_digest_alone(text.text):
        raise text.fault(0, "a digest or image ID alone names no repository", "Write it as name@sha256:…")
    at = text.text.find("@")
    if at >= 0 and "/" in text.text[at:]:
        raise text.unexpected(at, "the name", _AT)
