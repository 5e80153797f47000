"""The addresses that can be watched: an image's, by tag."""

from __future__ import annotations

from dataclasses import dataclass

from mcp.server.mcpserver import DEFAULT_RESOURCE_SECURITY
from mcp.shared.uri_template import UriTemplate

from portcall.errors import InvalidArgumentError
from portcall.reference import parse_reference, with_tag_argument

#: The resource that can be watched; :mod:`portcall.server.resources` serves it.
TEMPLATE = "docker://image/{+name}/{tag}"
#: Characters of an address; a name and a tag have at most 639, most of which could be percent-encoded.
MAX_CHARACTERS = 1024

_HINT = f"Subscribe to {TEMPLATE}, e.g. docker://image/nginx/1.27."


@dataclass(frozen=True, slots=True)
class TagAddress:
    """One tag, as a client named it.

    Args:
        uri: What the client wrote, and hears.
        name: Registry and repository, e.g. ``"docker.io/library/nginx"``.
        tag: The tag, e.g. ``"1.27"``.
    """

    uri: str
    name: str
    tag: str


class TagAddresses:
    """Reads addresses just as the resource is read."""

    def __init__(self) -> None:
        self._template = UriTemplate.parse(TEMPLATE)

    def read(self, uri: str) -> TagAddress:
        """Return the tag that ``uri`` names.

        Raises:
            InvalidArgumentError: It is no image's address, or that of a digest.
            InvalidReferenceError: The image's name cannot be read.
        """
        parts = self._template.match(uri) if len(uri) <= MAX_CHARACTERS else None
        if parts is None or DEFAULT_RESOURCE_SECURITY.validate(parts) is not None:
            raise InvalidArgumentError("that is no address of an image", hint=_HINT)
        reference = with_tag_argument(parse_reference(str(parts["name"])), str(parts["tag"]))
        if reference.digest is not None:
            raise InvalidArgumentError(
                "an image by digest never changes, so there is nothing to wait for",
                hint="Subscribe to a tag of it instead.",
            )
        return TagAddress(uri, reference.name, reference.identifier)
