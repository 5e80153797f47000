"""A manifest as it is stored, for those who want to see it themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.images.choice import Choice, choose
from portcall.models import ManifestChild, ManifestDetail
from portcall.oci.descriptor import Descriptor
from portcall.oci.document import listing, text

if TYPE_CHECKING:
    from portcall.backend import RegistryBackend
    from portcall.oci.manifest import StoredManifest
    from portcall.platform import Platform
    from portcall.reference import Reference


async def manifest_detail(
    backend: RegistryBackend, reference: Reference, wanted: Platform | None, default: Platform
) -> ManifestDetail:
    """Return the manifest as named, or with ``wanted`` the manifest of that platform.

    Kinds that portcall cannot interpret (schema 1, unknown media types) are shown as well.

    Raises:
        NotFoundError: No such image, or not for the platform ``wanted``.
    """
    top = await backend.get_manifest(reference.repository, reference.identifier)
    choice = Choice(top)
    if wanted is not None:
        choice = await choose(backend, reference.repository, top, wanted, default)
    shown = choice.manifest
    tag = reference.tag or (None if reference.digest else "latest")
    return ManifestDetail(
        name=reference.familiar_name,
        registry=reference.registry,
        tag=tag,
        reference=reference.pinned(shown.digest),
        media_type=shown.media_type,
        artifact_type=text(shown.document.get("artifactType")),
        digest=shown.digest,
        size=len(shown.raw),
        platform=str(choice.platform) if choice.platform else None,
        children=_children(shown),
        manifest=shown.document,
    )


def _children(manifest: StoredManifest) -> tuple[ManifestChild, ...]:
    entries = (Descriptor.parse(entry) for entry in listing(manifest.document.get("manifests")))
    return tuple(
        ManifestChild(
            digest=entry.digest,
            media_type=entry.media_type,
            size=entry.size,
            platform=str(entry.platform) or None if entry.platform else None,
            artifact_type=entry.artifact_type,
        )
        for entry in entries
    )
