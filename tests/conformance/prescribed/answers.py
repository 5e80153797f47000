"""Tools that answer by themselves: each kind of content, errors, progress, log lines, special schemas."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Annotated, Any

import anyio
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import AudioContent, EmbeddedResource, ImageContent, TextContent, TextResourceContents
from pydantic import Field

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

#: One red pixel.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
)
#: Eight samples of silence.
_WAV = (
    b"RIFF\x2c\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00"
    b"data\x08\x00\x00\x00" + b"\x80" * 8
)
_PAUSE = 0.05

_SCHEMA_2020_12 = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


def picture() -> ImageContent:
    return ImageContent(data=base64.b64encode(PNG).decode(), mime_type="image/png")


def embedded(uri: str, text: str, mime_type: str = "text/plain") -> EmbeddedResource:
    return EmbeddedResource(resource=TextResourceContents(uri=uri, text=text, mime_type=mime_type))


async def test_simple_text() -> str:
    """Answer with a text."""
    return "This is a simple text response for testing."


async def test_image_content() -> ImageContent:
    """Answer with an image."""
    return picture()


async def test_audio_content() -> AudioContent:
    """Answer with a sound."""
    return AudioContent(data=base64.b64encode(_WAV).decode(), mime_type="audio/wav")


async def test_embedded_resource() -> EmbeddedResource:
    """Answer with an embedded resource."""
    return embedded("test://embedded-resource", "This is an embedded resource content.")


async def test_multiple_content_types() -> list[TextContent | ImageContent | EmbeddedResource]:
    """Answer with a text, an image and a resource."""
    return [
        TextContent(text="Multiple content types test:"),
        picture(),
        embedded("test://mixed-content-resource", '{"test":"data","value":123}', "application/json"),
    ]


async def test_error_handling() -> str:
    """Fail."""
    raise ToolError("This tool intentionally returns an error for testing")


async def test_tool_with_progress(ctx: Context[Any, Any]) -> str:
    """Report progress three times."""
    for done in (0, 50, 100):
        await ctx.report_progress(done, 100)
        await anyio.sleep(_PAUSE)
    return "Progress was reported."


async def test_tool_with_logging(ctx: Context[Any, Any]) -> str:
    """Log three lines."""
    for line in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await ctx.info(line)
        await anyio.sleep(_PAUSE)
    return "Lines were logged."


async def test_logging_tool(ctx: Context[Any, Any]) -> str:
    """Log a line, for those who asked for any."""
    await ctx.info("A line")
    return "A line was logged."


async def test_header_parameter(
    region: Annotated[
        str, Field(description="Sent as a header, too.", json_schema_extra={"x-mcp-header": "Region"})
    ],
) -> str:
    """Answer with the argument that is a header as well."""
    return region


async def json_schema_2020_12_tool() -> str:
    """Tool with JSON Schema 2020-12 features."""
    return "Its schema is what matters."


def keep_whole_schema(server: MCPServer[Any]) -> None:
    """Give one tool a schema with words that no signature could say."""
    tool = server._tool_manager.get_tool(json_schema_2020_12_tool.__name__)
    assert tool is not None
    tool.parameters = _SCHEMA_2020_12


TOOLS = (
    test_simple_text,
    test_image_content,
    test_audio_content,
    test_embedded_resource,
    test_multiple_content_types,
    test_error_handling,
    test_tool_with_progress,
    test_tool_with_logging,
    test_logging_tool,
    test_header_parameter,
    json_schema_2020_12_tool,
)
