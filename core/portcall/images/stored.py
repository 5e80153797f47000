"""A manifest as it is stored, for those who want to see it themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.errors import UpstreamError
from portcall.images.choice import Choice, choose, no_such_platform
from portcall.images.configuration import platform_of
from portcall.models import ManifestChild, ManifestDetail
from portcall.oci.descriptor import Descriptor
from portcall.oci.document import listing, text
from portcall.oci.manifest import Index

if TYPE_CHECKING:
    from portcall.backend import RegistryBackend
    from portcall.oci.manifest import StoredManifest
    from portcall.platform import Platform
    from portcall.reference import Reference


async def manifest_detail(
    backend: RegistryBackend, reference: Reference, wanted: Platform | None, default: Platform
) -> ManifestDetail:
    """Return the manifest as named, or with ``wanted`` the manifest of that platform.

    Kinds that portcall cannot interpret (schema 1, unknown media types) are shown as well, and so are broken
    ones, as long as they are JSON.

    Raises:
        NotFoundError: No such image, or not for the platform ``wanted``.
        UnsupportedError: A platform is wanted of what has none that could be told.
    """
    top = await backend.get_manifest(reference.repository, reference.identifier)
    choice = Choice(top)
    if wanted is not None:
        choice = await _chosen(backend, reference, top, wanted, default)
    shown = choice.manifest
    children, malformed = _children(shown)
    detail = ManifestDetail(
        name=reference.familiar_name,
        registry=reference.registry,
        tag=reference.tag or (None if reference.digest else "latest"),
        reference=reference.pinned(shown.digest),
        media_type=shown.media_type,
        artifact_type=text(shown.document.get("artifactType")),
        digest=shown.digest,
        size=len(shown.raw),
        platform=str(choice.platform) if choice.platform else None,
        children=children,
        manifest=shown.document,
    )
    return detail.with_warnings(f"entries of it that are malformed: {malformed}") if malformed else detail


async def _chosen(
    backend: RegistryBackend, reference: Reference, top: StoredManifest, wanted: Platform, default: Platform
) -> Choice:
    if isinstance(top.content, Index):
        return await choose(backend, reference.repository, top, wanted, default)
    platform = await platform_of(backend, reference.repository, top.content)
    if platform is not None and platform.serves(wanted) is None:
        raise no_such_platform(wanted, (platform,))
    return Choice(top, platform=platform)


def _children(manifest: StoredManifest) -> tuple[tuple[ManifestChild, ...], int]:
    """Return an index's entries, and how many of them cannot be read."""
    found: list[ManifestChild] = []
    listed = listing(manifest.document.get("manifests"))
    for line in listed:
        try:
            entry = Descriptor.parse(line)
        except UpstreamError:
            continue
        child = ManifestChild(
            digest=entry.digest,
            media_type=entry.media_type,
            size=entry.size,
            platform=str(entry.platform) or None if entry.platform else None,
            artifact_type=entry.artifact_type,
        )
        found.append(child)
    return tuple(found), len(listed) - len(found)
