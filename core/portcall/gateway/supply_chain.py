"""The toolset ``supply-chain``: what an image rests on, and what is known to be wrong with it."""

from __future__ import annotations

from portcall import arguments
from portcall.answering import answering
from portcall.gateway.core import Gateway, platform_argument
from portcall.images.vulnerabilities import VulnerabilityQuestion, vulnerabilities
from portcall.models import BaseImageCheck, VulnerabilityList
from portcall.reference import parse_reference, with_tag_argument


class SupplyChainTools(Gateway):
    """Base images and scan reports."""

    @answering
    async def check_base_image(
        self,
        image_name: arguments.ImageName,
        tag: arguments.TagArgument = "",
        platform: arguments.PlatformArgument = "",
    ) -> BaseImageCheck:
        """Return what an image was built on, how that is known, and whether that has moved on since.

        Raises:
            NotFoundError: No such image.
            UnsupportedError: An artifact that is no image.
        """
        from portcall.images.base import check_base_image

        return await self._inside(
            image_name,
            tag,
            platform,
            lambda image: check_base_image(image, self._on_the_word_of(image.reference)),
        )

    @answering
    async def get_vulnerabilities(
        self,
        image_name: arguments.ImageName,
        tag: arguments.TagArgument = "",
        platform: arguments.PlatformArgument = "",
        severity: arguments.Severity = "",
        limit: arguments.Limit = 50,
        cursor: arguments.Cursor = "",
    ) -> VulnerabilityList:
        """Return one page of what the registry's own scanner found in one image, the worst first."""
        reference = with_tag_argument(parse_reference(image_name), tag)
        question = VulnerabilityQuestion(severity, limit, cursor)
        wanted = platform_argument(platform)
        with self._naming_the_able("vulnerabilities"):
            return await self._about(
                reference,
                lambda backend: vulnerabilities(backend, reference, question, wanted, self._default_platform),
            )
