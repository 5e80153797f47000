"""What to say when there is no answer for an image: whether its repository is there, what was probably meant."""

from __future__ import annotations

import contextlib
import copy
from dataclasses import replace
from typing import TYPE_CHECKING

from portcall.deadline import deadline, remaining
from portcall.errors import NotFoundError, PortcallError
from portcall.images.tag_list import collect_tags
from portcall.images.together import beside_the_loop
from portcall.near_registries import with_registry
from portcall.reference import Reference
from portcall.reference.name import is_digest_alone
from portcall.tags import is_referrer_tag, nearest

if TYPE_CHECKING:
    from portcall.backend import RegistryBackend

#: Most seconds that the tag list may take: what is known already is worth more than what was meant.
_PATIENCE = 10.0
#: Where there are no more tags than this, all are told: there is nothing left to look for.
_FEW = 5
#: Most tags of another repository that are thought of: more come with its own tag list.
_NEAR_TAGS = 3


async def explained(backend: RegistryBackend, reference: Reference, error: PortcallError) -> PortcallError:
    """Return ``error`` with what was probably meant.

    Of a registry that nobody knows, another that is known; of an image that is not there, a near tag; where the
    repository is not there either, a near name.
    """
    if backend.upstream.near and not error.candidates:
        return _at_another_registry(backend, reference, error)
    return await explain_missing(backend, reference, error) if isinstance(error, NotFoundError) else error


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
    candidates, hint = await _near_tags(reference, tag, names)
    return NotFoundError(
        f"{reference.familiar_name} has no tag {tag!r} among its {len(names):,}",
        hint=hint,
        registry=reference.registry,
        candidates=candidates,
    )


async def _near_tags(reference: Reference, tag: str, names: list[str]) -> tuple[list[str], str]:
    """Return the tags that were probably meant, and the next step."""
    if is_digest_alone(tag):
        digest = f"sha256:{tag}"
        return [
            replace(reference, tag=None, digest=digest).familiar
        ], "A digest stands behind @, with sha256: first."
    near = await beside_the_loop(len(names), lambda: nearest(tag, names))
    if near:
        return near, "Did you mean one of the candidates? search_tags lists all tags."
    if 0 < len(names) <= _FEW:
        return sorted(names), "The candidates are all that there are."
    return [], "search_tags lists the tags that there are."


async def _with_near_names(backend: RegistryBackend, reference: Reference, error: NotFoundError) -> NotFoundError:
    """Add the names that were probably meant, none of which is just anybody's."""
    try:
        async with deadline(min(_PATIENCE, remaining() / 2)):
            near = await backend.suggest_repositories(reference.repository)
    except PortcallError:
        return error
    if near:
        best = Reference(reference.registry, near[0])
        others = [Reference(reference.registry, path).familiar_name for path in near[1:]]
        error.candidates = (*await _tagged(backend, best, reference.tag), *others)
        error.hint = "Did you mean one of the candidates? They are official, or of verified publishers."
    return error


async def _tagged(backend: RegistryBackend, near: Reference, tag: str | None) -> list[str]:
    """Return a near name with the tag that was wanted of it, or those that are like it, as far as one page tells.

    Whoever mistypes the name may well have mistyped the tag, and shall not have to ask twice.
    """
    if tag is None:
        return [near.familiar_name]
    found: list[str] = []
    with contextlib.suppress(PortcallError):
        async with deadline(min(_PATIENCE, remaining() / 2)):
            page = await backend.list_tags(near.repository)
        names = [known.name for known in page.tags]
        found = [tag]
        if tag not in names:
            found = await beside_the_loop(len(names), lambda: nearest(tag, names, _NEAR_TAGS))
    return [near.with_tag(each).familiar for each in found] or [near.familiar_name]


def _at_another_registry(backend: RegistryBackend, reference: Reference, error: PortcallError) -> PortcallError:
    """Name the same image at the registries that were probably meant; none of them has been asked."""
    told = copy.copy(error)  # others may have waited for the same request, and share its failure
    told.candidates = tuple(with_registry(reference, registry) for registry in backend.upstream.near)
    told.hint = f"{reference.registry} is not known here. Did you mean one of the candidates?"
    return told
