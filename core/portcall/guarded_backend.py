"""A backend behind a guard: a plugin that fails in one question fails in no other, and ends nothing."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from portcall.http.stream import BlobStream
from portcall.isolation import LEAVING, failure, isolated
from portcall.models import DockerfileInfo, DockerImage
from portcall.oci.descriptor import Descriptor
from portcall.oci.manifest import StoredManifest
from portcall.pages import DockerfilePage, RepositoryPage, ScanReport, TagPage, UserPage

if TYPE_CHECKING:
    from collections.abc import Callable

    from portcall.backend import RegistryBackend

#: What each question has to be answered with.
_ANSWERS: dict[str, type | None] = {
    "resolve": Descriptor,
    "get_manifest": StoredManifest,
    "get_blob": bytes,
    "open_blob": BlobStream,
    "list_tags": TagPage,
    "search": RepositoryPage,
    "list_repositories": RepositoryPage,
    "get_repository": DockerImage,
    "search_users": UserPage,
    "suggest_repositories": tuple,
    "get_vulnerabilities": ScanReport,
    "search_dockerfiles": DockerfilePage,
    "get_source_dockerfile": DockerfileInfo,
    "probe": None,
}
#: What tells a repository's page.
_PAGE = "web_url"


class _GuardedStream(BlobStream):
    """A stream of a plugin's: what goes wrong in the midst of it is the plugin's fault, too."""

    def __init__(self, stream: BlobStream, plugin: str) -> None:
        super().__init__(stream, stream.start)
        self._stream = stream
        self._plugin = plugin

    @property
    def received(self) -> int:
        return self._stream.received

    @property
    def asked_as(self) -> str:
        return self._stream.asked_as

    async def __anext__(self) -> bytes:
        chunk = await isolated(lambda: anext(self._stream, None), self._plugin, "open_blob")
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    async def aclose(self) -> None:
        await isolated(self._stream.aclose, self._plugin, "open_blob")


def guard(backend: RegistryBackend, plugin: str) -> RegistryBackend:
    """Put a guard before every question that a backend is asked from outside, and return the same backend.

    Args:
        backend: As its plugin made it; what it asks itself, by ``super()``, goes unguarded.
        plugin: Whose it is: ``"portcall-harbor:harbor"``.
    """
    for name, kind in _ANSWERS.items():
        setattr(backend, name, _guarded(getattr(backend, name), kind, plugin))
    setattr(backend, _PAGE, _page_or_none(backend.web_url, plugin))
    return backend


def _page_or_none(method: Callable[[str], str | None], plugin: str) -> Callable[[str], str | None]:
    """Let a page that a plugin cannot name cost nothing but itself."""

    @functools.wraps(method)
    def guarded(repository: str) -> str | None:
        try:
            page = method(repository)
        except LEAVING:
            raise
        except BaseException as error:  # noqa: BLE001 - logged; an image is worth more than its page
            failure(error, plugin, "web_url")
            return None
        return page if isinstance(page, str) else None

    return guarded


def _guarded(method: Callable[..., Any], kind: type | None, plugin: str) -> Callable[..., Any]:
    what = method.__name__

    @functools.wraps(method)
    async def guarded(*args: Any, **kwargs: Any) -> Any:
        async def checked() -> Any:
            answer = await method(*args, **kwargs)
            if kind is not None and not isinstance(answer, kind):
                raise TypeError(f"answered with a {type(answer).__name__} where a {kind.__name__} is due")
            return _GuardedStream(answer, plugin) if isinstance(answer, BlobStream) else answer

        return await isolated(checked, plugin, what)

    return guarded
