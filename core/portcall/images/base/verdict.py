"""What is to be said of an image's base, once its registry was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from portcall.images.base.current import CurrentBase
from portcall.images.base.movement import movement

if TYPE_CHECKING:
    from portcall.errors import PortcallError
    from portcall.images.base.claim import BaseClaim, FoundBy
    from portcall.images.opened import OpenedImage
    from portcall.reference import Reference

_NEXT = (
    "nothing tells which image it is built on: read_file of /etc/os-release tells the distribution, "
    "get_dockerfile how it was built"
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


#: The first layer is the image's own.
SCRATCH = Verdict({"found_by": "scratch", "confidence": "likely"})


def unknown(named: tuple[FoundBy, str] | None) -> Verdict:
    """Return what is to be said where nothing tells, or suggests, the base.

    Args:
        named: A digest that is told without the image that it is of, and who tells it.
    """
    if named is None:
        return Verdict({"found_by": "none", "confidence": "unknown", "claimed": False}, warnings=(_NEXT,))
    found_by, digest = named
    told = f"its {found_by} name the digest of a base, but no image that it is of"
    fields = {"base_digest": digest, "found_by": found_by, "confidence": "unknown"}
    return Verdict(fields, warnings=(told, _NEXT))


def judge(
    claim: BaseClaim,
    image: OpenedImage,
    now: CurrentBase | None,
    then: CurrentBase | PortcallError | None = None,
) -> Verdict:
    """Return what is to be said of a base that somebody names.

    Args:
        claim: The base.
        image: What is built on it.
        now: What it is now; ``None`` where that could not be found out.
        then: What it was when the image was built, or why that could not be had; ``None`` where nobody asked.
    """
    outdated, warnings = movement(claim, image, now, then)
    known = then if isinstance(then, CurrentBase) else None
    is_built_on_it = any(base is not None and base.is_below(image) for base in (now, known))
    fields = {
        "base": claim.name,
        "base_digest": claim.digest,
        "found_by": claim.found_by,
        "confidence": "certain" if is_built_on_it else _confidence(claim, now, known),
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
    known = then or (now if now is not None and (now.has(claim.digest) or not claim.is_sure) else None)
    return "guess" if known is not None and known.platform_digest is not None else "likely"
