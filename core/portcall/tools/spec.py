"""A tool: a method of the gateway, its arguments checked, its schemas slim."""

from __future__ import annotations

import difflib
import inspect
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from portcall.errors import InvalidArgumentError
from portcall.render.untrusted import plain_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from portcall.gateway import Portcall
    from portcall.models import Answer
    from portcall.progress import Progress

#: What schemas repeat that no reader needs.
_NOISE = frozenset({"title"})


@dataclass(frozen=True)
class ToolSpec:
    """One tool.

    Args:
        name: As SPEC names it.
        title: For people.
        description: For the model that chooses.
        toolset: ``discovery``, ``inspect`` …
        method: The gateway's method; its signature is the tool's.
    """

    name: str
    title: str
    description: str
    toolset: str
    method: Callable[..., Any]

    @cached_property
    def _signature(self) -> dict[str, inspect.Parameter]:
        parameters = inspect.signature(self.method).parameters
        return {name: parameter for name, parameter in parameters.items() if name != "self"}

    @cached_property
    def arguments(self) -> type[BaseModel]:
        """The arguments as a model that takes no others."""
        hints = _hints(self.method)
        fields: dict[str, Any] = {
            name: (hints[name], ... if parameter.default is inspect.Parameter.empty else parameter.default)
            for name, parameter in self._signature.items()
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
        """The arguments' JSON schema, without titles."""
        schema: dict[str, Any] = _without_noise(self.arguments.model_json_schema())
        return schema

    @cached_property
    def output_schema(self) -> dict[str, Any]:
        """The answer's JSON schema: top-level fields by name and type, nothing required, and ``error``.

        Strict clients validate errors against it too, and a value that a registry invents tomorrow must not
        fail a page.
        """
        schema = self.answer.model_json_schema(mode="serialization")
        properties = {name: _loose(field) for name, field in schema["properties"].items()}
        return {"type": "object", "properties": properties | {"error": {"type": "object"}}}

    async def run(
        self, portcall: Portcall, arguments: Mapping[str, Any], progress: Progress | None = None
    ) -> Answer:
        """Check the arguments, and return the tool's answer.

        Raises:
            InvalidArgumentError: An argument is unknown, missing, or out of range; named, its value not told.
            PortcallError: Whatever the method raises.
        """
        try:
            checked = self.arguments.model_validate(dict(arguments))
        except ValidationError as error:
            raise self._refusal(error) from None
        values = {name: getattr(checked, name) for name in self.arguments.model_fields}
        if "progress" in self._signature:
            values["progress"] = progress
        answer: Answer = await self.method(portcall, **values)
        return answer

    def _refusal(self, error: ValidationError) -> InvalidArgumentError:
        known = list(self.arguments.model_fields)
        faults: list[str] = []
        near: list[str] = []
        for fault in error.errors(include_url=False, include_context=False, include_input=False)[:5]:
            name = plain_line(str(fault["loc"][0]), 60) if fault["loc"] else "?"
            if fault["type"] == "extra_forbidden":
                faults.append(f"unknown argument '{name}'")
                near += difflib.get_close_matches(name, known, n=1)
            elif fault["type"] == "missing":
                faults.append(f"argument '{name}' is missing")
            else:
                message = fault["msg"].removeprefix("Value error, ").removeprefix("Input ")
                faults.append(f"argument '{name}' {message}")
        return InvalidArgumentError(
            f"{self.name}: {'; '.join(faults)}", hint=f"It takes {', '.join(known)}.", candidates=near
        )


def _hints(method: Callable[..., Any]) -> dict[str, Any]:
    # The gateway's own annotations are strings, and `Progress` is known to type checkers only.
    return get_type_hints(method, localns={"Progress": object}, include_extras=True)


def _without_noise(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_noise(item) for key, item in value.items() if not _is_noise(key, item)}
    return [_without_noise(item) for item in value] if isinstance(value, list) else value


def _is_noise(key: str, item: Any) -> bool:
    # `additionalProperties: false` stays: it tells a model that nothing else is taken.
    return key in _NOISE and isinstance(item, str)


def _loose(field: Mapping[str, Any]) -> dict[str, Any]:
    """Return a field's JSON type or types alone."""
    if "$ref" in field:
        return {"type": "object"}
    types = [_loose(option)["type"] for option in field.get("anyOf", ())] or [field.get("type", "object")]
    return {"type": types[0] if len(types) == 1 else types}
