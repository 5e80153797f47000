"""Questions that the server puts to the client, as the protocol of 2026 sends them: in an answer."""

from __future__ import annotations

from typing import Any

from mcp_types import (
    CreateMessageRequest,
    CreateMessageRequestParams,
    ElicitRequest,
    ElicitRequestFormParams,
    InputRequiredResult,
    ListRootsRequest,
    SamplingMessage,
    TextContent,
)

Question = CreateMessageRequest | ListRootsRequest | ElicitRequest


def form(message: str, field: str, kind: str = "string") -> ElicitRequest:
    """Return the question for one value, which a person fills in."""
    schema: dict[str, Any] = {"type": "object", "properties": {field: {"type": kind}}, "required": [field]}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def sampled(prompt: str, max_tokens: int = 100) -> CreateMessageRequest:
    """Return the question that the client's model answers."""
    message = SamplingMessage(role="user", content=TextContent(text=prompt))
    return CreateMessageRequest(params=CreateMessageRequestParams(messages=[message], max_tokens=max_tokens))


def ask(questions: dict[str, Question], state: str | None = None) -> InputRequiredResult:
    """Return the answer that asks; ``state`` comes back with what the client answers."""
    return InputRequiredResult(input_requests=dict(questions), request_state=state)
