"""The tools' separate ``tag`` argument, beside a reference that may carry a tag of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from portcall.errors import InvalidArgumentError, InvalidReferenceError
from portcall.reference.name import check_digest, check_tag
from portcall.reference.span import Span

if TYPE_CHECKING:
    from portcall.reference.reference import Reference

_LATEST = "latest"
_GIVE_ONE = "Leave the argument `tag` empty, or give the tag or digest in one place only."


def with_tag_argument(reference: Reference, tag: str) -> Reference:
    """Return what ``reference`` means together with the argument ``tag``.

    Args:
        reference: What ``image_name`` said.
        tag: A tag or a digest. Empty: the reference's own. ``"latest"`` counts as not given where the
            reference has a tag or digest, because hosts fill in defaults. A digest beside a tag pins it.

    Raises:
        InvalidArgumentError: ``tag`` is malformed, or says something else than the reference.

    Source: SPEC, "Tools".
    """
    wanted = tag.strip()
    bare = reference.tag is None and reference.digest is None
    if wanted in {"", reference.tag, reference.digest} or (wanted == _LATEST and not bare):
        return reference
    asked = _with_argument(reference, tag)
    if bare or (reference.digest is None and asked.digest is not None):
        return asked
    raise InvalidArgumentError(
        f"the argument `tag` contradicts the {'digest' if reference.digest else 'tag'} in the reference",
        hint=_GIVE_ONE,
        registry=reference.registry,
        reference=reference.familiar,
    )


def _with_argument(reference: Reference, tag: str) -> Reference:
    try:
        span = Span.given(tag)
        if ":" in span.text:
            return replace(reference, digest=check_digest(span))
        return replace(reference, tag=check_tag(span))
    except InvalidReferenceError as error:
        raise InvalidArgumentError(f"the argument `tag`: {error.message}", hint=error.hint) from None
