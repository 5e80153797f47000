"""What to say when there is no answer for an image: whether its repository is there, what was probably meant."""

from __future__ import annotations

import contextlib
import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from portcall.deadline import deadline, remaining, trying_once
from portcall.errors import HiddenError, NotFoundError, PortcallError, UnauthorizedError, UnreachableError
from portcall.images.neighbours import neighbours
from portcall.images.tag_list import collect_tags
from portcall.images.together import beside_the_loop
from portcall.near_registries import candidate_at, did_you_mean, is_official
from portcall.reference import Reference
from portcall.reference.name import is_digest_alone
from portcall.tags import is_referrer_tag, nearest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from portcall.backend import RegistryBackend

#: Most seconds that the tag list may take: what is known already is worth more than what was meant.
_PATIENCE = 10.0
#: Where there are no more tags than this, all are told: there is nothing left to look for.
_FEW = 5
#: Most tags of another repository that are thought of: more come with its own tag list.
_NEAR_TAGS = 3


#: What a registry's name that was mistyped may come to; all else has a next step that matters more.
_AT_A_STRANGERS = (NotFoundError, UnauthorizedError, UnreachableError)


@dataclass(slots=True)
class Allowance:
    """How many repositories that are not there near names are looked up for, in one call.

    Args:
        most: So many; repeated ones count once.
    """

    most: int
    exceeded: bool = False
    _asked: set[tuple[str, str]] = field(default_factory=set)

    def admits(self, reference: Reference) -> bool:
        """Tell whether they are looked up for one more."""
        name = (reference.registry, reference.repository)
        if name not in self._asked and len(self._asked) >= self.most:
            self.exceeded = True
            return False
        self._asked.add(name)
        return True


@contextlib.asynccontextmanager
async def explaining(
    backend: RegistryBackend, reference: Reference, allowance: Allowance | None = None
) -> AsyncIterator[None]:
    """Let the block's error say what was probably meant.

    Of a registry that nobody knows, that is another that is known; of an image that is not there, a near tag;
    where the repository is not there either, a near name, as far as there is an ``allowance`` for them.

    Raises:
        PortcallError: The block's, or one that says more, whose cause it is.
    """
    try:
        yield
    except PortcallError as error:
        told = error
        if backend.upstream.near:
            told = _at_another_registry(backend, reference, error)
        elif isinstance(error, NotFoundError):
            told = await explain_missing(backend, reference, error, allowance)
        if told is error:
            raise
        raise told from error


async def explain_missing(
    backend: RegistryBackend, reference: Reference, error: NotFoundError, allowance: Allowance | None = None
) -> NotFoundError:
    """Return ``error`` with near tags as candidates; where the repository is not there either, with near names.

    The tag list is free of charge everywhere. Where it cannot be had, ``error`` stands as it is: a failure
    to look is never "there is none".
    """
    if reference.digest or error.candidates:
        return error
    with trying_once():
        return await _with_what_is_near(backend, reference, error, allowance)


async def _with_what_is_near(
    backend: RegistryBackend, reference: Reference, error: NotFoundError, allowance: Allowance | None
) -> NotFoundError:
    try:
        if isinstance(error, HiddenError):
            # Whoever is given no access to the repository is told none of its tags, and need not ask.
            raise copy.copy(error)
        async with deadline(min(_PATIENCE, remaining() / 2)):
            collected = await collect_tags(backend, reference.repository)
    except NotFoundError as repository_error:
        if allowance is not None and not allowance.admits(reference):
            return repository_error
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
        return near, f"{_did_you_mean(near)} search_tags lists all tags."
    if 0 < len(names) <= _FEW:
        return sorted(names), "The candidates are all that there are."
    return [], "search_tags lists the tags that there are."


async def _with_near_names(backend: RegistryBackend, reference: Reference, error: NotFoundError) -> NotFoundError:
    """Add the names that were probably meant, none of which is just anybody's; else what shows those there are."""
    near, whose, next_step = await _near_names(backend, reference)
    if near:
        best = Reference(reference.registry, near[0])
        others = [Reference(reference.registry, path).familiar_name for path in near[1:]]
        error.candidates = (*await _tagged(backend, best, reference.tag), *others)
        # What is hidden may be just what was meant.
        is_maybe_there = isinstance(error, HiddenError) and not is_official(reference)
        own = f" {error.hint}" if is_maybe_there else ""
        error.hint = f"{_did_you_mean(error.candidates)} {whose}{own}"
    elif next_step:
        error.hint = f"{next_step} {error.hint}"
    return error


async def _near_names(backend: RegistryBackend, reference: Reference) -> tuple[tuple[str, ...], str, str]:
    """Return the likeliest paths and whose they are; else the next step, where one is known."""
    try:
        async with deadline(min(_PATIENCE, remaining() / 2)):
            vouched = await backend.suggest_repositories(reference.repository)
            if vouched:
                return vouched, "They are official, or of verified publishers.", ""
            found = await neighbours(backend, reference)
    except PortcallError:
        return (), "", ""
    return found.near, "No other namespace was looked at.", found.next_step


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


def _did_you_mean(candidates: Sequence[str]) -> str:
    """Return the question of which the likeliest stands first; it names none, for others made them up."""
    return "Did you mean the candidate?" if len(candidates) == 1 else "Did you mean the first candidate?"


def _at_another_registry(backend: RegistryBackend, reference: Reference, error: PortcallError) -> PortcallError:
    """Name the registries that were probably meant; none of them has been asked."""
    upstream = backend.upstream
    if error.candidates or not isinstance(error, _AT_A_STRANGERS):
        return error
    told = copy.copy(error)  # others may have waited for the same request, and share its failure
    told.candidates = tuple(candidate_at(reference, near, upstream.listed_near) for near in upstream.near)
    told.hint = f"{error.hint} {did_you_mean(reference.registry, upstream.near)}".strip()
    return told
