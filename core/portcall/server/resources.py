"""Resources: the same text as the tools', under addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError

from portcall.errors import InvalidArgumentError, InvalidReferenceError, NotFoundError, PortcallError
from portcall.render import fitted, fitted_error

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp.server.mcpserver import MCPServer

    from portcall.gateway import Portcall
    from portcall.models import Answer

_ABSENT = (NotFoundError, InvalidReferenceError, InvalidArgumentError)


def add_resources(server: MCPServer[Any], gateway: Callable[[], Portcall]) -> None:
    """Give ``server`` its resources, read from the gateway as whoever asks has it."""

    @server.resource(
        "docker://image/{+name}/{tag}",
        name="image",
        title="Image details",
        description="One image by name (slashes plain or as %2F) and tag or digest, as get_image_details.",
        mime_type="text/markdown",
    )
    async def image(name: str, tag: str) -> str:
        return await _text(gateway().get_image_details(name, tag))

    @server.resource(
        "docker://images/{+query}",
        name="images",
        title="Image search",
        description="Images on Docker Hub by words, as search_images.",
        mime_type="text/markdown",
    )
    async def images(query: str) -> str:
        return await _text(gateway().search_images(query))


async def _text(answer: Awaitable[Answer]) -> str:
    """Return an answer's text, within the budget.

    Raises:
        ResourceNotFoundError: There is no such thing.
        ResourceError: Looking failed.
    """
    try:
        return fitted(await answer).text
    except _ABSENT as error:
        raise ResourceNotFoundError(fitted_error(error).text) from None
    except PortcallError as error:
        raise ResourceError(fitted_error(error).text) from None
