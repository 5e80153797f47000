"""What Docker Hub holds, and the rows in which its REST API tells of it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from portcall.testing import BuiltManifest

_LIST_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HubTag:
    """A tag.

    Attributes:
        name: The tag.
        built: What it names.
        pushed: When, as told: ``2026-06-25T22:52:42.349783Z``.
        pulled: When last; ``None``: never, or not told.
        pusher: Who pushed it.
    """

    name: str
    built: BuiltManifest
    pushed: str
    pulled: str | None = None
    pusher: str = "doijanky"


@dataclass(slots=True, kw_only=True)
class Repository:
    """A repository.

    Attributes:
        path: ``library/nginx``: with its namespace, always.
        description: One line.
        full_description: The overview page, at most 25,000 characters (hub-spec).
        badge: v4 search: ``official``, ``verified_publisher``, ``open_source``, ``dhi``, ``none`` or ``None``.
        publisher: Who publishes it, as v4 search tells; by default its namespace, with a capital.
        kind: v4 search's ``type``: ``image``, ``plugin``, ``extension``.
        private: Whether only its owners see it.
        archived: v4 search's word; nothing else tells.
        listed_only: Found by searches, and nowhere else: what a search tells may be gone.
        dockerfile: What the ``dockerfile`` endpoint has, of an automated build.
        tags: By name.
    """

    path: str
    description: str = ""
    full_description: str | None = None
    badge: str | None = None
    publisher: str | None = None
    kind: str = "image"
    private: bool = False
    archived: bool = False
    listed_only: bool = False
    stars: int = 0
    pulls: int = 0
    registered: str = "2014-06-05T19:14:45.000000Z"
    categories: tuple[tuple[str, str], ...] = ()
    source: str | None = None
    dockerfile: str | None = None
    logo: str | None = None
    tags: dict[str, HubTag] = field(default_factory=dict)

    @property
    def namespace(self) -> str:
        """``library``."""
        return self.path.partition("/")[0]

    @property
    def name(self) -> str:
        """``nginx``."""
        return self.path.partition("/")[2]

    @property
    def short_name(self) -> str:
        """``nginx``, ``grafana/grafana``: as searches call it (recorded)."""
        return self.path.removeprefix("library/")

    @property
    def identifier(self) -> int:
        """The number that tags call their ``repository``."""
        return zlib.crc32(self.path.encode())

    @property
    def updated(self) -> str:
        """When a tag was pushed last."""
        return max((tag.pushed for tag in self.tags.values()), default=self.registered)

    @property
    def newest_first(self) -> list[HubTag]:
        """The tags, by the time of their push."""
        return sorted(self.tags.values(), key=lambda tag: (tag.pushed, tag.name), reverse=True)

    @property
    def media_types(self) -> list[str]:
        """The media types of what its tags name."""
        return sorted({media_type(built) for built in self.distinct})

    @property
    def distinct(self) -> list[BuiltManifest]:
        """What its tags name, each once."""
        return list({tag.built.digest: tag.built for tag in self.tags.values()}.values())

    def platforms(self) -> list[dict[str, Any]]:
        """Return the platforms of what its tags name."""
        rows = [row for built in self.distinct for row in platform_rows(built)]
        return [row for row in rows if row["architecture"] != "unknown"]


class Catalogue:
    """All repositories, by path."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}

    def find(self, namespace: str, name: str, namespaces: Iterable[str] = ()) -> Repository | None:
        """Return a repository that a caller may see, who sees the private ones of ``namespaces``."""
        found = self.repositories.get(f"{namespace}/{name}")
        if found is None or found.listed_only:
            return None
        return found if not found.private or namespace in set(namespaces) else None

    def of(self, namespace: str, namespaces: Iterable[str] = ()) -> list[Repository]:
        """Return a namespace's repositories that a caller may see."""
        return [
            repository
            for repository in self.repositories.values()
            if repository.namespace == namespace and self.find(namespace, repository.name, namespaces)
        ]

    def searchable(self) -> list[Repository]:
        """Return what searches know: everything public."""
        return [repository for repository in self.repositories.values() if not repository.private]


def media_type(built: BuiltManifest) -> str:
    """Return a tag's ``media_type``: the index's own; of a single image, its config's (#fs-52210787647)."""
    config = built.document.get("config") or {}
    return built.media_type if built.media_type in _LIST_TYPES else str(config.get("mediaType", built.media_type))


def platform_rows(built: BuiltManifest) -> list[dict[str, Any]]:
    """Return ``[{"os", "architecture", "variant", "os_version", "digest", "size"}]`` of an image or index.

    Attestations are there too, as ``unknown/unknown`` (#fs-59425165837).
    """
    if built.media_type not in _LIST_TYPES:
        return [_platform_row(built, _parts(built.platform or "linux/amd64"), built.digest)]
    children = {child.digest: child for child in built.children}
    return [
        _platform_row(children.get(line["digest"]), line.get("platform") or {}, line["digest"])
        for line in built.document["manifests"]
    ]


def layers_of(built: BuiltManifest | None) -> list[dict[str, Any]]:
    """Return the layer descriptors of one image."""
    return list(built.document.get("layers", [])) if built is not None else []


def _platform_row(built: BuiltManifest | None, platform: dict[str, Any], digest: str) -> dict[str, Any]:
    return {
        "os": platform.get("os", "unknown"),
        "architecture": platform.get("architecture", "unknown"),
        "variant": platform.get("variant"),
        "os_version": platform.get("os.version"),
        "digest": digest,
        "size": sum(layer["size"] for layer in layers_of(built)),
    }


def _parts(platform: str) -> dict[str, Any]:
    return dict(zip(("os", "architecture", "variant"), platform.split("/"), strict=False))
