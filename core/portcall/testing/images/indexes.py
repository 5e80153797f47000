"""Indexes (Docker: manifest lists): one name for several platforms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portcall.digest import digest_of
from portcall.testing.images import media_types
from portcall.testing.images.built import BuiltIndex, BuiltManifest, changed, encode, given

if TYPE_CHECKING:
    from portcall.testing.images.attestations import BuiltAttestation


@dataclass(frozen=True, slots=True)
class Child:
    """One line of an index, where the usual one does not do.

    Attributes:
        manifest: What it points at.
        platform: Text, ``None`` for a line without, or the whole field for exotic ones:
            ``{"os": "windows", "architecture": "amd64", "os.version": "10.0.20348.2527"}``.
        annotations: The line's annotations.
        fields: Further fields of the descriptor: ``{"artifactType": …}``.
        absent: Listed, and never pushed.
    """

    manifest: BuiltManifest
    platform: str | Mapping[str, Any] | None = None
    annotations: Mapping[str, str] | None = None
    fields: Mapping[str, Any] | None = None
    absent: bool = False

    def descriptor(self) -> dict[str, Any]:
        """Return the line as the index holds it."""
        platform = platform_fields(self.platform) if self.platform is not None else None
        line = self.manifest.descriptor(platform=platform, annotations=self.annotations)
        return changed(line, self.fields)


def index(
    children: Mapping[str, BuiltManifest] | Iterable[BuiltManifest | Child],
    *,
    attestations: Iterable[BuiltAttestation] = (),
    platforms: bool = True,
    annotations: Mapping[str, str] | None = None,
    artifact_type: str | None = None,
    subject: BuiltManifest | None = None,
    docker: bool = False,
    fields: Mapping[str, Any] | None = None,
) -> BuiltIndex:
    """Return an index over images, other indexes or artifacts.

    Args:
        children: ``{"linux/amd64": image, …}``; or manifests, each listed with its own platform; or
            :class:`Child` lines.
        attestations: BuildKit's, listed after the images as ``unknown/unknown``.
        platforms: Whether lines carry a platform at all.
        annotations: The index's annotations.
        artifact_type: The index's ``artifactType``.
        subject: Makes the index a referrer of another manifest.
        docker: A Docker manifest list instead of an OCI index.
        fields: Top-level fields to replace, or to remove where ``None``: ``{"mediaType": None}``.
    """
    lines = [_line(child, with_platform=platforms) for child in _named(children)]
    lines += [_attestation_line(attestation) for attestation in attestations]
    media_type = media_types.DOCKER_LIST if docker else media_types.OCI_INDEX
    document = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "artifactType": artifact_type,
        "manifests": [line.descriptor() for line in lines],
        "subject": subject.descriptor() if subject else None,
        "annotations": annotations,
    }
    body = encode(changed(document, fields))
    return BuiltIndex(
        manifest=body,
        media_type=media_type,
        digest=digest_of(body),
        children=tuple(line.manifest for line in lines if not line.absent),
    )


def platform_fields(platform: str | Mapping[str, Any]) -> dict[str, Any]:
    """Return ``"linux/arm64/v8"`` as the field of a descriptor."""
    if not isinstance(platform, str):
        return dict(platform)
    system, architecture, *variant = platform.split("/")
    return given({"architecture": architecture, "os": system, "variant": variant[0] if variant else None})


def _named(
    children: Mapping[str, BuiltManifest] | Iterable[BuiltManifest | Child],
) -> Iterable[BuiltManifest | Child]:
    if isinstance(children, Mapping):
        return [Child(manifest, platform) for platform, manifest in children.items()]
    return children


def _line(child: BuiltManifest | Child, *, with_platform: bool) -> Child:
    if isinstance(child, BuiltManifest):
        return Child(child, child.platform if with_platform else None)
    return child


def _attestation_line(attestation: BuiltAttestation) -> Child:
    return Child(
        attestation,
        "unknown/unknown",
        {
            "vnd.docker.reference.digest": attestation.subject_digest,
            "vnd.docker.reference.type": "attestation-manifest",
        },
        {"artifactType": attestation.document.get("artifactType")},
    )
