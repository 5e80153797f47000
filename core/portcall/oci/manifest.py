"""Manifests and indexes: what a tag or digest stands for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from portcall.errors import UnsupportedError
from portcall.oci import media_types
from portcall.oci.descriptor import Descriptor
from portcall.oci.document import ambiguous, broken, parse_object, require_exact_names, text, text_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portcall.platform import Platform

_WHAT = "the manifest"
_FIELDS = frozenset(
    {
        "schemaVersion",
        "mediaType",
        "artifactType",
        "config",
        "layers",
        "manifests",
        "subject",
        "annotations",
    }
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """One image, or one artifact: a configuration and layers."""

    media_type: str
    config: Descriptor | None
    layers: tuple[Descriptor, ...]
    artifact_type: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    subject: Descriptor | None = None

    @property
    def is_image(self) -> bool:
        """Whether the configuration is an image's: only then does it tell platform and history."""
        return self.config is not None and self.config.media_type in media_types.IMAGE_CONFIGS

    @property
    def kind(self) -> str | None:
        """What this artifact is, where it is no image: ``artifactType``, else the configuration's type."""
        if self.artifact_type or self.is_image or self.config is None:
            return self.artifact_type
        return self.config.media_type or None


@dataclass(frozen=True, slots=True)
class Index:
    """Several manifests under one name, usually one for each platform."""

    media_type: str
    manifests: tuple[Descriptor, ...]
    artifact_type: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    subject: Descriptor | None = None

    @property
    def images(self) -> tuple[Descriptor, ...]:
        """The entries that may be images: attestations and unknown kinds are left out."""
        return tuple(entry for entry in self.manifests if entry.is_image)

    @property
    def platforms(self) -> tuple[Platform, ...]:
        """The real platforms, in the index's order, each once."""
        told = (entry.platform for entry in self.images if entry.platform is not None)
        return tuple(dict.fromkeys(told))


@dataclass(frozen=True)
class StoredManifest:
    """A manifest as the registry holds it: raw bytes, checked against ``digest``, and their meaning."""

    raw: bytes
    digest: str
    media_type: str

    @classmethod
    def read(cls, raw: bytes, digest: str, declared: str) -> StoredManifest:
        """Return the manifest in ``raw``, whose digest was checked, served as the type ``declared``.

        Raises:
            UpstreamError: It is no JSON object, or contradicts its declared type.
        """
        document = parse_object(raw, _WHAT)
        manifest = cls(raw, digest, settled_media_type(document, declared))
        manifest.__dict__["document"] = document  # what the property would find, found already
        return manifest

    @cached_property
    def document(self) -> dict[str, Any]:
        """The parsed JSON."""
        return parse_object(self.raw, _WHAT)

    @cached_property
    def content(self) -> Manifest | Index:
        """The manifest or index.

        Raises:
            UnsupportedError: Docker schema 1, or a kind that is neither.
            UpstreamError: It contradicts itself.
        """
        return parse_manifest(self.document, self.media_type)

    @property
    def descriptor(self) -> Descriptor:
        """How others point at this."""
        return Descriptor(self.media_type, self.digest, len(self.raw))


def settled_media_type(document: Mapping[str, Any], declared: str) -> str:
    """Return what a manifest is, from its header's type and its own words.

    A CDN serves everything as ``text/plain`` or ``application/json``: then the document speaks for itself.
    A recognised header that the document contradicts is an attack or a fault (CVE-2021-41190).

    Raises:
        UpstreamError: Header and document contradict each other.
    """
    known = media_types.MANIFESTS | media_types.INDEXES | media_types.SCHEMA1
    own = text(document.get("mediaType")) or ""
    if declared in known and own and own != declared:
        raise ambiguous(_WHAT, "its mediaType is not the type that it was served as")
    if declared in known or own:
        return declared if declared in known else own
    if document.get("schemaVersion") == 1:
        return media_types.DOCKER_SCHEMA1_SIGNED if "signatures" in document else media_types.DOCKER_SCHEMA1
    if "manifests" in document:
        return media_types.OCI_INDEX
    return media_types.OCI_MANIFEST if {"config", "layers"} & document.keys() else declared


def parse_manifest(document: Mapping[str, Any], media_type: str) -> Manifest | Index:
    """Read a manifest of a settled media type.

    Raises:
        UnsupportedError: Docker schema 1, or a kind that is neither manifest nor index.
        UpstreamError: It is not what its type says, or two things at once, or a descriptor is broken.
    """
    if media_type in media_types.SCHEMA1 or document.get("schemaVersion") == 1:
        raise UnsupportedError(
            "this image is stored in Docker's schema 1 only, the format of before 2016",
            hint="Its publisher has to push it anew with a current Docker; nothing can be told of it safely.",
        )
    require_exact_names(document, _FIELDS, _WHAT)
    is_index, is_image = "manifests" in document, bool({"layers", "config"} & document.keys())
    if is_index and is_image:
        raise ambiguous(_WHAT, "it is an index and an image at once")
    common: dict[str, Any] = {
        "media_type": media_type,
        "artifact_type": text(document.get("artifactType")),
        "annotations": text_mapping(document.get("annotations")),
        "subject": _descriptor(document, "subject"),
    }
    if media_type in media_types.INDEXES and not is_image:
        return Index(manifests=_descriptors(document, "manifests"), **common)
    if media_type in media_types.MANIFESTS and not is_index:
        return Manifest(config=_descriptor(document, "config"), layers=_descriptors(document, "layers"), **common)
    if media_type in media_types.INDEXES | media_types.MANIFESTS:
        raise ambiguous(_WHAT, "its content is not of the type that it was served as")
    raise UnsupportedError(
        "this is neither an image manifest nor an index",
        hint="get_manifest shows the document as it is stored.",
    )


def _descriptors(document: Mapping[str, Any], field: str) -> tuple[Descriptor, ...]:
    """Return a list of descriptors; registries and builders write ``null`` for an empty one."""
    value = document.get(field)
    if not isinstance(value, list | None):
        raise broken(_WHAT, f"its {field} are no list")
    return tuple(Descriptor.parse(item) for item in value or ())


def _descriptor(document: Mapping[str, Any], field: str) -> Descriptor | None:
    return Descriptor.parse(document[field]) if document.get(field) else None
