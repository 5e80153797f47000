"""Pin an image by digest without MCP: portcall as a library, in the same process."""

from __future__ import annotations

import asyncio
import sys

from portcall import Portcall
from portcall.errors import NotFoundError, PortcallError
from portcall.models import ImageDetail


async def pin(portcall: Portcall, image: str, tag: str, platform: str) -> ImageDetail:
    """Return the details of ``image:tag``, or those of the newest stable version where there is no such tag."""
    try:
        return await portcall.get_image_details(image, tag=tag, platform=platform)
    except NotFoundError as error:
        print(f"{error.message}; candidates: {', '.join(error.candidates)}")
    tags = await portcall.search_tags(image)
    if tags.newest_stable is None:
        sys.exit(f"{image} has no stable version")
    return await portcall.get_image_details(image, tag=tags.newest_stable, platform=platform)


async def main(
    image: str = "localhost:5000/shop/gateway", tag: str = "1.4.20", platform: str = "linux/arm64"
) -> None:
    """Pin one image, with the configuration that the shell's commands use, too."""
    async with Portcall() as portcall:
        detail = await pin(portcall, image, tag, platform)
    print(f"pinned for {platform}: {detail.reference}")


if __name__ == "__main__":
    try:
        asyncio.run(main(*sys.argv[1:]))
    except PortcallError as error:
        sys.exit(f"{error.message}. {error.hint}")
