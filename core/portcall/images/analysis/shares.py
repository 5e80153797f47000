"""An image's layers as rows: what each weighs, and what is known of what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.errors import PortcallError
from portcall.models import LayerShare
from portcall.oci.layers.index import LayerIndex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from portcall.images.opened import OpenedLayer


def layer_share(
    layer: OpenedLayer, found: LayerIndex | PortcallError | None, lost: Mapping[int, int]
) -> LayerShare:
    """Return one layer's row.

    Args:
        layer: What manifest and configuration tell.
        found: What is in it, or why that is not known; ``None`` where nobody looked.
        lost: Bytes that no container sees, by the layer's number.
    """
    index = found if isinstance(found, LayerIndex) else None
    failure = found.message if isinstance(found, PortcallError) else None
    return LayerShare(
        number=layer.number,
        digest=layer.digest,
        size=layer.descriptor.size,
        command=layer.step.command if layer.step else None,
        created=layer.step.created if layer.step else None,
        foreign=layer.descriptor.is_foreign,
        uncompressed_size=sum(entry.size for entry in index.entries) if index else None,
        files=len(index.entries) if index else None,
        wasted=lost.get(layer.number) if index else None,
        problem=layer.problem or failure,
    )


def unmapped(layers: Sequence[OpenedLayer], has_history: bool) -> tuple[str, ...]:
    """Return the warning that commands are missing, where there is a history that could have told them."""
    if not layers or not has_history or any(layer.step for layer in layers):
        return ()
    return ("history and layers do not match, so layers are shown without their commands",)
