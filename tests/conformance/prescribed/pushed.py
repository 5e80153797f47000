"""Tools that ask as 2025 does: by requests of the server's own, in the middle of a call.

They need a connection back to the client, which a stateless server has not: see the baseline.
"""

from __future__ import annotations

from typing import Any

from mcp.server.mcpserver import Context
from mcp_types import ElicitResult, SamplingMessage, TextContent

_PLAIN = ["option1", "option2", "option3"]


async def test_sampling(prompt: str, ctx: Context[Any, Any]) -> str:
    """Ask the client's model."""
    message = SamplingMessage(role="user", content=TextContent(text=prompt))
    answer = await ctx.session.create_message([message], max_tokens=100, related_request_id=ctx.request_id)
    return f"LLM response: {answer.content}"


async def test_elicitation(message: str, ctx: Context[Any, Any]) -> str:
    """Ask for a user name and a mail address."""
    words = {
        "username": {"type": "string", "description": "User's response"},
        "email": {"type": "string", "description": "User's email address"},
    }
    answer = await _asked(ctx, message, words, required=["username", "email"])
    return f"User response: {_told(answer)}"


async def test_elicitation_sep1034_defaults(ctx: Context[Any, Any]) -> str:
    """Ask with a default for every kind of value."""
    fields: dict[str, dict[str, Any]] = {
        "name": {"type": "string", "default": "John Doe"},
        "age": {"type": "integer", "default": 30},
        "score": {"type": "number", "default": 95.5},
        "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
        "verified": {"type": "boolean", "default": True},
    }
    return f"Elicitation completed: {_told(await _asked(ctx, 'Please review', fields))}"


async def test_elicitation_sep1330_enums(ctx: Context[Any, Any]) -> str:
    """Ask for one or several of a few values, in all five ways."""
    titled = [
        {"const": f"value{n}", "title": f"{word} Option"} for n, word in enumerate(("First", "Second", "Third"), 1)
    ]
    fields: dict[str, dict[str, Any]] = {
        "untitledSingle": {"type": "string", "enum": _PLAIN},
        "titledSingle": {"type": "string", "oneOf": titled},
        "legacyEnum": {
            "type": "string",
            "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"],
        },
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": _PLAIN}},
        "titledMulti": {"type": "array", "items": {"anyOf": titled}},
    }
    return f"Elicitation completed: {_told(await _asked(ctx, 'Please choose', fields))}"


async def _asked(
    ctx: Context[Any, Any], message: str, fields: dict[str, dict[str, Any]], required: list[str] | None = None
) -> ElicitResult:
    schema = {"type": "object", "properties": fields, "required": required or []}
    answer: ElicitResult = await ctx.session.elicit_form(message, schema, related_request_id=ctx.request_id)
    return answer


def _told(answer: ElicitResult) -> str:
    return f"action={answer.action}, content={answer.content}"


TOOLS = (test_sampling, test_elicitation, test_elicitation_sep1034_defaults, test_elicitation_sep1330_enums)
