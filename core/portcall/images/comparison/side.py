"""One of two images that are compared: what its reference stands for, and what is looked at of it."""

from __future__ import annotations

import contextlib
import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.errors import PortcallError
from portcall.images.choice import choose
from portcall.images.missing import explaining
from portcall.images.opened import OpenedImage, open_manifest
from portcall.models import ComparedImage
from portcall.oci.manifest import Manifest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from portcall.backend import RegistryBackend
    from portcall.images.choice import Choice
    from portcall.oci.descriptor import Descriptor
    from portcall.oci.manifest import StoredManifest
    from portcall.platform import Platform
    from portcall.reference import Reference


@dataclass(frozen=True, slots=True)
class Side:
    """One image, before anything is known of it.

    Args:
        label: What it is called: ``"the first image"``.
        backend: Whom to ask.
        reference: What for.
    """

    label: str
    backend: RegistryBackend
    reference: Reference

    @contextlib.contextmanager
    def named(self) -> Iterator[None]:
        """Let errors say which of the two images they are about."""
        try:
            yield
        except PortcallError as error:
            # A copy: both sides may have waited for the very same request, and share its failure.
            told = copy.copy(error)
            told.message = f"{self.label}: {error.message}"
            raise told from error

    async def top(self) -> StoredManifest:
        """Return what the reference resolves to.

        Raises:
            NotFoundError: No such image; the candidates are what was probably meant.
        """
        with self.named():
            async with explaining(self.backend, self.reference):
                return await self.backend.get_manifest(self.reference.repository, self.reference.identifier)

    async def view(
        self, top: StoredManifest, wanted: Platform | None, default: Platform
    ) -> OpenedImage | OpenedArtifact:
        """Return one platform's image, or what is there instead.

        Raises:
            NotFoundError: Not for the platform ``wanted``.
            UnsupportedError: Docker schema 1.
        """
        with self.named():
            choice = await choose(self.backend, self.reference.repository, top, wanted, default)
            content = choice.manifest.content
            if isinstance(content, Manifest) and content.is_image:
                return await open_manifest(self.backend, self.reference, top, wanted, default)
            return OpenedArtifact(self.reference, top, choice)


@dataclass(frozen=True, slots=True)
class OpenedArtifact:
    """What is no image: an artifact's manifest, or an index that leads to no image.

    Args:
        reference: As it was asked for.
        top: What the reference resolves to.
        choice: The manifest, or the index itself.
    """

    reference: Reference
    top: StoredManifest
    choice: Choice

    @property
    def is_index(self) -> bool:
        """Whether it is an index."""
        return not isinstance(self.choice.manifest.content, Manifest)

    @property
    def parts(self) -> tuple[Descriptor, ...]:
        """Its layers; the entries of an index."""
        content = self.choice.manifest.content
        return content.layers if isinstance(content, Manifest) else content.manifests

    @property
    def kind(self) -> str | None:
        """What it calls itself."""
        content = self.choice.manifest.content
        return content.kind if isinstance(content, Manifest) else content.artifact_type

    @property
    def config_digest(self) -> str | None:
        """The digest of its configuration, where it has one."""
        content = self.choice.manifest.content
        return content.config.digest if isinstance(content, Manifest) and content.config else None


def annotations_of(view: OpenedImage | OpenedArtifact) -> Mapping[str, str]:
    """Return the annotations of a manifest, those of the index above it included."""
    return {**view.top.content.annotations, **view.choice.manifest.content.annotations}


def told_of(view: OpenedImage | OpenedArtifact) -> ComparedImage:
    """Return a side as the answer shows it."""
    if isinstance(view, OpenedImage):
        return ComparedImage(
            **view.identity,
            size=sum(layer.descriptor.size for layer in view.layers),
            created=view.config.created,
            layers=len(view.layers),
        )
    reference = view.reference
    return ComparedImage(
        name=reference.familiar_name,
        tag=reference.tag or (None if reference.digest else "latest"),
        registry=reference.registry,
        reference=reference.pinned(view.top.digest),
        digest=view.top.digest,
        platform_digest=view.choice.manifest.digest,
        size=sum(part.size for part in view.parts),
        layers=len(view.parts),
    )
