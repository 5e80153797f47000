"""The search for an image's base: its own words, its provenance, layers in common, its history."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from portcall.images.attestations import find_provenance
from portcall.images.base.claim import BaseClaim, attested_bases, nameless_digest, stated_base
from portcall.images.base.current import CurrentBase
from portcall.images.base.evidence import gather_evidence
from portcall.images.base.lookups import Lookups
from portcall.images.base.verdict import SCRATCH, Verdict, judge, unknown
from portcall.images.history.foundation import begins_from_scratch
from portcall.models import BaseImageCheck

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from portcall.backend import RegistryBackend
    from portcall.images.opened import OpenedImage
    from portcall.reference import Reference

#: Most images that are looked at in search of the base.
_MOST_CANDIDATES = 6
_GUESSED = (
    "its history alone suggests {}, and it does not begin with all the layers that this has now: "
    "that may have moved, or the base be another"
)


async def check_base_image(
    image: OpenedImage, backend_for: Callable[[Reference], Awaitable[RegistryBackend]]
) -> BaseImageCheck:
    """Return an image's base, and whether its tag has moved since.

    A base that cannot be asked for leaves that open, with a warning: it is never taken for one that is up to date.

    Args:
        image: The image of one platform.
        backend_for: Returns whom to ask for a reference. What labels name is a stranger's word: it is asked for
            under the same policy as if the caller had named it, with the credentials of its own registry alone.
    """
    lookups = Lookups(image, backend_for)
    verdict = await _verdict(image, lookups)
    lookups.warn(*verdict.warnings)
    newer = await lookups.newer(verdict.reference) if verdict.reference else None
    return BaseImageCheck(
        **image.identity,
        **verdict.fields,
        newer=newer,
        created=image.config.created,
        warnings=tuple(lookups.warnings),
    )


async def _verdict(image: OpenedImage, lookups: Lookups) -> Verdict:
    stated, warnings = stated_base(image)
    lookups.warn(*warnings)
    if stated is not None:
        return await _judged(stated, image, lookups)
    provenance = await find_provenance(image)
    lookups.warn(*provenance.problems)
    attested = attested_bases(provenance.statements, image.platform)
    if attested.is_scratch:
        return SCRATCH
    claim = attested.named or await _below(attested.materials, image, lookups)
    if claim is not None:
        return await _judged(claim, image, lookups)
    return await _by_history(image, lookups)


async def _judged(claim: BaseClaim, image: OpenedImage, lookups: Lookups) -> Verdict:
    now = await lookups.now(claim)
    # What it was then tells whether the image is really built on it, and whether a tag that moved has new layers.
    then = None if now is not None and now.has(claim.digest) else await lookups.then(claim)
    return judge(claim, image, now, then)


async def _below(materials: Sequence[BaseClaim], image: OpenedImage, lookups: Lookups) -> BaseClaim | None:
    """Return the material whose layers the image begins with: of several, the one with the most."""
    looked_at = materials[:_MOST_CANDIDATES]
    found: dict[int, BaseClaim] = {}
    missing: list[BaseClaim] = []
    for claim in looked_at:
        then = await (lookups.then(claim) if claim.digest else lookups.if_there(claim.reference))
        if not isinstance(then, CurrentBase):
            missing.append(claim)
        elif then.is_below(image):
            found.setdefault(len(then.layers), claim)
    if found:
        return found[max(found)]
    if len(materials) == 1 and missing:
        return missing[0]
    if materials:
        names = ", ".join(claim.name for claim in looked_at)
        lookups.warn(f"its provenance names images, and which of them is the base is not clear: {names}")
    return None


async def _by_history(image: OpenedImage, lookups: Lookups) -> Verdict:
    evidence = gather_evidence(image.config, _MOST_CANDIDATES)
    if evidence.named is not None:
        return await _judged(BaseClaim(evidence.named, None, "history"), image, lookups)
    # An official image of that name is that image, not built on it.
    candidates = [reference for reference in evidence.candidates if reference.name != image.reference.name]
    nearest: tuple[int, Verdict] | None = None
    for reference in candidates:
        now = await lookups.if_there(reference)
        if now is None or now.platform_digest == image.choice.manifest.digest:
            continue
        verdict = judge(_guess(reference), image, now)
        if now.is_below(image):
            return replace(verdict, fields={**verdict.fields, "found_by": "layers"})
        shared = now.shared_with(image) or 0
        if nearest is None or shared > nearest[0]:
            nearest = shared, replace(verdict, warnings=(_GUESSED.format(reference.familiar),))
    if nearest is not None:
        return nearest[1]
    if candidates:
        return judge(_guess(candidates[0]), image, None)
    is_first = evidence.system is not None or begins_from_scratch(image.config.history)
    return SCRATCH if is_first else unknown(nameless_digest(image))


def _guess(reference: Reference) -> BaseClaim:
    return BaseClaim(reference, None, "history", is_sure=False)
