"""An image's layers, fetched and read: each once, within bounds, and kept by what is in it."""

from portcall.images.layers.reader import LayerReader
from portcall.images.layers.shelf import LayerShelf

__all__ = ["LayerReader", "LayerShelf"]
