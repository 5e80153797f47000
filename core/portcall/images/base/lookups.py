"""What was learnt of possible bases on the way, and what could not be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from portcall.deadline import deadline, leaving
from portcall.errors import HiddenError, NotFoundError, PortcallError
from portcall.images.base.current import glance_at, look_up
from portcall.images.tag_list import collect_tags
from portcall.images.together import beside_the_loop
from portcall.tags import newer_than, parse_version

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from portcall.backend import RegistryBackend
    from portcall.images.base.claim import BaseClaim
    from portcall.images.base.current import CurrentBase
    from portcall.images.opened import OpenedImage
    from portcall.reference import Reference

#: Seconds left for the answer, where a base keeps everybody waiting.
_RESERVE = 1.0
#: Seconds that a list of tags is waited for: a newer version is good to know, and no more.
_FOR_TAGS = 10.0


class Lookups:
    """Asks for possible bases of one image; whatever fails is a warning, and nothing was learnt.

    Args:
        image: Whose base is looked for.
        backend_for: Returns whom to ask for a reference.
    """

    def __init__(self, image: OpenedImage, backend_for: Callable[[Reference], Awaitable[RegistryBackend]]) -> None:
        self._image = image
        self._backend_for = backend_for
        self._silent: set[str] = set()
        self.warnings: dict[str, None] = {}

    def warn(self, *warnings: str) -> None:
        """Let the answer carry these warnings."""
        self.warnings.update(dict.fromkeys(warnings))

    async def now(self, claim: BaseClaim) -> CurrentBase | None:
        """Return what a base that somebody names is now."""

        async def ask(backend: RegistryBackend) -> CurrentBase:
            # Where pulls are counted, the digest that a HEAD tells may be all that has to be known.
            if backend.meters_pulls and claim.digest and claim.is_sure:
                glance = await glance_at(backend, claim.reference)
                if glance.digest == claim.digest:
                    return glance
            return await look_up(backend, claim.reference, self._image)

        try:
            return await self._asked(claim.reference, ask)
        except PortcallError as error:
            self.warn(f"what {claim.reference.familiar} is now could not be found out: {error.message}")
            return None

    async def then(self, claim: BaseClaim) -> CurrentBase | PortcallError | None:
        """Return what a base was when the image was built, by its digest, or why that cannot be had.

        Failing costs nothing but certainty. ``None`` where no digest is told.
        """
        if claim.digest is None:
            return None
        reference = replace(claim.reference, tag=None, digest=claim.digest)
        try:
            return await self._asked(reference, lambda backend: look_up(backend, reference, self._image))
        except PortcallError as error:
            return error

    async def if_there(self, reference: Reference) -> CurrentBase | None:
        """Return what a possible base is now; that there is none is no news.

        A registry that could not be asked once is not asked again: these are guesses.
        """
        if reference.registry in self._silent:
            return None
        try:
            return await self._asked(reference, lambda backend: look_up(backend, reference, self._image))
        except PortcallError as error:
            if not isinstance(error, NotFoundError) or isinstance(error, HiddenError):
                self._silent.add(reference.registry)
                self.warn(f"whether it is built on {reference.familiar} was not found out: {error.message}")
            return None

    async def newer(self, reference: Reference) -> str | None:
        """Return a newer stable version of a base, as a tag."""
        tag = reference.tag
        if tag is None or parse_version(tag) is None:
            return None
        try:
            async with deadline(min(leaving(_RESERVE), _FOR_TAGS)):
                collected = await collect_tags(await self._backend_for(reference), reference.repository)
        except PortcallError as error:
            self.warn(f"newer versions of {reference.familiar} were not looked for: {error.message}")
            return None
        if collected.problem:
            self.warn(f"there may be newer versions of {reference.familiar} than were found: {collected.problem}")
        names = [each.name for each in collected.tags]
        return await beside_the_loop(len(names), lambda: newer_than(tag, names))

    async def _asked(
        self, reference: Reference, question: Callable[[RegistryBackend], Awaitable[CurrentBase]]
    ) -> CurrentBase:
        async with deadline(leaving(_RESERVE)):
            return await question(await self._backend_for(reference))
