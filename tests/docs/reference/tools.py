"""``docs/reference/tools``: every tool, a page for each toolset."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.docs.reference.attributes import attribute_docs
from tests.docs.reference.errors import code_of
from tests.docs.reference.fields import argument_meaning, usual_meaning
from tests.docs.reference.kinds import kind_of, limits_of, models_in
from tests.docs.reference.markdown import block, code, page, plain, prose, summary, table

from portcall.models import Answer, ErrorInfo, Page
from portcall.tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo
    from tests.docs.reference.example import Example

    from portcall.toolspec import ToolSpec

#: What each toolset is for; ``--toolsets`` takes their names.
TOOLSETS = {
    "discovery": "Which registries, images, repositories and people there are.",
    "inspect": "One image, its tags, whether it exists, and how two of them differ.",
    "content": "What is inside an image, without pulling it.",
    "dockerfile": "How an image was built, and whether a Dockerfile is well written.",
    "supply-chain": "What an image was built on, and what is known to be wrong with it.",
}

INTRODUCTION = """\
The same tools, arguments and answers at every door: over MCP, as `portcall call TOOL key=value …` at the shell,
and as methods of `portcall.Portcall` in Python. All of them read, and change nothing anywhere.

- **Images** are named as Docker names them: `nginx`, `grafana/grafana:11.1.0`, `ghcr.io/acme/app@sha256:…`,
  `localhost:5000/app`; also `docker://…`, `oci://…`, and web addresses such as
  `https://hub.docker.com/_/nginx`. A name may carry tag and digest; `tag` is for hosts that keep it apart.
- **Sizes** are bytes, compressed unless the name says otherwise; times RFC 3339, UTC. What a registry does not
  tell is null, never a guess.
- **Answers** come twice: Markdown, which is what a model reads and suffices by itself, and the typed JSON that
  the tables tell of. Over MCP both are cut at the same whole row, at 20,000 characters, and say so.
- **Lists** carry `next_cursor`, which asks for the rows that follow, and `total`, where the registry tells. Any
  answer may carry `warnings`; `stale` and `as_of` where it is from a cache because the registry could not be
  asked.
