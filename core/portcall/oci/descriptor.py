"""Descriptors: how one piece of content points at another."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portcall.digest import is_digest, matches
from portcall.oci import media_types
from portcall.oci.document import broken, count, mapping, require_exact_names, text, text_mapping, texts, word
from portcall.platform import Platform

if TYPE_CHECKING:
    from collections.abc import Mapping

_WHAT = "the manifest"
_FIELDS = frozenset({"mediaType", "digest", "size", "urls", "annotations", "data", "platform", "artifactType"})


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A pointer to content: media type, digest, size in bytes, and what its holder says about it.

    Source: OCI image specification, "Content Descriptors".
    """

    media_type: str
    digest: str
    size: int
    platform: Platform | None = None
    artifact_type: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    urls: tuple[str, ...] = ()
    data: bytes | None = None

    @classmethod
    def parse(cls, value: object) -> Descriptor:
        """Read a descriptor.

        Raises:
            UpstreamError: It is none, or its digest is no digest, by which nothing is ever asked for, or its
                size is no size.
        """
        document = mapping(value)
        require_exact_names(document, _FIELDS, _WHAT)
        digest, size = text(document.get("digest")) or "", count(document.get("size"))
        if not is_digest(digest):
            raise broken(_WHAT, "it points at something by a malformed digest")
        if size is None:
            raise broken(_WHAT, "it points at something without saying its size")
        return cls(
            media_type=text(document.get("mediaType")) or "",
            digest=digest,
            size=size,
            platform=_platform(document.get("platform")),
            artifact_type=text(document.get("artifactType")),
            annotations=text_mapping(document.get("annotations")),
            urls=texts(document.get("urls")) or (),
            data=_embedded(document.get("data"), digest, size),
        )

    @property
    def is_attestation(self) -> bool:
        """Whether this is what BuildKit says about an image, rather than an image."""
        return self.annotations.get("vnd.docker.reference.type") == "attestation-manifest"

    @property
    def is_image(self) -> bool:
        """Whether this may lead to an image for a real platform."""
        if self.is_attestation or (self.platform is not None and not self.platform.is_known):
            return False
        return not self.media_type or self.media_type in media_types.MANIFESTS | media_types.INDEXES

    @property
    def is_foreign(self) -> bool:
        """Whether the content lives outside the registry."""
        return bool(self.urls) or media_types.is_foreign(self.media_type)


def _platform(value: object) -> Platform | None:
    if not isinstance(value, dict):
        return None
    platform = Platform(
        os=word(value.get("os")),
        architecture=word(value.get("architecture")),
        variant=word(value.get("variant")),
        os_version=word(value.get("os.version")),
    )
    # An empty one says as much as none.
    return platform if platform.os or platform.architecture else None


def _embedded(value: object, digest: str, size: int) -> bytes | None:
    """Return embedded content where its size and digest hold; it is refetched otherwise."""
    if not isinstance(value, str):
        return None
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if len(data) == size and matches(digest, data) else None
