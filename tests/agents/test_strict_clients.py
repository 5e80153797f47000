"""Strict clients (the TypeScript SDK, the Python SDK) validate every answer, errors included: none may fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from tests.core.render.answers import ANSWERS, ERRORS

from portcall.render import fitted, fitted_error
from portcall.tools import TOOLS, ToolSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

TOOL_OF = {spec.answer: spec for spec in TOOLS}
EVERY_TOOL = pytest.mark.parametrize("spec", TOOLS, ids=lambda spec: spec.name)


def validate(structured: dict[str, Any], spec: ToolSpec) -> None:
    jsonschema.Draft202012Validator(spec.output_schema).validate(structured)
    # MCP's default dialect is the newest; clients that know only the old one have to agree.
    jsonschema.Draft7Validator(spec.output_schema).validate(structured)


@EVERY_TOOL
def test_both_schemas_are_schemas(spec: ToolSpec):
    for schema in (spec.input_schema, spec.output_schema):
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.Draft7Validator.check_schema(schema)


def test_there_is_an_answer_of_every_kind():
    assert {type(answer) for answer in ANSWERS.values()} == set(TOOL_OF)


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_what_its_tool_promises(name: str):
    answer = ANSWERS[name]
    validate(fitted(answer).structured, TOOL_OF[type(answer)])


@EVERY_TOOL
@pytest.mark.parametrize("code", ERRORS)
def test_an_error_of_any_tool_is_what_the_tool_promises(spec: ToolSpec, code: str):
    structured = fitted_error(ERRORS[code]).structured
    validate(structured, spec)
    assert structured["error"].keys() == {
        "code",
        "message",
        "hint",
        "registry",
        "reference",
        "retry_after",
        "candidates",
    }


@pytest.mark.parametrize("name", ANSWERS)
def test_what_a_registry_invents_tomorrow_fails_no_page(name: str):
    answer = ANSWERS[name]
    for changed in tomorrow(fitted(answer).structured):
        validate(changed, TOOL_OF[type(answer)])


def tomorrow(value: Any) -> Iterator[Any]:
    """Yield an answer with a new field, or an unheard-of value, in each place below the top."""
    if isinstance(value, dict):
        yield {**value, "invented": {"tomorrow": [None]}}
        for key, item in value.items():
            yield from ({**value, key: changed} for changed in tomorrow(item))
    elif isinstance(value, list):
        yield [*value, {"invented": "tomorrow"}]
        for place, item in enumerate(value):
            yield from ([*value[:place], changed, *value[place + 1 :]] for changed in tomorrow(item))
    elif isinstance(value, str):
        yield "application/vnd.invented.tomorrow"


@pytest.mark.parametrize("spec", [spec for spec in TOOLS if "image_name" in spec.input_schema["properties"]])
def test_arguments_that_fit_the_schema_are_taken(spec: ToolSpec):
    needed = spec.input_schema.get("required", ["image_name"])
    arguments = {"image_name": "nginx"} | dict.fromkeys(needed, "nginx")
    jsonschema.validate(arguments, spec.input_schema)
    assert spec.checked(arguments)["image_name"] == "nginx"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**arguments, "invented": 1}, spec.input_schema)
