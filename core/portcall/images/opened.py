"""An image that is to be looked into: one platform's manifest and configuration, and its layers in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portcall.errors import UnsupportedError
from portcall.images.choice import choose, no_such_platform
from portcall.images.configuration import image_config
from portcall.oci.layers.toc import promise
from portcall.oci.manifest import Manifest

if TYPE_CHECKING:
    from portcall.backend import RegistryBackend
    from portcall.images.choice import Choice
    from portcall.oci.config import BuildStep, ImageConfig
    from portcall.oci.descriptor import Descriptor
    from portcall.oci.manifest import Index, StoredManifest
    from portcall.platform import Platform
    from portcall.reference import Reference


@dataclass(frozen=True, slots=True)
class OpenedLayer:
    """One layer of an image.

    Args:
        number: From 1, the lowest first.
        descriptor: What the manifest says of it.
        step: The build step that made it; ``None`` where history and layers do not match.
        diff_id: Digest of the uncompressed archive, where the configuration tells.
        problem: Why it cannot be read: it lives elsewhere, or is encrypted.
    """

    number: int
    descriptor: Descriptor
    step: BuildStep | None = None
    diff_id: str | None = None
    problem: str | None = None

    @property
    def digest(self) -> str:
        """The digest of the layer as stored."""
        return self.descriptor.digest

    @property
    def key(self) -> tuple[str, str]:
        """What says what is in it: its digest, and the table of contents that the manifest vouches for."""
        return self.digest, promise(self.descriptor)


@dataclass(frozen=True, slots=True)
class OpenedImage:
    """One platform's image, ready to be looked into.

    Args:
        backend: Whom to ask for its layers.
        reference: As it was asked for.
        top: What the reference resolves to.
        choice: The platform's manifest.
        manifest: Its content.
        config: Its configuration.
        layers: The lowest first.
        warnings: What the reader has to know of the choice.
    """

    backend: RegistryBackend
    reference: Reference
    top: StoredManifest
    choice: Choice
    manifest: Manifest
    config: ImageConfig
    layers: tuple[OpenedLayer, ...]
    warnings: tuple[str, ...] = ()

    @property
    def repository(self) -> str:
        """Path without host."""
        return self.reference.repository

    @property
    def platform(self) -> Platform | None:
        """The platform that it is for, where index or configuration tell."""
        told = self.choice.platform
        return told or (self.config.platform if self.config.platform.is_known else None)

    @property
    def identity(self) -> dict[str, Any]:
        """The fields by which every answer says which image it is about."""
        reference, platform = self.reference, self.platform
        return {
            "name": reference.familiar_name,
            "tag": reference.tag or (None if reference.digest else "latest"),
            "registry": reference.registry,
            "reference": reference.pinned(self.top.digest),
            "digest": self.top.digest,
            "platform_digest": self.choice.manifest.digest,
            "platform": str(platform) if platform else None,
        }


async def open_image(
    backend: RegistryBackend, reference: Reference, wanted: Platform | None, default: Platform
) -> OpenedImage:
    """Return the image that a reference stands for, for one platform; its layers are still to be fetched.

    Raises:
        NotFoundError: No such image, or not for the platform ``wanted``.
        UnsupportedError: An artifact that is no image, an index without images, or Docker schema 1.
    """
    top = await backend.get_manifest(reference.repository, reference.identifier)
    return await open_manifest(backend, reference, top, wanted, default)


async def open_manifest(
    backend: RegistryBackend,
    reference: Reference,
    top: StoredManifest,
    wanted: Platform | None,
    default: Platform,
) -> OpenedImage:
    """Return the image in what a reference resolves to; see :func:`open_image`."""
    choice = await choose(backend, reference.repository, top, wanted, default)
    manifest = choice.manifest.content
    config = await image_config(backend, reference.repository, manifest)
    if not isinstance(manifest, Manifest) or config is None:
        raise _no_image(reference, manifest)
    if wanted is not None and choice.platform is None and config.platform.is_known:
        _require(config, wanted)
    substitute = f"{default} is not among its platforms; this is {choice.platform}"
    warnings = (substitute,) if choice.substitute else ()
    return OpenedImage(backend, reference, top, choice, manifest, config, _layers(manifest, config), warnings)


def _require(config: ImageConfig, wanted: Platform) -> None:
    if config.platform.serves(wanted) is None:
        raise no_such_platform(wanted, (config.platform,))


def _layers(manifest: Manifest, config: ImageConfig) -> tuple[OpenedLayer, ...]:
    count = len(manifest.layers)
    diff_ids = config.diff_ids if len(config.diff_ids) == count else (None,) * count
    return tuple(
        OpenedLayer(number, descriptor, step, diff_id, _problem(descriptor))
        for number, (descriptor, step, diff_id) in enumerate(
            zip(manifest.layers, config.steps_by_layer(count), diff_ids, strict=True), 1
        )
    )


def _problem(descriptor: Descriptor) -> str | None:
    """Return why a layer's files cannot be had here, whatever is tried."""
    if descriptor.is_foreign:
        return "it lives outside the registry (a foreign layer)"
    if "+encrypted" in descriptor.media_type:
        return "it is encrypted"
    return None


def _no_image(reference: Reference, manifest: Manifest | Index) -> UnsupportedError:
    is_artifact = isinstance(manifest, Manifest)
    what = "an artifact, not an image: it has no file system" if is_artifact else "an index without images"
    return UnsupportedError(
        f"{reference.familiar} is {what}",
        hint="get_manifest shows what it holds.",
        registry=reference.registry,
    )