- **Errors** are answers, too: [the errors](../errors.md) tells which, and what to do."""

#: Of every answer, and told once.
_SHARED = frozenset(Page.model_fields) | frozenset(Answer.model_fields)


def toolset_pages(examples: Mapping[str, Example]) -> dict[str, str]:
    """Return the pages by path, the index among them."""
    pages = {
        f"tools/{toolset}.md": page(
            f"Tools: {toolset}",
            told,
            *(part for spec in TOOLS if spec.toolset == toolset for part in _tool(spec, examples[spec.name])),
        )
        for toolset, told in TOOLSETS.items()
    }
    return {"tools/index.md": _index(), "tools/answers.md": answers_page(), **pages}


def undocumented(tools: Iterable[ToolSpec] = TOOLS) -> list[str]:
    """Return the tools, arguments and answers that nothing is said of."""
    missing = []
    for spec in tools:
        if not (spec.description and summary(spec.method)) or spec.toolset not in TOOLSETS:
            missing.append(spec.name)
        fields = spec.arguments.model_fields
        missing += [
            f"{spec.name}({name})"
            for name, field in fields.items()
            if not (field.description or argument_meaning(spec.name, name))
        ]
        missing += [each for model in [spec.answer, *_nested([spec.answer])] for each in _unsaid(model)]
    return missing


def _unsaid(model: type[BaseModel]) -> list[str]:
    fields = [f"{model.__name__}.{name.strip('`')}" for name, _, told in _fields(model) if not told]
    return fields if summary(model) else [model.__name__, *fields]


def _index() -> str:
    parts = [INTRODUCTION]
    for toolset, told in TOOLSETS.items():
        rows = (
            [f"[`{spec.name}`]({toolset}.md#{spec.name})", plain(spec.description)]
            for spec in TOOLS
            if spec.toolset == toolset
        )
        parts += [f"## {toolset}", told, table(("tool", "what it answers"), rows)]
    return page("Tools", *parts)


def _tool(spec: ToolSpec, example: Example) -> list[str]:
    returned = summary(spec.method).removeprefix("Return ").removesuffix(".")
    return [
        f"## `{spec.name}` {{ #{spec.name} }}",
        plain(spec.description),
        table(("argument", "type", "default", "meaning"), _arguments(spec)),
        f"**Answers** with {returned}: {_link(spec.answer)}.",
        table(("field", "type", "meaning"), _fields(spec.answer)),
        *_raises(spec),
        "**For example**, an agent's call and what it reads:",
        block(example.call, "python"),
        block(example.text, "markdown"),
    ]


def _arguments(spec: ToolSpec) -> Iterable[list[str]]:
    schema = spec.arguments.model_json_schema()["properties"]
    for name, field in spec.arguments.model_fields.items():
        choices = schema[name].get("enum")
        yield [
            code(name),
            ", ".join(code(each) for each in choices) if choices else _kind(field),
            "required" if field.is_required() else code(json.dumps(field.default)),
            argument_meaning(spec.name, name) or plain(field.description or ""),
        ]


def _kind(field: FieldInfo) -> str:
    """Return what an argument is, and its bounds."""
    kind, limits = kind_of(field.annotation), limits_of(field.metadata)
    unit = {"text": " characters", "number": ""}.get(kind, " entries")
    return f"{kind}, {limits}{unit}" if limits else kind


def _raises(spec: ToolSpec) -> list[str]:
    lines = (spec.method.__doc__ or "").partition("Raises:")[2].strip().splitlines()
    causes: list[str] = []
    for line in lines:
        name, colon, cause = line.strip().partition(": ")
        error = code_of(name) if colon else None
        causes.append(f"- [`{error}`](../errors.md#{error}): {cause}" if error else f"  {line.strip()}")
    return ["**Errors** beside those that any question about a registry has:", "\n".join(causes)] if causes else []


# Answers


def answers_page() -> str:
    """Return the page of what answers are made of."""
    models = _nested([spec.answer for spec in TOOLS])
    parts: list[str] = []
    models = [ErrorInfo, *sorted((each for each in models if each is not ErrorInfo), key=_name)]
    for model in models:
        parts += [f"## {model.__name__}", prose(model.__doc__ or ""), _table_of(model)]
    introduction = (
        "The parts of the answers that the tools' own tables link to. In Python they are frozen pydantic models "
        "of `portcall.models`."
    )
    return page("What answers are made of", introduction, *parts)


def _table_of(model: type[BaseModel]) -> str:
    return table(("field", "type", "meaning"), _fields(model, here=""))


def models() -> list[type[BaseModel]]:
    """Return every answer, and what answers are made of."""
    return list(dict.fromkeys([*(spec.answer for spec in TOOLS), *_nested(spec.answer for spec in TOOLS)]))


def _nested(models: Iterable[type[BaseModel]]) -> list[type[BaseModel]]:
    """Return the models that fields of these are made of, and so on."""
    found: list[type[BaseModel]] = []
    waiting = list(models)
    while waiting:
        for field in waiting.pop(0).model_fields.values():
            new = [model for model in models_in(field.annotation) if model not in found]
            found += new
            waiting += new
    return found


def _name(model: type[BaseModel]) -> str:
    return model.__name__


def _fields(model: type[BaseModel], here: str = "answers.md") -> Iterable[list[str]]:
    docs = attribute_docs(model)
    for name, field in model.model_fields.items():
        if (issubclass(model, Answer) and name in _SHARED) or field.exclude:
            continue
        kind = kind_of(field.annotation, f"[{{name}}]({here}#{{anchor}})")
        yield [code(name), kind, prose(docs.get(name) or usual_meaning(model, name))]


def _link(model: type[BaseModel]) -> str:
    return code(model.__name__)
