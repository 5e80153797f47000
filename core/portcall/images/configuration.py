"""An image's configuration, fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.oci.config import ImageConfig
from portcall.oci.manifest import Manifest

if TYPE_CHECKING:
    from portcall.backend import RegistryBackend
    from portcall.oci.manifest import Index
    from portcall.platform import Platform


async def image_config(
    backend: RegistryBackend, repository: str, manifest: Manifest | Index
) -> ImageConfig | None:
    """Return the configuration of an image; ``None`` for an artifact or an index, which have none.

    Raises:
        PortcallError: It cannot be had, or is none.
    """
    if not isinstance(manifest, Manifest) or not manifest.is_image or manifest.config is None:
        return None
    return ImageConfig.parse(await backend.get_blob(repository, manifest.config))


async def platform_of(backend: RegistryBackend, repository: str, manifest: Manifest | Index) -> Platform | None:
    """Return the platform that an image says it is for; ``None`` where it does not tell, or is none."""
    config = await image_config(backend, repository, manifest)
    return config.platform if config is not None and config.platform.is_known else None
