"""A stand-in for the model, for where there is no key: it reads portcall's answers, and follows a script."""

from __future__ import annotations

import json
import re
from typing import Any

from agents.testing import ModelCall, ScriptedModel, assistant_message, function_call


def scripted_model(image: str, tag: str, platform: str) -> ScriptedModel:
    """Return a model that asks for the tag, then for the newest stable version, and answers with what it read."""

    def next_step(call: ModelCall) -> list[Any]:
        read = _read(call)
        match read:
            case []:
                return _ask(read, "get_image_details", image_name=image, tag=tag, platform=platform)
            case [missing] if "not_found" in missing:
                return _ask(read, "search_tags", image_name=image)
            case [_, tags] if newest := _quoted("newest stable", tags):
                return _ask(read, "get_image_details", image_name=image, tag=newest, platform=platform)
            case _:
                pinned = _quoted("- pinned", read[-1]) or None
                answer = {"reference": pinned, "why": read[0] if pinned else read[-1]}
                return [assistant_message(json.dumps(answer))]

    return ScriptedModel([{"responder": next_step}] * 4)


def _ask(read: list[str], tool: str, **arguments: Any) -> list[Any]:
    return [function_call(tool, arguments, call_id=f"call-{len(read)}")]


def _read(call: ModelCall) -> list[str]:
    """Return the texts of all tools' answers so far."""
    if isinstance(call.input, str):
        return []
    outputs = [item["output"] for item in call.input if item.get("type") == "function_call_output"]
    return [output if isinstance(output, str) else output[0]["text"] for output in outputs]


def _quoted(label: str, text: str) -> str:
    """Return what stands between backticks after ``label``."""
    found = re.search(rf"{label}: `([^`]+)`", text)
    return found[1] if found else ""
