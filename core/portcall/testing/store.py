"""What a fake registry holds, by repository."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from portcall.digest import digest_of
from portcall.testing.images.built import BuiltManifest, raw_manifest
from portcall.testing.images.media_types import OCI_INDEX, OCI_MANIFEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Stored:
    """A manifest as a registry keeps it."""

    content: bytes = field(repr=False)
    media_type: str
    digest: str

    @property
    def document(self) -> dict[str, Any]:
        """The manifest as JSON; empty where it is none."""
        try:
            found = json.loads(self.content)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(slots=True)
class Repository:
    """Manifests and blobs by digest, and tags in the order in which they were first pushed."""

    manifests: dict[str, Stored] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict, repr=False)
    tags: dict[str, str] = field(default_factory=dict)

    def find(self, reference: str) -> Stored | None:
        """Return the manifest that a tag or digest names."""
        return self.manifests.get(self.tags.get(reference, reference))

    def referrers(self, digest: str) -> Iterator[dict[str, Any]]:
        """Yield the descriptors of all manifests whose ``subject`` is ``digest``, as the specification asks."""
        for stored in list(self.manifests.values()):
            document = stored.document
            subject = document.get("subject")
            if isinstance(subject, dict) and subject.get("digest") == digest:
                yield referrer_descriptor(stored, document)


def referrer_descriptor(stored: Stored, document: dict[str, Any]) -> dict[str, Any]:
    """Return a referrer's line: with ``artifactType`` (else the config's type) and annotations."""
    config = document.get("config") or {}
    artifact_type = document.get("artifactType") or config.get("mediaType")
    line: dict[str, Any] = {
        "mediaType": stored.media_type,
        "digest": stored.digest,
        "size": len(stored.content),
    }
    if artifact_type:
        line["artifactType"] = artifact_type
    if document.get("annotations"):
        line["annotations"] = document["annotations"]
    return line


class HasStore(Protocol):
    """What has a store: a :class:`FakeRegistry`."""

    @property
    def store(self) -> Store:
        """What it holds."""


class Store:
    """All repositories of a fake registry; pushes and deletes are Python calls."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}

    def push(self, repository: str, built: BuiltManifest | bytes, *, tags: Iterable[str] = ()) -> str:
        """Store a manifest with all that it refers to, and return its digest.

        Args:
            repository: Path without host; made when it does not exist.
            built: What a builder returned; or the bytes of an OCI manifest.
            tags: Tags that are to name it; existing ones move.
        """
        manifest = raw_manifest(built, OCI_MANIFEST) if isinstance(built, bytes) else built
        shelf = self.repositories.setdefault(repository, Repository())
        for member in manifest.family():
            shelf.blobs.update(member.blobs)
            shelf.manifests[member.digest] = Stored(member.manifest, member.media_type, member.digest)
        for tag in tags:
            shelf.tags[tag] = manifest.digest
        return manifest.digest

    def push_blob(self, repository: str, blob: bytes, *, algorithm: str = "sha256") -> str:
        """Store a blob by itself, and return its digest."""
        digest = digest_of(blob, algorithm)
        self.repositories.setdefault(repository, Repository()).blobs[digest] = blob
        return digest

    def tag(self, repository: str, tag: str, reference: str) -> str:
        """Let a tag name what another tag, or a digest, names; return that digest.

        Raises:
            KeyError: there is no such repository or reference.
        """
        stored = self.repositories[repository].find(reference)
        if stored is None:
            raise KeyError(f"{repository}:{reference}")
        self.repositories[repository].tags[tag] = stored.digest
        return stored.digest

    def delete_tag(self, repository: str, tag: str) -> None:
        """Remove a tag, and nothing else.

        Raises:
            KeyError: there is no such repository or tag.
        """
        del self.repositories[repository].tags[tag]

    def delete(self, repository: str, digest: str | None = None) -> None:
        """Remove a manifest or blob by digest, with the tags that name it; or the whole repository.

        Raises:
            KeyError: there is no such thing.
        """
        if digest is None:
            del self.repositories[repository]
            return
        shelf = self.repositories[repository]
        if shelf.manifests.pop(digest, None) is None and shelf.blobs.pop(digest, None) is None:
            raise KeyError(digest)
        shelf.tags = {tag: named for tag, named in shelf.tags.items() if named != digest}

    def push_fallback_tag(self, repository: str, digest: str) -> str:
        """Tag an index of all referrers of ``digest`` as ``sha256-<hex>``; return that tag.

        It is what a client writes where a registry has no referrers API.
        """
        lines = list(self.repositories[repository].referrers(digest))
        document = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": lines}
        tag = digest.replace(":", "-")
        self.push(repository, raw_manifest(document, OCI_INDEX), tags=[tag])
        return tag

    def find(self, repository: str, reference: str) -> Stored | None:
        """Return a stored manifest, by tag or digest."""
        shelf = self.repositories.get(repository)
        return shelf.find(reference) if shelf else None

    def blob(self, digest: str) -> bytes | None:
        """Return a blob from whichever repository holds it."""
        shelves = list(self.repositories.values())
        return next((shelf.blobs[digest] for shelf in shelves if digest in shelf.blobs), None)
