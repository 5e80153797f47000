"""Prompts: plain, with arguments, with content other than text, and one that asks first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver import Context, UserMessage
from mcp.server.mcpserver.prompts import Prompt
from mcp_types import ElicitResult, InputRequiredResult
from tests.conformance.prescribed.answers import embedded, picture
from tests.conformance.prescribed.questions import ask, form

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer


def test_simple_prompt() -> str:
    """A prompt without arguments."""
    return "This is a simple prompt for testing."


def test_prompt_with_arguments(arg1: str, arg2: str) -> str:
    """A prompt with two arguments."""
    return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"


def test_prompt_with_embedded_resource(resourceUri: str) -> list[UserMessage]:  # noqa: N803 - prescribed
    """A prompt that brings a resource along."""
    return [
        UserMessage(embedded(resourceUri, "Embedded resource content for testing.")),
        UserMessage("Please process the embedded resource above."),
    ]


def test_prompt_with_image() -> list[UserMessage]:
    """A prompt that brings an image along."""
    return [UserMessage(picture()), UserMessage("Please analyze the image above.")]


def test_input_required_result_prompt(ctx: Context[Any, Any]) -> str | InputRequiredResult:
    """A prompt that asks for its context first."""
    answer = (ctx.input_responses or {}).get("user_context")
    if isinstance(answer, ElicitResult):
        return f"Context: {(answer.content or {}).get('context')}"
    return ask({"user_context": form("What context should the prompt use?", "context")})


def add_to(server: MCPServer[Any]) -> None:
    """Give ``server`` the prompts."""
    for prompt in (
        test_simple_prompt,
        test_prompt_with_arguments,
        test_prompt_with_embedded_resource,
        test_prompt_with_image,
        test_input_required_result_prompt,
    ):
        server.add_prompt(Prompt.from_function(prompt))
