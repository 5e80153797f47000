"""Completion: names and tags that go on from what somebody has typed so far; no tool, and no errors."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from portcall.call import calling
from portcall.deadline import deadline, trying_once
from portcall.errors import PortcallError
from portcall.gateway.core import Gateway
from portcall.gateway.failing import Failing
from portcall.images.tag_list import collect_tags
from portcall.images.together import beside_the_loop
from portcall.logs import get_logger
from portcall.reference import is_tag, parse_prefix, parse_reference
from portcall.reference.host import DOCKER_HUB, is_host
from portcall.tags import is_referrer_tag, version_key

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from portcall.backend import RegistryBackend
    from portcall.images.tag_list import Collected
    from portcall.models import DockerImage
    from portcall.pages import RepositoryPage

#: Seconds that somebody who is typing waits.
_PATIENCE = 2.0
#: Rows that a registry is asked for: what the protocol lets an answer hold.
_ROWS = 100
#: Pages of a list of tags that a keystroke is worth: with most registries, all of them.
_PAGES = 5
#: Fewer characters than this are not searched for: they match anything.
_SHORTEST = 2
#: The beginning of a repository's path; nothing else is sent anywhere.
_PATH = re.compile(r"(?:[a-z0-9][a-z0-9._-]*/)*(?:[a-z0-9][a-z0-9._-]*)?\Z")
_LONGEST = 255
_LIBRARY = "library/"

_log = get_logger("portcall.completion")


@dataclass(frozen=True, slots=True)
class Completed:
    """What goes on from what was typed.

    Args:
        values: Whole values, the likeliest first.
        total: How many there are, where that is known.
        has_more: Whether there are others.
    """

    values: tuple[str, ...] = ()
    total: int | None = None
    has_more: bool = False

    def prefixed_by(self, text: str) -> Completed:
        """Return the same, each value behind ``text``."""
        return replace(self, values=tuple(f"{text}{value}" for value in self.values))


class Completing(Gateway):
    """Completes names and tags, of listed and well-known registries alone.

    A keystroke is worth little: each has two seconds and a few requests, none of which is sent twice. What fails
    is nothing but a line in the log, and is left alone for a while. Lists come out of the cache of replies, which
    knows who may see what.
    """

    def complete_registry(self, typed: str) -> Completed:
        """Return the known registries, and parts of them, that begin with ``typed``: nobody is asked."""
        typed = typed.lower()
        prefixes = [f"{route.prefix}/" for route in self._router.routes]
        begun = tuple(prefix for prefix in prefixes if prefix.startswith(typed) and prefix != typed)
        return Completed(begun, len(begun))

    async def complete_name(self, typed: str) -> Completed:
        """Return registries and repositories whose names begin with ``typed``, e.g. ``"ghcr.io/acme/a"``."""
        typed = typed.lower()
        found = await self._completed("complete_name", lambda: self._names(typed))
        # Known without asking anybody, so they are there whatever became of the rest.
        begun = self.complete_registry(typed).values
        total = None if found.total is None else len(begun) + found.total
        return replace(found, values=(*begun, *found.values), total=total)

    async def complete_tag(self, image_name: str, typed: str) -> Completed:
        """Return tags of an image that begin with ``typed``, the newest version first."""
        return await self._completed("complete_tag", lambda: self._tags(image_name, typed))

    async def _completed(self, what: str, look: Callable[[], Coroutine[None, None, Completed]]) -> Completed:
        with calling(what, self._asker):
            try:
                return await look()
            except PortcallError as error:
                # Who is still typing is shown no errors; whoever asks with the whole name is.
                _log.debug("not_completed", code=error.code, registry=error.registry)
            except Exception:  # noqa: BLE001 - ours, or a plugin's: nobody who types can do anything about it
                _log.exception("completion_failed")
        return Completed()

    async def _of_registry(self, registry: str, look: Callable[[], Coroutine[None, None, Completed]]) -> Completed:
        """Return what ``look()`` finds at a registry; nothing, where that failed a moment ago."""
        if self._failing.has(registry, self._asker):
            return Completed()
        try:
            with trying_once():
                async with deadline(min(_PATIENCE, self.settings.network.timeout)):
                    return await look()
        except PortcallError as error:
            self._failing.note(registry, self._asker, error)
            raise

    @cached_property
    def _failing(self) -> Failing:
        return self._whole._failing if self._whole is not None else Failing()  # noqa: SLF001 - it tells callers apart

    @property
    def _asker(self) -> str:
        return self.caller.identity if self.caller else ""

    async def _tags(self, image_name: str, typed: str) -> Completed:
        reference = parse_reference(image_name)
        if not self.knows(image_name) or not (typed == "" or is_tag(typed)):
            return Completed()

        async def look() -> Completed:
            backend = await self._backend_for(reference)
            collected = await collect_tags(backend, reference.repository, most_pages=_PAGES)
            return await beside_the_loop(len(collected.tags), lambda: _newest(collected, typed))

        return await self._of_registry(reference.registry, look)

    async def _names(self, typed: str) -> Completed:
        """Return repositories whose names begin with ``typed``."""
        host, slash, path = typed.partition("/")
        if not slash or not is_host(host):
            return await self._repositories(DOCKER_HUB, typed)
        return (await self._repositories(parse_prefix(host).registry, path)).prefixed_by(f"{host}/")

    async def _repositories(self, registry: str, typed: str) -> Completed:
        """Return the paths at a registry that begin with ``typed``."""
        namespace = typed.partition("/")[0] if "/" in typed else ""
        # Nobody is asked because a model made up a host: completing has no other reason to.
        is_known = any(route.prefix.covers(registry, namespace) for route in self._router.routes)
        if not is_known or len(typed) > _LONGEST or not _PATH.match(typed):
            return Completed()
        name = f"{registry}/{namespace}" if namespace else registry

        async def look() -> Completed:
            return await _begun(await self._backend_named(name), namespace, typed)

        return await self._of_registry(registry, look)


def _newest(collected: Collected, typed: str) -> Completed:
    """Return the tags that begin with ``typed``, the newest version first."""
    names = [tag.name for tag in collected.tags if tag.name.startswith(typed) and is_tag(tag.name)]
    names = sorted((name for name in names if not is_referrer_tag(name)), key=version_key, reverse=True)
    is_all = collected.problem is None
    return Completed(tuple(names[:_ROWS]), len(names) if is_all else None, not is_all or len(names) > _ROWS)


async def _begun(backend: RegistryBackend, namespace: str, typed: str) -> Completed:
    """Return the paths at a registry that begin with ``typed``."""
    registry = backend.upstream.registry
    page = await _listed(backend, namespace, typed)
    paths = _beginning(page.repositories, registry, typed) if page else []
    if not paths and (page is None or page.next) and _is_searched(backend, typed):
        page = await backend.search(typed, limit=_ROWS)
        paths = _beginning(page.repositories, registry, typed)
    goes_on = page is not None and page.next is not None
    return Completed(tuple(paths), None if goes_on else len(paths), goes_on)


async def _listed(backend: RegistryBackend, namespace: str, typed: str) -> RepositoryPage | None:
    """Return a page of the list in which what was typed would be; ``None`` where there is no such list.

    A namespace's list is the same whatever is typed after it, so all keystrokes but the first find it kept.
    """
    can_list = "repositories" in backend.capabilities
    if can_list and (namespace or (backend.lists_everything and not _is_searched(backend, typed))):
        return await backend.list_repositories(namespace, limit=_ROWS)
    return None


def _is_searched(backend: RegistryBackend, typed: str) -> bool:
    """Tell whether a registry's search is asked while somebody types: each keystroke is another search.

    Not one that goes by the host of its images' sources: GitHub allows ten a minute, for tools to use.
    """
    return "search" in backend.capabilities and len(typed) >= _SHORTEST and not backend.source_hosts


def _beginning(images: Iterable[DockerImage], registry: str, typed: str) -> list[str]:
    """Return the paths that begin with ``typed``, those first that somebody vouches for."""
    found: dict[str, bool] = {}
    for image in images:
        path = _path(image, registry)
        if path is None:
            continue
        short = path.removeprefix(_LIBRARY) if registry == DOCKER_HUB else path
        for form in (short, path):
            if form.startswith(typed):
                found.setdefault(form, bool(image.is_official or image.is_verified))
                break
    return sorted(found, key=lambda form: not found[form])


def _path(image: DockerImage, registry: str) -> str | None:
    """Return an image's path at ``registry``; ``None`` where what the registry tells is no name, or another's."""
    try:
        reference = parse_reference(image.reference)
    except PortcallError:
        return None
    return reference.repository if reference.registry == registry else None
