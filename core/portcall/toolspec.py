"""A tool: a method of the gateway or a plugin's function, its arguments checked, its schemas slim."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from portcall.call_event import CallFinished, shape
from portcall.errors import PortcallError
from portcall.logs import get_logger
from portcall.tool_refusal import refusal
from portcall.tool_schema import input_schema, output_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from portcall.caller import Scope
    from portcall.gateway import Portcall
    from portcall.models import Answer
    from portcall.progress import Progress


_log = get_logger("portcall.calls")


@dataclass(frozen=True)
class ToolSpec:
    """One tool.

    Args:
        name: As SPEC names it.
        title: For people.
        description: For the model that chooses.
        toolset: ``discovery``, ``inspect`` …
        method: The gateway's method; its signature, but for the gateway itself, is the tool's.
        plugin: Whose it is, where it is a plugin's: ``"portcall-harbor:harbor"``.
        writes: Whether it changes something anywhere.
    """

    name: str
    title: str
    description: str
    toolset: str
    method: Callable[..., Any]
    plugin: str = ""
    writes: bool = False

    @property
    def scope(self) -> Scope:
        """What a caller over HTTP has to be allowed."""
        return "write" if self.writes else "read"

    @cached_property
    def signature(self) -> dict[str, inspect.Parameter]:
        """The method's parameters by name, but for the first, which is the gateway."""
        parameters = inspect.signature(self.method).parameters
        return dict(list(parameters.items())[1:])

    @cached_property
    def arguments(self) -> type[BaseModel]:
        """The arguments as a model that takes no others."""
        hints = _hints(self.method)
        fields: dict[str, Any] = {
            name: (hints[name], ... if parameter.default is inspect.Parameter.empty else parameter.default)
            for name, parameter in self.signature.items()
            if name != "progress"
        }
        config = ConfigDict(extra="forbid", hide_input_in_errors=True)
        return create_model(f"{self.name}_arguments", __config__=config, **fields)

    @cached_property
    def answer(self) -> type[Answer]:
        """The model that the tool answers with."""
        answer: type[Answer] = _hints(self.method)["return"]
        return answer

    @cached_property
    def input_schema(self) -> dict[str, Any]:
        """The arguments' JSON schema, as published."""
        return input_schema(self.arguments)

    @cached_property
    def output_schema(self) -> dict[str, Any]:
        """The answer's JSON schema, as published."""
        return output_schema(self.answer)

    def checked(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return every argument with its value, as the method takes them.

        Raises:
            InvalidArgumentError: One is unknown, missing, or out of range; named, its value not told.
        """
        known = self.arguments.model_fields
        # Hosts send null, or an empty text, for what they do not give.
        given = {name: value for name, value in arguments.items() if name not in known or _is_given(value)}
        try:
            values = self.arguments.model_validate(given)
        except ValidationError as error:
            raise refusal(self.name, list(known), error) from None
        return {name: getattr(values, name) for name in known}

    async def run(
        self, portcall: Portcall, arguments: Mapping[str, Any], progress: Progress | None = None
    ) -> Answer:
        """Check the arguments, and return the tool's answer.

        Raises:
            InvalidArgumentError: An argument is not one that the tool takes.
            PortcallError: Whatever the method raises.
        """
        try:
            values = self.checked(arguments)
        except PortcallError as error:
            _log.info("tool_refused", tool=self.name, outcome=error.code)
            # What nobody knows might be a value, in the place of a name.
            known = self.arguments.model_fields.keys() & arguments.keys()
            shapes = {name: shape(arguments[name]) for name in sorted(known)}
            caller = portcall.caller.name if portcall.caller else ""
            portcall.listeners.tell(CallFinished(self.name, error.code, arguments=shapes, caller=caller))
            raise
        if "progress" in self.signature:
            values["progress"] = progress
        answer: Answer = await self.method(portcall, **values)
        return answer


def _is_given(value: Any) -> bool:
    return value is not None and value != ""


def _hints(method: Callable[..., Any]) -> dict[str, Any]:
    # Annotations are strings, and these names are known to type checkers only.
    return get_type_hints(method, localns={"Progress": object, "Portcall": object}, include_extras=True)
