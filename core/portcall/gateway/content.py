"""The toolset ``content``: what is inside an image, without pulling it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall import arguments
from portcall.answering import reading_layers
from portcall.gateway.core import Gateway
from portcall.models import FileContent, FileList, LayerAnalysis

if TYPE_CHECKING:
    from portcall.images.opened import OpenedImage
    from portcall.progress import Progress


class ContentTools(Gateway):
    """Layers and files. What reads them is imported when it is first asked for: most conversations never do."""

    @reading_layers
    async def analyze_layers(
        self,
        image_name: arguments.ImageName,
        tag: arguments.TagArgument = "",
        platform: arguments.PlatformArgument = "",
        deep: arguments.Deep = False,
        *,
        progress: Progress | None = None,
    ) -> LayerAnalysis:
        """Return what each layer weighs and which step made it; with ``deep``, what in them is lost.

        Raises:
            UnsupportedError: An artifact that is no image.
            TooLargeError: With ``deep``, the layers are over ``limits.max_fetch_bytes``, or swell beyond bounds.
        """
        from portcall.images.analysis import analyze_layers

        async def question(image: OpenedImage) -> LayerAnalysis:
            return await analyze_layers(image, self._layers.reader(image, progress) if deep else None)

        return await self._inside(image_name, tag, platform, question)

    @reading_layers
    async def list_files(
        self,
        image_name: arguments.ImageName,
        path: arguments.FolderPath = "/",
        pattern: arguments.FilePattern = "",
        tag: arguments.TagArgument = "",
        platform: arguments.PlatformArgument = "",
        limit: arguments.Limit = 200,
        cursor: arguments.Cursor = "",
        *,
        progress: Progress | None = None,
    ) -> FileList:
        """Return one page of a directory inside an image; with ``pattern``, of all that matches below it.

        Raises:
            NotFoundError: There is no such path; if a layer deleted it, which one did.
            UnsupportedError: An artifact that is no image.
            TooLargeError: The layers are over ``limits.max_fetch_bytes``, or swell beyond bounds.
        """
        from portcall.images.files import FileQuestion, list_files

        asked = FileQuestion(path, pattern, limit, cursor)
        return await self._inside(
            image_name, tag, platform, lambda image: list_files(image, self._layers.reader(image, progress), asked)
        )

    @reading_layers
    async def read_file(
        self,
        image_name: arguments.ImageName,
        path: arguments.FilePath,
        tag: arguments.TagArgument = "",
        platform: arguments.PlatformArgument = "",
        offset: arguments.Offset = 0,
        max_bytes: arguments.MaxBytes = 12_288,
        *,
        progress: Progress | None = None,
    ) -> FileContent:
        """Return a part of one file inside an image, with as few of its layers' bytes as that takes.

        Raises:
            NotFoundError: There is no such file; if a layer deleted it, which one did.
            InvalidArgumentError: The path is a directory, or a device, or the offset is beyond the end.
            UnsupportedError: An artifact that is no image.
            TooLargeError: The layers are over ``limits.max_fetch_bytes``, or swell beyond bounds.
        """
        from portcall.images.files import ReadQuestion, read_file

        asked = ReadQuestion(path, offset, max_bytes)
        return await self._inside(
            image_name, tag, platform, lambda image: read_file(image, self._layers.reader(image, progress), asked)
        )
