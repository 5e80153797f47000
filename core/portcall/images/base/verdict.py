"""What is to be said of an image's base, once its registry was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from portcall.images.base.claim import BaseClaim
    from portcall.images.base.current import CurrentBase
    from portcall.images.opened import OpenedImage
    from portcall.reference import Reference

_SAME_LAYERS = "the base's tag has moved, but its layers for this platform are the same"
_OTHER_LAYERS = (
    "the image does not begin with the layers of the base that it names: it was squashed, or is built on another"
)

Confidence = Literal["certain", "likely", "guess", "unknown"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A base, and how it is known.

    Args:
        fields: As the answer has them.
        reference: The base, where its registry could be asked.
        warnings: What the reader has to know.
    """

    fields: dict[str, Any]
    reference: Reference | None = None
    warnings: tuple[str, ...] = ()


#: Nothing is told, and nothing suggests anything.
UNKNOWN = Verdict({"found_by": "none", "confidence": "unknown", "claimed": False})
#: The first layer is the image's own.
SCRATCH = Verdict({"found_by": "scratch", "confidence": "likely"})


def judge(
    claim: BaseClaim, image: OpenedImage, now: CurrentBase | None, then: CurrentBase | None = None
) -> Verdict:
    """Return what is to be said of a base that somebody names.

    Args:
        claim: The base.
        image: What is built on it.
        now: What it is now; ``None`` where that could not be found out.
        then: What it was when the image was built, where that could be had.
    """
    is_built_on_it = any(base is not None and base.is_below(image) for base in (now, then))
    outdated, warnings = _outdated(claim, image, now)
    fields = {
        "base": claim.name,
        "base_digest": claim.digest,
        "found_by": claim.found_by,
        "confidence": "certain" if is_built_on_it else _confidence(claim, now, then),
        "claimed": not is_built_on_it,
        "current_digest": now.digest if now and not claim.is_pinned else None,
        "outdated": outdated,
        "shared_layers": now.shared_with(image) if now else None,
        "base_created": now.created if now else None,
    }
    return Verdict(fields, claim.reference if now else None, warnings)


def _confidence(claim: BaseClaim, now: CurrentBase | None, then: CurrentBase | None) -> Confidence:
    """Return how sure words alone are, of an image that was not seen to begin with the layers of its base."""
    if claim.found_by == "history":
        return "likely" if claim.is_sure else "guess"
    known = then or (now if now is not None and (_is_same(claim, now) or not claim.is_sure) else None)
    return "guess" if known is not None and known.platform_digest is not None else "likely"


def _outdated(
    claim: BaseClaim, image: OpenedImage, now: CurrentBase | None
) -> tuple[bool | None, tuple[str, ...]]:
    """Return whether a base has moved since, and what has to be said of that."""
    if claim.is_pinned:
        return None, ("the base is named by its digest alone: there is no tag that could have moved",)
    if now is None:
        return None, ()
    if now.is_below(image):
        is_moved = claim.digest is not None and not _is_same(claim, now)
        return False, (_SAME_LAYERS,) if is_moved else ()
    if _is_same(claim, now):
        return False, (_OTHER_LAYERS,) if now.platform_digest else ()
    return True, ()


def _is_same(claim: BaseClaim, now: CurrentBase) -> bool:
    return claim.digest is not None and claim.digest in now.digests
