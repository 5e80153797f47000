"""``docs/reference/plugin-api.md``: every name that a plugin, its tests, or a program may import."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from typing import TYPE_CHECKING, Any

from tests.docs.reference.attributes import module_docs
from tests.docs.reference.markdown import code, page, prose, summary, table

from portcall.plugin import RegistryBackend

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: The public face, and what each part is for.
MODULES = {
    "portcall": "What a program imports: the gateway, whose methods are the tools.",
    "portcall.plugin": "What a plugin is written against.",
    "portcall.models": "What tools answer with; [what answers are made of](tools/answers.md) has their fields.",
    "portcall.errors": "What may be raised; [the errors](errors.md) tells when.",
    "portcall.settings": "The configuration, for tests; [every key](configuration.md).",
    "portcall.testing": "A registry that runs in the test, and images to put in it.",
    "portcall.testing.quirks": "Ways in which real registries misbehave, one class each.",
    "portcall.testing.contract": "The tests that every backend has to pass.",
}

INTRODUCTION = """\
All that a plugin imports is `portcall.plugin`, `portcall.models`, `portcall.errors`, and `portcall.Portcall`,
the type of what its tools are given; its tests import `portcall.settings` and `portcall.testing`, too. This
stays compatible within a major version; nothing else does. The docstrings tell the rest:
`help(portcall.plugin.RegistryBackend)`."""


def names_of(module: str) -> list[str]:
    """Return the public names of a module, in alphabetical order."""
    public = importlib.import_module(module)
    listed = getattr(public, "__all__", None) or [
        name
        for name, value in vars(public).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == module
    ]
    return sorted(listed, key=str.lower)


def undocumented(modules: Iterable[str] | None = None) -> list[str]:
    """Return the public names that nothing is said of."""
    names = [(module, name) for module in modules or MODULES for name in names_of(module)]
    missing = [f"{module}.{name}" for module, name in names if not meaning(module, name)]
    return missing + [f"RegistryBackend.{name}" for name, value in _methods() if not summary(value)]


def plugin_api_page() -> str:
    """Return the page."""
    parts: list[str] = []
    for module, told in MODULES.items():
        rows = ([code(name), meaning(module, name)] for name in names_of(module))
        parts += [f"## `{module}` {{ #{module} }}", told, table(("name", "what it is"), rows)]
        if module == "portcall.plugin":
            parts += ["### What a backend may override", prose(RegistryBackend.__doc__ or "").split("\n\n")[0]]
            parts += [table(("method", "what it returns"), _overridable())]
    return page("The plugin API", INTRODUCTION, *parts)


def meaning(module: str, name: str) -> str:
    """Return the first words of what is written of a name; empty where nothing is."""
    value = getattr(importlib.import_module(module), name)
    if inspect.ismodule(value):
        return summary(value)
    if inspect.isclass(value) or inspect.isroutine(value):
        own = value.__dict__.get("__doc__") if inspect.isclass(value) else value.__doc__
        return "" if not own or own.startswith(f"{value.__name__}(") else summary(own)
    return _constant(name, value)


def _constant(name: str, value: Any) -> str:
    """Return what is written beside a constant, above it or below it, where it is assigned."""
    for each in sorted(known for known in sys.modules if known.partition(".")[0] == "portcall"):
        source = sys.modules[each]
        if getattr(source, name, None) is not value or not getattr(source, "__file__", None):
            continue
        if name in module_docs(each):
            return summary(module_docs(each)[name])
        above = re.search(rf"((?:^#: .*\n)+){name}\b[^\n=]*=", inspect.getsource(source), re.MULTILINE)
        if above:
            return prose(above[1].replace("#: ", ""))
    return ""


def _methods() -> list[tuple[str, Any]]:
    return [
        (name, value)
        for name, value in vars(RegistryBackend).items()
        if not name.startswith("_") and (inspect.isroutine(value) or isinstance(value, property))
    ]


def _overridable() -> Iterator[list[str]]:
    for name, value in _methods():
        called = code(name if isinstance(value, property) else f"{name}()")
        yield [called, summary(value)]
