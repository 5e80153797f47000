"""The toolset ``inspect``: tags, images, and how two of them differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall import arguments
from portcall.answering import answering, reading_layers
from portcall.errors import InvalidArgumentError
from portcall.gateway.core import Gateway, platform_argument
from portcall.images.aliases import tags_of_same_digest
from portcall.images.check import MAX_IMAGES, CheckQuestion, check_images, summed_up
from portcall.images.details import image_detail
from portcall.images.stored import manifest_detail
from portcall.images.tag_search import TagQuestion, search_tags
from portcall.models import ImageChecks, ImageComparison, ImageDetail, ManifestDetail, TagList
from portcall.reference import parse_reference, with_tag_argument

if TYPE_CHECKING:
    from portcall.progress import Progress


class InspectionTools(Gateway):
    """Tags, details, manifests, checks, comparisons."""

    @answering
    async def search_tags(
        self,
        image_name: arguments.RepositoryName,
        tag_pattern: arguments.TagPatternArgument = "",
        order: arguments.TagOrder = "version",
        limit: arguments.Limit = 25,
        cursor: arguments.Cursor = "",
        *,
        progress: Progress | None = None,
    ) -> TagList:
        """Return one page of a repository's tags; with a tag or digest in ``image_name``, its aliases."""
        reference = parse_reference(image_name)
        question = TagQuestion(tag_pattern, order, limit, cursor)
        ask = search_tags if reference.tag is None and reference.digest is None else tags_of_same_digest
        return await self._about(reference, lambda backend: ask(backend, reference, question, progress))

    @answering
    async def get_image_details(
        self,
        image_name: arguments.ImageName,
        tag: arguments.TagArgument = "",
        platform: arguments.PlatformArgument = "",
    ) -> ImageDetail:
        """Return all that manifest and configuration tell of one image, for one platform."""
        reference = with_tag_argument(parse_reference(image_name), tag)
        wanted = platform_argument(platform)
        return await self._about(
            reference,
            lambda backend: image_detail(backend, reference, wanted, self._default_platform, self._recent_details),
        )

    @answering
    async def get_manifest(
        self,
        image_name: arguments.ImageName,
        tag: arguments.TagArgument = "",
        platform: arguments.PlatformArgument = "",
    ) -> ManifestDetail:
        """Return the manifest as named, or that of ``platform``; its digest was checked over the raw bytes."""
        reference = with_tag_argument(parse_reference(image_name), tag)
        wanted = platform_argument(platform)
        return await self._about(
            reference, lambda backend: manifest_detail(backend, reference, wanted, self._default_platform)
        )

    @answering
    async def check_images(
        self,
        images: arguments.ImageList = [],  # noqa: B006 - never changed; a tuple would make a stranger schema
        content: arguments.Content = "",
        platform: arguments.PlatformArgument = "",
        suggest_newer: arguments.SuggestNewer = False,
        *,
        progress: Progress | None = None,
    ) -> ImageChecks:
        """Return whether each image exists, by digest, and for ``platform`` where one is given."""
        from portcall.documents import FoundReference, find_references

        question = CheckQuestion(platform_argument(platform), suggest_newer)
        document = find_references(content) if content else None
        found = [FoundReference(text=image, line=0, via="") for image in images]
        found += document.references if document else ()
        if not found and document is not None and document.kind == "unknown":
            raise InvalidArgumentError(
                "the content is no Dockerfile, no YAML or JSON, and no list of references",
                hint="Give the whole file, as it is, or the references themselves as images.",
            )
        if not found:
            raise InvalidArgumentError(
                "no image reference was given, or found in the content",
                hint="Give images, or the text of a Dockerfile, compose file or Kubernetes YAML as content.",
            )
        warnings: tuple[str, ...] = ()
        if len(found) > MAX_IMAGES:
            cut = f"only the first {MAX_IMAGES} of {len(found)} references were checked"
            warnings = (f"{cut}; name the others as images in another call",)
        checks = await check_images(self._backend_for, found[:MAX_IMAGES], question, progress)
        return summed_up(checks, question.wanted, document).with_warnings(*warnings)

    @reading_layers
    async def compare_images(
        self,
        image_a: arguments.ImageName,
        image_b: arguments.OtherImage,
        platform: arguments.PlatformArgument = "",
        files: arguments.CompareFiles = False,
        *,
        progress: Progress | None = None,
    ) -> ImageComparison:
        """Return what is different between two images, read as the way from the first to the second.

        Raises:
            UnsupportedError: One of them is an artifact that is no image.
        """
        from portcall.images.comparison import SummedProgress, compare_images

        a, b = parse_reference(image_a), parse_reference(image_b)
        wanted = platform_argument(platform)
        sides = [(await self._backend_for(reference), reference) for reference in (a, b)]
        told = SummedProgress(progress)
        return await compare_images(
            sides[0],
            sides[1],
            wanted,
            self._default_platform,
            (lambda image: self._layers.reader(image, told.part())) if files else None,
        )
