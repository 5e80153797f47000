"""The toolset ``dockerfile``: how images are built."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from portcall import arguments
from portcall.answering import answering
from portcall.discovery.question import RepositoryQuestion, goes_on
from portcall.errors import InvalidArgumentError
from portcall.gateway.core import Gateway, platform_argument
from portcall.images.opened import open_image
from portcall.models import DockerfileAnalysis, DockerfileInfo, DockerfileList
from portcall.reference import parse_reference, with_tag_argument

if TYPE_CHECKING:
    from portcall.images.review import HadolintPlaces
    from portcall.platform import Platform
    from portcall.progress import Progress
    from portcall.reference import Reference


class DockerfileTools(Gateway):
    """Dockerfiles: of an image, by words, under review."""

    @answering
    async def get_dockerfile(
        self,
        image_name: arguments.ImageName,
        tag: arguments.TagArgument = "",
        platform: arguments.PlatformArgument = "",
    ) -> DockerfileInfo:
        """Return the Dockerfile of an image: from provenance, else its source repository, else its history.

        Raises:
            NotFoundError: No such image, or nothing is told of how it was built.
            UnsupportedError: An artifact that is no image.
        """
        reference = with_tag_argument(parse_reference(image_name), tag)
        return await self._dockerfile_of(reference, platform_argument(platform))

    @answering
    async def search_dockerfiles(
        self,
        query: arguments.Query,
        registry: arguments.SourceRegistry = "ghcr.io",
        limit: arguments.Limit = 10,
    ) -> DockerfileList:
        """Return Dockerfiles that match, where a registry's images have their sources."""
        words = RepositoryQuestion.of_query(query, limit).words
        backend = await self._backend_named(registry)
        with self._naming_the_able("dockerfiles"):
            found = await backend.search_dockerfiles(words, limit=limit)
        return DockerfileList(
            query=words,
            registry=backend.upstream.registry,
            dockerfiles=found.dockerfiles[:limit],
            warnings=(*found.warnings, *goes_on(found.dockerfiles, limit)),
        )

    @answering
    async def analyze_dockerfile(
        self,
        content: arguments.DockerfileText = "",
        image_name: arguments.OptionalImage = "",
        tag: arguments.TagArgument = "",
        *,
        progress: Progress | None = None,
    ) -> DockerfileAnalysis:
        """Return what a Dockerfile does, what its registries say of its bases, and what to change in it.

        Raises:
            InvalidArgumentError: Neither content nor image is given, or both; or the content is no Dockerfile.
        """
        from portcall.images.review import review_dockerfile

        if bool(content.strip()) == bool(image_name.strip()):
            raise InvalidArgumentError(
                "one of the arguments `content` and `image_name` is needed, and no more than one",
                hint="Give a Dockerfile's text as content, or the image whose Dockerfile is meant.",
            )
        if not image_name.strip():
            return await review_dockerfile(
                content, self._backend_for, self._default_platform, progress, places=self._hadolint
            )
        reference = with_tag_argument(parse_reference(image_name), tag)
        found = await self._dockerfile_of(reference, None)
        asking = self._on_the_word_of(reference)
        return await review_dockerfile(found, asking, self._default_platform, progress, places=self._hadolint)

    @cached_property
    def _hadolint(self) -> HadolintPlaces:
        from portcall.images.review import HadolintPlaces

        # All callers' together.
        return HadolintPlaces() if self._whole is None else self._whole._hadolint  # noqa: SLF001

    async def _dockerfile_of(self, reference: Reference, wanted: Platform | None) -> DockerfileInfo:
        from portcall.images.dockerfile import image_dockerfile

        await self._router.prepare(None)

        image = await self._about(
            reference, lambda backend: open_image(backend, reference, wanted, self._default_platform)
        )
        found = await image_dockerfile(image, self._router.reader_of_sources)
        return found.with_warnings(*image.warnings)
