"""A stand-in for the model, for where there is no key: it reads portcall's answers, and follows a script."""

from __future__ import annotations

import re

from pydantic_ai.messages import ModelMessage, ModelResponse, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel


def scripted_model(image: str, tag: str, platform: str) -> FunctionModel:
    """Return a model that asks for the tag, then for the newest stable version, and answers with what it read."""

    def next_step(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        parts = [part for message in messages for part in message.parts]
        read = [str(part.content) for part in parts if isinstance(part, ToolReturnPart)]
        match read:
            case []:
                call = ToolCallPart("get_image_details", {"image_name": image, "tag": tag, "platform": platform})
            case [missing] if "not_found" in missing:
                call = ToolCallPart("search_tags", {"image_name": image})
            case [_, tags] if newest := _quoted("newest stable", tags):
                wanted = {"image_name": image, "tag": newest, "platform": platform}
                call = ToolCallPart("get_image_details", wanted)
            case _:
                pinned = _quoted("- pinned", read[-1]) or None
                answer = {"reference": pinned, "why": read[0] if pinned else read[-1]}
                call = ToolCallPart(info.output_tools[0].name, answer)
        return ModelResponse(parts=[call])

    return FunctionModel(next_step)


def _quoted(label: str, text: str) -> str:
    """Return what stands between backticks after ``label``."""
    found = re.search(rf"{label}: `([^`]+)`", text)
    return found[1] if found else ""
