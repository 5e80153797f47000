"""A layer's bytes, asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.errors import NotFoundError, UpstreamError

if TYPE_CHECKING:
    from portcall.http.stream import BlobStream
    from portcall.images.opened import OpenedImage, OpenedLayer


async def open_layer(
    image: OpenedImage, layer: OpenedLayer, *, start: int = 0, length: int | None = None
) -> BlobStream:
    """Return a layer as it arrives, or a part of it.

    Raises:
        UpstreamError: The registry does not have it, which says nothing of what is in the image.
        PortcallError: It cannot be had.
    """
    try:
        return await image.backend.open_blob(image.repository, layer.descriptor, start=start, length=length)
    except NotFoundError as error:
        raise UpstreamError(
            f"layer {layer.number} of {len(image.layers)} is in the manifest, but not in the registry",
            hint="The image cannot be pulled either; its publisher has to push it anew.",
            registry=error.registry,
        ) from error
