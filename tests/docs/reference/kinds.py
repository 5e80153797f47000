"""Types as people read them."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

_PLAIN: dict[Any, str] = {
    str: "text",
    int: "number",
    float: "number",
    bool: "true or false",
    Any: "anything",
    NoneType: "null",
}


def kind_of(annotation: Any, link: str = "{name}") -> str:
    """Return a type in words.

    Args:
        annotation: The type.
        link: What stands for a model, by its name and ``anchor``.
    """
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return kind_of(inner[0], link)
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in inner)
    if origin in {Union, UnionType}:
        return " or ".join(kind_of(each, link) for each in inner)
    if origin in {tuple, list, frozenset}:
        return f"list of {_many(kind_of(inner[0], link))}" if inner else "list"
    if origin is dict or annotation is dict:
        values = kind_of(inner[1], link) if inner else "anything"
        return "object" if values == "anything" else f"object of {_many(values)}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return link.format(name=annotation.__name__, anchor=annotation.__name__.lower())
    return _PLAIN[annotation]


def _many(kind: str) -> str:
    return {"text": "texts", "number": "numbers"}.get(kind, kind)


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """Return the models that a type is made of, in order."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in models_in(inner)]


def limits_of(metadata: list[Any]) -> str:
    """Return the bounds that pydantic holds a value to, in words."""
    low = high = ""
    for bound in metadata:
        for name in ("ge", "gt", "min_length"):
            value = getattr(bound, name, None)
            if value is not None:
                low = f"{'over ' if name == 'gt' else ''}{_written(value)}"
        for name in ("le", "lt", "max_length"):
            value = getattr(bound, name, None)
            if value is not None:
                high = f"{'under ' if name == 'lt' else ''}{_written(value)}"
    if low and high:
        return f"{low} to {high}"
    return f"at least {low}" if low else f"at most {high}" if high else ""


def _written(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
