"""What to say when an image is not there: whether its repository is, and what was probably meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.deadline import deadline, remaining
from portcall.errors import NotFoundError, PortcallError
from portcall.images.tag_list import collect_tags
from portcall.images.together import beside_the_loop
from portcall.reference import Reference
from portcall.tags import is_referrer_tag, nearest

if TYPE_CHECKING:
    from portcall.backend import RegistryBackend

#: Most seconds that the tag list may take: what is known already is worth more than what was meant.
_PATIENCE = 10.0
#: Where there are no more tags than this, all are told: there is nothing left to look for.
_FEW = 5


async def explain_missing(backend: RegistryBackend, reference: Reference, error: NotFoundError) -> NotFoundError:
    """Return ``error`` with near tags as candidates; where the repository is not there either, with near names.

    The tag list is free of charge everywhere. Where it cannot be had, ``error`` stands as it is: a failure
    to look is never "there is none".
    """
    if reference.digest or error.candidates:
        return error
    try:
        async with deadline(min(_PATIENCE, remaining() / 2)):
            collected = await collect_tags(backend, reference.repository)
    except NotFoundError as repository_error:
        return await _with_near_names(backend, reference, repository_error)
    except PortcallError:
        return error
    tag = reference.tag or "latest"
    names = [known.name for known in collected.tags if not is_referrer_tag(known.name)]
    if tag in names:
        return error
    near = await beside_the_loop(len(names), lambda: nearest(tag, names))
    candidates, hint = near, "Did you mean one of the candidates? search_tags lists all tags."
    if not near:
        candidates, hint = [], "search_tags lists the tags that there are."
        if 0 < len(names) <= _FEW:
            candidates, hint = sorted(names), "The candidates are all that there are."
    return NotFoundError(
        f"{reference.familiar_name} has no tag {tag!r} among its {len(names):,}",
        hint=hint,
        registry=reference.registry,
        candidates=candidates,
    )


async def _with_near_names(backend: RegistryBackend, reference: Reference, error: NotFoundError) -> NotFoundError:
    """Add the names that were probably meant, none of which is just anybody's."""
    try:
        async with deadline(min(_PATIENCE, remaining() / 2)):
            near = await backend.suggest_repositories(reference.repository)
    except PortcallError:
        return error
    if near:
        error.candidates = tuple(Reference(reference.registry, path).familiar_name for path in near)
        error.hint = "Did you mean one of the candidates? They are official, or of verified publishers."
    return error
