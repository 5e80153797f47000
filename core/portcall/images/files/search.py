"""One file, looked for from the top layer down, and no further than needed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.errors import PortcallError
from portcall.images.files.facts import LayerFacts, UnsureError
from portcall.images.files.lookout import FileLookout
from portcall.images.files.missing import missing
from portcall.images.files.resolve import resolve
from portcall.images.files.seen import LayersSeen, UndecidedError
from portcall.images.files.shown import unescaped
from portcall.images.files.tree import MergedTree
from portcall.images.layers.scanning import UnreadableLayerError
from portcall.images.together import beside_the_loop
from portcall.oci.layers.index import LayerIndex

if TYPE_CHECKING:
    from portcall.images.files.node import TreeNode
    from portcall.images.files.resolve import Resolution, View
    from portcall.images.layers import LayerReader
    from portcall.images.opened import OpenedImage, OpenedLayer


@dataclass(frozen=True, slots=True)
class Located:
    """What was found.

    Args:
        path: Where it is, without links and without ``/`` at its beginning.
        node: What it is.
        view: The tree, as far as it had to be known.
    """

    path: str
    node: TreeNode
    view: View


class Search:
    """Looks for files in one image, from the top down.

    Each layer is known by a cached index or its table of contents, or else read, up to where the file is certain.
    Where a path depends on what only all layers together tell, all are read, and the whole tree is built. So the
    answer is the whole tree's, but for one case: a layer that is left early may have the same path again behind
    that place, which no builder writes. Such an answer is one of those that are not verified.

    Args:
        image: The image.
        reader: Whoever reads its layers.
        window: Which bytes of the file are wanted: the first, and how many.
    """

    def __init__(self, image: OpenedImage, reader: LayerReader, window: tuple[int, int]) -> None:
        self._image = image
        self._reader = reader
        self._window = window
        self._waiting = list(image.layers)
        self._seen = LayersSeen(len(image.layers))
        self._tree: MergedTree | None = None
        self._indexes: dict[int, LayerIndex] = {}
        self._kept: dict[tuple[int, int], bytes] = {}

    async def find(self, path: str) -> Located:
        r"""Return what a path leads to, links followed; as it is given, or else with its ``\xNN`` as bytes.

        Raises:
            NotFoundError: Nothing is there.
            UnsupportedError: Nothing is there in the layers that can be read, and some cannot.
        """
        found = await self._resolved(path)
        if found.fault and (other := unescaped(path)) != path:
            second = await self._resolved(other)
            found = found if second.fault else second
        if found.node is None or found.fault:
            await self._look_below()
            raise await asyncio.to_thread(missing, self._image, self._view, path, found)
        return Located(found.path, found.node, self._view)

    async def contents(self, node: TreeNode, start: int, length: int) -> bytes:
        """Return a part of a file that was found."""
        content = node.content
        kept = self._kept.get((content.layer, content.number))
        if kept is not None and (start, length) == (self._window[0], len(kept)):
            return kept
        if not length:
            return b""
        layer = self._image.layers[content.layer - 1]
        return await self._reader.part(layer, self._indexes[content.layer], content.number, start, length)

    @property
    def _view(self) -> View:
        return self._tree or self._seen

    async def _resolved(self, path: str) -> Resolution:
        while self._tree is None:
            found = await asyncio.to_thread(self._try, path)
            if found is not None:
                return found
            if not self._seen.is_literal:
                await self._merge()
            else:
                await self._read(self._waiting.pop(), path)
        return await asyncio.to_thread(resolve, self._tree.at, path)

    def _try(self, path: str) -> Resolution | None:
        """Return where a path leads, if what is seen so far tells."""
        if not self._seen.is_sure:
            return None
        try:
            return resolve(self._seen.at, path)
        except UndecidedError:
            return None
        except UnsureError:
            self._seen.is_literal = False
            return None

    async def _read(self, layer: OpenedLayer, path: str) -> None:
        index = None if layer.problem else await self._reader.known(layer)
        if layer.problem:
            await self._merge()
        elif index is not None:
            self._indexes[layer.number] = index
            self._seen.begin(await self._facts(layer, index))
            self._seen.finish()
        else:
            await self._scan(layer, path)

    async def _look_below(self) -> None:
        """Let what is known of the layers below tell which of them has what is missing above."""
        if self._tree is not None:
            return
        for layer in reversed(self._waiting):
            try:
                index = await self._reader.known(layer)
            except PortcallError:
                continue  # there is an answer without it
            if index is not None:
                self._seen.begin(await self._facts(layer, index))

    async def _facts(self, layer: OpenedLayer, index: LayerIndex) -> LayerFacts:
        return await beside_the_loop(len(index.entries), lambda: LayerFacts.of(layer.number, index))

    async def _scan(self, layer: OpenedLayer, path: str) -> None:
        facts = LayerFacts(layer.number)
        self._seen.begin(facts)
        try:
            scanned = await self._reader.scan(layer, FileLookout(self._seen, facts, path, self._window))
        except UnreadableLayerError:
            # It is no archive: what the other layers have is told, and that this one is missing.
            await self._merge()
            return
        facts.complete(scanned.index)
        self._indexes[layer.number] = scanned.index
        self._kept |= {(layer.number, number): kept for number, kept in scanned.kept.items()}
        self._seen.finish()

    async def _merge(self) -> None:
        indexes = await self._reader.indexes()
        self._indexes = {number: each for number, each in enumerate(indexes, 1) if isinstance(each, LayerIndex)}
        size = sum(len(index.entries) for index in self._indexes.values())
        self._tree = await beside_the_loop(size, lambda: MergedTree.of(indexes))
