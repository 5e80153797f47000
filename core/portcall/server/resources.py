"""Resources: the same text as the tools', under addresses."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from portcall.call import call_at_hand
from portcall.errors import NotFoundError
from portcall.reference import parse_reference, with_tag_argument
from portcall.reference.name import reads_as_digest
from portcall.server.freshness import Lasting
from portcall.server.subscriptions.address import TEMPLATE as IMAGE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from mcp.server.mcpserver import MCPServer

    from portcall.gateway import Portcall
    from portcall.models import Answer, DockerfileInfo, ImageDetail, RegistryList
    from portcall.reference import Reference
    from portcall.server.reading import Reader

IMAGES = "docker://images/{+query}"
TAGS = "docker://tags/{+name}"
DOCKERFILE = "docker://dockerfile/{+name}/{tag}"
REGISTRIES = "docker://registries"
_IMAGE_SHORT, _DOCKERFILE_SHORT = "docker://image/{+name}", "docker://dockerfile/{+name}"
#: What people write who leave the tag out, or behind the name: read like the long forms, and not listed.
SHORT_FORMS = frozenset({_IMAGE_SHORT, _DOCKERFILE_SHORT})

_MARKDOWN = "text/markdown"


def add_resources(server: MCPServer[Any], reader: Reader, tools: Collection[str]) -> None:
    """Give ``server`` its resources.

    Args:
        server: The server.
        reader: Reads the gateway as whoever asks has it.
        tools: The tools that are offered: what none of them tells, no resource tells either.
    """
    adding = {
        "list_registries": _add_registries,
        "search_images": _add_images,
        "search_tags": _add_tags,
        "get_image_details": _add_image,
        "get_dockerfile": _add_dockerfile,
    }
    for tool, add in adding.items():
        if tool in tools:
            add(server, reader)


def _add_registries(server: MCPServer[Any], reader: Reader) -> None:
    @server.resource(
        REGISTRIES,
        name="registries",
        title="Registries",
        description="The registries that are known here, what each can be asked, as list_registries.",
        mime_type=_MARKDOWN,
    )
    async def registries() -> str:
        return await reader.read(_registries, _for_minutes)


async def _registries(portcall: Portcall) -> RegistryList:
    answer = await portcall.list_registries()
    if any(info.credentials != "none" or info.api_credentials for info in answer.registries):
        # That there are credentials is its owner's business, though none were shown to anybody.
        call_at_hand().is_private = True
    return answer


def _add_images(server: MCPServer[Any], reader: Reader) -> None:
    @server.resource(
        IMAGES,
        name="images",
        title="Image search",
        description="Images on Docker Hub by words, as search_images.",
        mime_type=_MARKDOWN,
    )
    async def images(query: str) -> str:
        return await reader.read(
            lambda portcall: portcall.search_images(query),
            _for_minutes,
            goes_on_with="search_images, with the same query",
        )


def _add_tags(server: MCPServer[Any], reader: Reader) -> None:
    @server.resource(
        TAGS,
        name="tags",
        title="Tags",
        description="An image's tags, newest version first, as search_tags.",
        mime_type=_MARKDOWN,
    )
    async def tags(name: str) -> str:
        return await reader.read(
            lambda portcall: portcall.search_tags(name),
            _for_minutes,
            goes_on_with="search_tags, with the same image_name",
        )


def _add_image(server: MCPServer[Any], reader: Reader) -> None:
    async def told(name: str, tag: str) -> str:
        async def ask(portcall: Portcall) -> ImageDetail:
            with _naming_the_form(IMAGE, tag):
                return await portcall.get_image_details(str(_reference(name, tag)))

        return await reader.read(ask, lambda _: _lasting(name, tag))

    @server.resource(
        IMAGE,
        name="image",
        title="Image details",
        description="One image by name (slashes plain or as %2F) and tag or digest, as get_image_details.",
        mime_type=_MARKDOWN,
    )
    async def image(name: str, tag: str) -> str:
        return await told(name, tag)

    @server.resource(_IMAGE_SHORT, name="image_short", mime_type=_MARKDOWN)
    async def image_short(name: str) -> str:
        return await told(name, "")


def _add_dockerfile(server: MCPServer[Any], reader: Reader) -> None:
    async def told(name: str, tag: str) -> str:
        async def ask(portcall: Portcall) -> DockerfileInfo:
            with _naming_the_form(DOCKERFILE, tag):
                return await portcall.get_dockerfile(str(_reference(name, tag)))

        def lasting(answer: DockerfileInfo) -> Lasting:
            # A digest fixes its provenance; sources move, and provenance that is not there yet may follow.
            return _lasting(name, tag) if answer.origin == "provenance" else Lasting.BY_TAG

        return await reader.read(ask, lasting)

    @server.resource(
        DOCKERFILE,
        name="dockerfile",
        title="Dockerfile",
        description="The Dockerfile of one image, and whether it is the real one, as get_dockerfile.",
        mime_type=_MARKDOWN,
    )
    async def dockerfile(name: str, tag: str) -> str:
        return await told(name, tag)

    @server.resource(_DOCKERFILE_SHORT, name="dockerfile_short", mime_type=_MARKDOWN)
    async def dockerfile_short(name: str) -> str:
        return await told(name, "")


def _reference(name: str, tag: str) -> Reference:
    """Return the image that an address names; the name's last part may carry the tag or digest itself.

    Raises:
        InvalidReferenceError: The name cannot be read, or the tag.
        InvalidArgumentError: They contradict each other.
    """
    if "@" in tag or (":" in tag and not reads_as_digest(tag.partition(":")[0])):
        name, tag = f"{name}/{tag}", ""  # docker://image/grafana/grafana:11.0
    return with_tag_argument(parse_reference(name), tag)


def _lasting(name: str, tag: str) -> Lasting:
    return Lasting.FIXED if _reference(name, tag).digest else Lasting.BY_TAG


def _for_minutes(_: Answer) -> Lasting:
    return Lasting.LISTED


@contextlib.contextmanager
def _naming_the_form(template: str, tag: str) -> Iterator[None]:
    """Tell whoever left the tag out that a name's last part was taken for it: ``docker://image/acme/app``."""
    try:
        yield
    except NotFoundError as error:
        if tag.isalpha() and tag != "latest":
            error.hint = f"{error.hint} The last part of the address is the tag: {template}.".strip()
        raise
