"""``docs/reference/hooks.md``: every hook that a plugin may implement."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from textwrap import dedent
from typing import Any

from tests.docs.reference.markdown import block, code, page, prose, table

from portcall import hookspecs

Hooks = dict[str, Callable[..., Any]]

INTRODUCTION = """\
A plugin is a module, or an object, that an entry point in the group `portcall.plugins` names. It implements any
of these hooks, each with as many of its arguments as it needs, marked with `portcall.plugin.hookimpl`. What it
may import is in [the plugin API](plugin-api.md); [Write a plugin](../how-to/write-a-plugin.md) takes ten
minutes."""


def hooks() -> Hooks:
    """Return every hook by name, in the order of the source."""
    return {
        name: function
        for name, function in vars(hookspecs).items()
        if inspect.isfunction(function) and hasattr(function, f"{hookspecs.PROJECT}_spec")
    }


def undocumented(found: Hooks | None = None) -> list[str]:
    """Return the hooks without description, example or what is returned, and the arguments without a meaning."""
    missing: list[str] = []
    for name, hook in (hooks() if found is None else found).items():
        told = _sections(hook)
        missing += [name] if not all(told.get(part, "").strip() for part in ("", "Example", "Returns")) else []
        told_of = {argument for argument, _ in _arguments(told.get("Args", ""))}
        missing += [f"{name}({each})" for each in inspect.signature(hook).parameters if each not in told_of]
    return missing


def hooks_page() -> str:
    """Return the page."""
    promise = prose((inspect.getdoc(hookspecs) or "").partition("What is promised: ")[2])
    rows = ([f"[`{name}`](#{name})", _summary(hook)] for name, hook in hooks().items())
    parts = [part for name, hook in hooks().items() for part in _one(name, hook)]
    return page(
        "Hooks",
        INTRODUCTION,
        table(("hook", "what for"), rows),
        f"What is promised: {promise}",
        *parts,
    )


def _one(name: str, hook: Callable[..., Any]) -> list[str]:
    told = _sections(hook)
    example = dedent(told["Example"].partition(".. code-block:: python\n")[2])
    signature = str(inspect.signature(hook)).replace("'", "")
    return [
        f"## `{name}` {{ #{name} }}",
        block(f"def {name}{signature}: ...", "python"),
        prose(told[""]),
        table(
            ("argument", "meaning"), ([code(each), prose(meaning)] for each, meaning in _arguments(told["Args"]))
        ),
        f"**Returns** {_lowered(prose(told['Returns']))}",
        block(example, "python"),
    ]


def _summary(hook: Callable[..., Any]) -> str:
    return prose((inspect.getdoc(hook) or "").partition("\n\n")[0])


def _sections(hook: Callable[..., Any]) -> dict[str, str]:
    first, *parts = re.split(r"^(Example|Args|Returns):$", inspect.getdoc(hook) or "", flags=re.MULTILINE)
    return {"": first} | dict(zip(parts[::2], parts[1::2], strict=True))


def _arguments(told: str) -> list[tuple[str, str]]:
    return re.findall(r"^ {4}(\w+): ((?:.+\n?(?: {8}.*\n?)*))", told, re.MULTILINE)


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
