"""Tools that answer with questions first, which is how 2026 asks: elicitation, sampling, roots, and state."""

from __future__ import annotations

from typing import Annotated, Any

from mcp.server.mcpserver import Context, Resolve
from mcp.server.mcpserver.resolve import Sample
from mcp_types import (
    CreateMessageResult,
    ElicitResult,
    InputRequiredResult,
    ListRootsRequest,
    ListRootsResult,
    SamplingMessage,
    TextContent,
)
from tests.conformance.prescribed.questions import Question, ask, form, sampled


def _filled_in(ctx: Context[Any, Any], key: str, field: str) -> Any:
    """Return what a person filled in under ``key``; ``None`` without an acceptable answer."""
    answer = (ctx.input_responses or {}).get(key)
    if isinstance(answer, ElicitResult) and answer.action == "accept":
        return (answer.content or {}).get(field)
    return None


async def test_input_required_result_elicitation(ctx: Context[Any, Any]) -> str | InputRequiredResult:
    """Ask for a name."""
    name = _filled_in(ctx, "user_name", "name")
    return f"Hello, {name}!" if isinstance(name, str) else ask({"user_name": form("What is your name?", "name")})


async def test_input_required_result_sampling(ctx: Context[Any, Any]) -> str | InputRequiredResult:
    """Ask the client's model."""
    answer = (ctx.input_responses or {}).get("capital_question")
    if isinstance(answer, CreateMessageResult) and isinstance(answer.content, TextContent):
        return answer.content.text
    return ask({"capital_question": sampled("What is the capital of France?")})


async def test_input_required_result_list_roots(ctx: Context[Any, Any]) -> str | InputRequiredResult:
    """Ask for the client's roots."""
    answer = (ctx.input_responses or {}).get("client_roots")
    if isinstance(answer, ListRootsResult):
        return ", ".join(str(root.uri) for root in answer.roots)
    return ask({"client_roots": ListRootsRequest()})


async def test_input_required_result_request_state(ctx: Context[Any, Any]) -> str | InputRequiredResult:
    """Ask for a confirmation, and know again what was asked."""
    if ctx.request_state == "asked once" and _filled_in(ctx, "confirm", "ok") is True:
        return "state-ok"
    return ask({"confirm": form("Please confirm", "ok", "boolean")}, "asked once")


async def test_input_required_result_tampered_state(ctx: Context[Any, Any]) -> str | InputRequiredResult:
    """Ask for a confirmation, under state that nobody may change."""
    return await test_input_required_result_request_state(ctx)


async def test_input_required_result_multiple_inputs(ctx: Context[Any, Any]) -> str | InputRequiredResult:
    """Ask three questions at once."""
    questions: dict[str, Question] = {
        "user_name": form("What is your name?", "name"),
        "greeting": sampled("Generate a greeting", 50),
        "client_roots": ListRootsRequest(),
    }
    if ctx.request_state == "three" and questions.keys() <= (ctx.input_responses or {}).keys():
        return "All three were answered."
    return ask(questions, "three")


async def test_input_required_result_multi_round(ctx: Context[Any, Any]) -> str | InputRequiredResult:
    """Ask twice, one question after the other."""
    name = _filled_in(ctx, "step1", "name")
    color = _filled_in(ctx, "step2", "color")
    if ctx.request_state == "round-1" and name is not None:
        return ask({"step2": form("Step 2: What is your favorite color?", "color")}, "round-2")
    if ctx.request_state == "round-2" and color is not None:
        return f"The color is {color}."
    return ask({"step1": form("Step 1: What is your name?", "name")}, "round-1")


async def test_input_required_result_capabilities(ctx: Context[Any, Any]) -> str | InputRequiredResult:
    """Ask only what the client says it can answer."""
    able = ctx.client_capabilities
    questions: dict[str, Question] = {}
    if able is not None and able.elicitation is not None:
        questions["user_name"] = form("What is your name?", "name")
    if able is not None and able.sampling is not None:
        questions["greeting"] = sampled("Generate a greeting", 50)
    return ask(questions) if questions and not ctx.input_responses else "There is nothing to ask."


async def test_streaming_elicitation(ctx: Context[Any, Any]) -> InputRequiredResult:
    """Report progress, then ask: on the stream, which carries no request of the server's own."""
    await ctx.report_progress(0, 1)
    return ask({"user_name": form("What is your name?", "name")})


async def _ask_the_model() -> Sample:
    message = SamplingMessage(role="user", content=TextContent(text="Are you there?"))
    return Sample([message], max_tokens=10)


async def test_missing_capability(answer: Annotated[CreateMessageResult, Resolve(_ask_the_model)]) -> str:
    """Ask the client's model, whether or not the client has any: the SDK has to refuse."""
    return answer.model


TOOLS = (
    test_input_required_result_elicitation,
    test_input_required_result_sampling,
    test_input_required_result_list_roots,
    test_input_required_result_request_state,
    test_input_required_result_tampered_state,
    test_input_required_result_multiple_inputs,
    test_input_required_result_multi_round,
    test_input_required_result_capabilities,
    test_streaming_elicitation,
    test_missing_capability,
)
