"""Whether a base has moved on since an image was built: said only where something shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.images.base.current import CurrentBase

if TYPE_CHECKING:
    from portcall.errors import PortcallError
    from portcall.images.base.claim import BaseClaim
    from portcall.images.opened import OpenedImage

_PINNED = "the base is named by its digest alone: there is no tag that could have moved"
_SAME_LAYERS = "the base's tag has moved, but its layers for this platform are the same"
_OTHER_LAYERS = (
    "the image does not begin with all the layers of {}, the base that it names: it was squashed, or is built on "
    "another"
)
_REBASED = (
    "the image begins with the layers that the base has now, not with those of the digest that it names: "
    "it seems to have been moved to them since"
)
_THEN_UNKNOWN = "the base's tag has moved, but what it was when the image was built could not be read: {}"
_MAY_BE_SAME = (
    "the image begins with the layers that the base has now; whether it had others above them is not known"
)
_UNCLEAR = (
    "whether the base has moved is not known: the image does not begin with all the layers that it has now, and "
    "nothing tells what it was then; the image may as well have been squashed, or be built on another"
)

#: Characters of a digest that tell it from others.
_DIGEST = len("sha256:") + 12

Movement = tuple[bool | None, tuple[str, ...]]


def movement(
    claim: BaseClaim, image: OpenedImage, now: CurrentBase | None, then: CurrentBase | PortcallError | None
) -> Movement:
    """Return whether a base has moved since, ``None`` where that cannot be told; and what has to be said of it.

    Args:
        claim: The base.
        image: What is built on it.
        now: What it is now; ``None`` where that could not be found out.
        then: What it was when the image was built, or why that could not be had; ``None`` where nobody asked.
    """
    if claim.is_pinned:
        return None, (_PINNED,)
    if now is None:
        return None, ()
    if claim.digest is None:
        return _by_layers(image, now)
    if now.has(claim.digest):
        is_other = now.platform_digest is not None and not now.is_below(image)
        return False, (_other_layers(claim),) if is_other else ()
    if isinstance(then, CurrentBase):
        return _between(claim, then, now, image)
    missing = (_THEN_UNKNOWN.format(then.message),) if then else ()
    return (None, (*missing, _MAY_BE_SAME)) if now.is_below(image) else (True, missing)


def _other_layers(claim: BaseClaim) -> str:
    return _OTHER_LAYERS.format((claim.digest or "")[:_DIGEST])


def _by_layers(image: OpenedImage, now: CurrentBase) -> Movement:
    """Return what layers alone show.

    An image that has none of the base's is no sign of anything: squashed ones have none, and those that are
    built on another base. One that has the lowest of them, and then others, was built before these were made.
    """
    if now.is_below(image):
        return False, ()
    shared = now.shared_with(image) or 0
    return (True, ()) if 0 < shared < len(image.layers) else (None, (_UNCLEAR,))


def _between(claim: BaseClaim, then: CurrentBase, now: CurrentBase, image: OpenedImage) -> Movement:
    """Return what two digests show: what the tag stood for, and what it stands for now."""
    is_known = then.is_below(image) or now.is_below(image)
    doubts = () if is_known else (_other_layers(claim),)
    if now.has_layers_of(then):
        return False, (_SAME_LAYERS, *doubts)
    is_nearer = (now.shared_with(image) or 0) > (then.shared_with(image) or 0)
    if is_nearer and now.is_below(image) and not then.is_below(image):
        return False, (_REBASED,)
    return True, doubts
