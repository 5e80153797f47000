"""A stand-in for the model, for where there is no key: it reads portcall's answers, and follows a script."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool


class ScriptedModel(BaseChatModel):
    """Asks for the tag, then for the newest stable version, and answers with what it read."""

    image: str
    tag: str
    platform: str

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return this model with the tools as a provider would be told of them."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        read = [str(message.text) for message in messages if isinstance(message, ToolMessage)]
        return ChatResult(generations=[ChatGeneration(message=self._next_step(read))])

    def _next_step(self, read: list[str]) -> AIMessage:
        match read:
            case []:
                return _call(
                    read, "get_image_details", image_name=self.image, tag=self.tag, platform=self.platform
                )
            case [missing] if "not_found" in missing:
                return _call(read, "search_tags", image_name=self.image)
            case [_, tags] if newest := _quoted("newest stable", tags):
                return _call(read, "get_image_details", image_name=self.image, tag=newest, platform=self.platform)
            case _:
                pinned = _quoted("- pinned", read[-1])
                return AIMessage(f"{read[0].splitlines()[0]}\n{pinned}" if pinned else read[-1])


def _call(read: list[str], tool: str, **arguments: Any) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": tool, "args": arguments, "id": f"call-{len(read)}"}])


def _quoted(label: str, text: str) -> str:
    """Return what stands between backticks after ``label``."""
    found = re.search(rf"{label}: `([^`]+)`", text)
    return found[1] if found else ""
