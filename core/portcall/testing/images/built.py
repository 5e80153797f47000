"""What every builder returns: a manifest's exact bytes, and all that it refers to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from portcall.digest import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from portcall.testing.images.layers import Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltManifest:
    """A manifest of any kind, ready to be pushed.

    Attributes:
        manifest: The exact bytes that the digest names.
        media_type: What it is stored, and served, as.
        digest: The manifest's own digest.
        blobs: Config and layers by digest; what is foreign or left out is missing.
        children: Manifests that an index lists, where they were built here.
        platform: ``os/arch[/variant]``, where it is an image of one platform.
    """

    manifest: bytes = field(repr=False)
    media_type: str
    digest: str
    blobs: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    children: tuple[BuiltManifest, ...] = field(default=(), repr=False)
    platform: str | None = None

    @property
    def size(self) -> int:
        """Length of the manifest in bytes."""
        return len(self.manifest)

    @property
    def document(self) -> dict[str, Any]:
        """The manifest read as JSON; a new dictionary each time."""
        found: dict[str, Any] = json.loads(self.manifest)
        return found

    def descriptor(self, **fields: Any) -> dict[str, Any]:
        """Return ``{"mediaType", "digest", "size"}`` of this manifest, and other fields as given."""
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size, **given(fields)}

    def family(self) -> Iterator[BuiltManifest]:
        """Yield every manifest below this one, deepest first, and then this one."""
        for child in self.children:
            yield from child.family()
        yield self


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltImage(BuiltManifest):
    """An image of one platform.

    Attributes:
        config: The config document.
        config_digest: Its digest.
        layers: The layers, lowest first.
    """

    config: Mapping[str, Any] = field(default_factory=dict, repr=False)
    config_digest: str = ""
    layers: tuple[Layer, ...] = field(default=(), repr=False)

    @property
    def total_size(self) -> int:
        """Bytes of all layers as stored, without the config."""
        return sum(layer.size for layer in self.layers)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltIndex(BuiltManifest):
    """An index, or Docker manifest list."""

    def child(self, platform: str) -> BuiltManifest:
        """Return the child built for ``platform``, e.g. ``"linux/arm64/v8"``.

        Raises:
            KeyError: there is none.
        """
        for child in self.children:
            if child.platform == platform:
                return child
        raise KeyError(platform)


def encode(document: object) -> bytes:
    """Return compact UTF-8 JSON, keys in their given order."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def describe(content: bytes, media_type: str, *, algorithm: str = "sha256", **fields: Any) -> dict[str, Any]:
    """Return the descriptor of some bytes; fields that are ``None`` are left out."""
    return {
        "mediaType": media_type,
        "digest": digest_of(content, algorithm),
        "size": len(content),
        **given(fields),
    }


def given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are not ``None``."""
    return {key: value for key, value in fields.items() if value is not None}


def changed(document: Mapping[str, Any], changes: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a document with fields replaced or, where the new value is ``None``, removed."""
    return given({**document, **(changes or {})})


def raw_manifest(
    content: Mapping[str, Any] | bytes,
    media_type: str,
    *,
    blobs: tuple[bytes, ...] = (),
    children: tuple[BuiltManifest, ...] = (),
    platform: str | None = None,
    algorithm: str = "sha256",
) -> BuiltManifest:
    """Return a manifest made by hand: any document, or any bytes, served as ``media_type``."""
    body = content if isinstance(content, bytes) else encode(content)
    return BuiltManifest(
        manifest=body,
        media_type=media_type,
        digest=digest_of(body, algorithm),
        blobs={digest_of(blob, algorithm): blob for blob in blobs},
        children=children,
        platform=platform,
    )


def amend(
    built: BuiltManifest, *, media_type: str | None = None, blobs: tuple[bytes, ...] = (), **fields: Any
) -> BuiltManifest:
    """Return a manifest with top-level fields replaced or added, and removed where ``None``.

    ``amend(image(), mediaType=None)``; names that are no Python names go through a dictionary:
    ``amend(image(), **{"x-future": [1]})``.

    Args:
        built: What to start from.
        media_type: What it is to be served as, where that changes.
        blobs: Blobs to add.
        fields: The fields.
    """
    algorithm = built.digest.partition(":")[0]
    body = encode(changed(built.document, fields))
    return BuiltManifest(
        manifest=body,
        media_type=media_type or built.media_type,
        digest=digest_of(body, algorithm),
        blobs={**built.blobs, **{digest_of(blob, algorithm): blob for blob in blobs}},
        children=built.children,
        platform=built.platform,
    )
