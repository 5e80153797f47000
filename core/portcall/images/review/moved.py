"""What a base is by now: whether a tag still means its digest, and whether that is an image at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.call import aside
from portcall.deadline import deadline, leaving
from portcall.errors import PortcallError
from portcall.oci.manifest import Index, Manifest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from portcall.backend import RegistryBackend
    from portcall.reference import Reference

#: Seconds to leave for the answer.
_RESERVE = 1.0


async def moved_to(
    backend_for: Callable[[Reference], Awaitable[RegistryBackend]], reference: Reference | None
) -> str | None:
    """Return the digest that a pinned reference's tag stands for now, where that is another.

    Returns:
        ``None`` where it is the same, the index that the pinned manifest is in included; where there is no tag, or
        no digest beside it; and where it could not be found out.
    """
    if reference is None or not (reference.tag and reference.digest):
        return None
    try:
        with aside():
            async with deadline(leaving(_RESERVE)):
                backend = await backend_for(reference)
                return await _other(backend, reference.repository, reference.tag, reference.digest)
    except PortcallError:
        return None


async def _other(backend: RegistryBackend, repository: str, tag: str, digest: str) -> str | None:
    now = await backend.resolve(repository, tag)
    if now.digest == digest:
        return None
    content = (await backend.get_manifest(repository, now.digest)).content
    if isinstance(content, Index) and any(entry.digest == digest for entry in content.manifests):
        return None
    return now.digest


async def is_artifact(
    backend_for: Callable[[Reference], Awaitable[RegistryBackend]], reference: Reference, digest: str
) -> bool:
    """Return whether a digest is known to be no image's, but an artifact's: a Helm chart, say.

    Of a manifest that was just looked at, the registry is not asked again.
    """
    try:
        with aside():
            async with deadline(leaving(_RESERVE)):
                backend = await backend_for(reference)
                content = (await backend.get_manifest(reference.repository, digest)).content
                return isinstance(content, Manifest) and not content.is_image
    except PortcallError:
        return False
