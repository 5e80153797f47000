"""BuildKit's attestations: provenance and SBOM beside an image, as ``buildx build`` stores them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.digest import digest_of
from portcall.testing.images import media_types
from portcall.testing.images.artifacts import artifact
from portcall.testing.images.built import BuiltImage, BuiltManifest, describe, encode
from portcall.testing.images.statements import PROVENANCE, SPDX, Build, Package, Slsa, statement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_EMPTY_CONFIG = {"architecture": "unknown", "os": "unknown", "config": {}}


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltAttestation(BuiltManifest):
    """An attestation manifest; :func:`index` lists it as ``unknown/unknown``.

    Attributes:
        subject_digest: The image that it speaks of.
    """

    subject_digest: str


def attestation(
    subject: BuiltImage,
    *,
    name: str = "app:latest",
    dockerfile: str | None = None,
    packages: Sequence[Package] = (),
    build: Build | None = None,
    slsa: Slsa = "v1",
    provenance: bool = True,
    sbom: bool = True,
    as_artifact: bool = False,
) -> BuiltAttestation:
    """Return what BuildKit attests of an image: in-toto layers with provenance and an SPDX SBOM.

    Args:
        subject: The image of one platform.
        name: What it was built as: ``"registry.example/shop/api:1.4.2"``.
        dockerfile: Its Dockerfile, carried in provenance as ``mode=max`` does; ``None`` is ``mode=min``.
        packages: What the SBOM lists.
        build: Where from, and by whom, it was built.
        slsa: ``"v1"``, or ``"v0.2"`` as older BuildKit writes it.
        provenance: Whether there is provenance.
        sbom: Whether there is an SBOM.
        as_artifact: The newer form: ``artifactType``, empty config and a ``subject``.
    """
    made = build or Build()
    kinds = [*([SPDX] if sbom else []), *([PROVENANCE[slsa]] if provenance else [])]
    bodies = {
        kind: encode(statement(kind, subject, name, build=made, dockerfile=dockerfile, packages=packages))
        for kind in kinds
    }
    layers = [
        describe(body, media_types.IN_TOTO, annotations={"in-toto.io/predicate-type": kind})
        for kind, body in bodies.items()
    ]
    if as_artifact:
        sealed = artifact(media_types.ATTESTATION_ARTIFACT, subject=subject, fields={"layers": layers})
        return _attestation(sealed.manifest, sealed.blobs, bodies, subject)
    rootfs = {"type": "layers", "diff_ids": [one["digest"] for one in layers]}
    config = encode({**_EMPTY_CONFIG, "rootfs": rootfs})
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "config": describe(config, media_types.OCI_CONFIG),
        "layers": layers,
    }
    return _attestation(encode(document), {digest_of(config): config}, bodies, subject)


def _attestation(
    manifest: bytes, blobs: Mapping[str, bytes], bodies: Mapping[str, bytes], subject: BuiltImage
) -> BuiltAttestation:
    return BuiltAttestation(
        manifest=manifest,
        media_type=media_types.OCI_MANIFEST,
        digest=digest_of(manifest),
        blobs={**blobs, **{digest_of(body): body for body in bodies.values()}},
        subject_digest=subject.digest,
    )
