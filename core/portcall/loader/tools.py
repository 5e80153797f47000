"""Tools that plugins add: looked at before they are offered, and named so that nobody's name is taken."""

from __future__ import annotations

import inspect
import json
import re
import warnings
from collections import Counter
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from portcall.models import Answer, Page
from portcall.plugin_tool import RESERVED, TOOLSET, PluginTool
from portcall.toolspec import ToolSpec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from portcall.loader.source import PluginSource

#: Most tools of one plugin, and bytes that each may take in the list of tools, which every conversation pays for.
MOST_TOOLS = 16
MOST_BYTES = 4096
#: Bytes that the tools of all plugins together may take: as many as half of portcall's own.
MOST_BYTES_OF_ALL = 12 << 10
_ROOM = f"{MOST_BYTES_OF_ALL:,} bytes of the list"
_LONGEST_TITLE, _LONGEST_DESCRIPTION = 100, 1000
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
#: What an argument may be: what every host, and every model's provider, can carry.
_TAKEN = "a text, a number, a boolean, or a list of these; one that may be left out has a default of its type"


@dataclass(frozen=True, slots=True)
class ToolOffer:
    """A tool and the plugin that adds it.

    Args:
        source: The plugin.
        spec: The tool as it is offered; its method is the plugin's own function.
        tool: The tool as its plugin wrote it down.
    """

    source: PluginSource
    spec: ToolSpec
    tool: PluginTool

    @property
    def prefixed(self) -> str:
        """The name that it gets where its own is taken: ``portcall_harbor_projects``."""
        return f"{re.sub(r'[^a-z0-9]+', '_', self.source.distribution.lower())}_{self.tool.name}"

    def renamed(self, name: str) -> ToolOffer:
        """Return the same tool under another name."""
        return replace(self, spec=replace(self.spec, name=name))


def tool_offers(source: PluginSource, offered: Iterable[object]) -> list[ToolOffer]:
    """Return the tools that a plugin adds, each looked at.

    Raises:
        TypeError: One is no tool, or of the wrong kind.
        ValueError: One has no proper name or description, there are too many, or one takes too much.
    """
    # What a generator offers may have no end.
    tools = list(islice(offered, MOST_TOOLS + 1))
    if len(tools) > MOST_TOOLS:
        raise ValueError(f"offers more than {MOST_TOOLS} tools")
    offers = [_offer(source, tool) for tool in tools]
    for name, times in Counter(offer.spec.name for offer in offers).items():
        if times > 1:
            raise ValueError(f"offers the tool {name} twice")
    return offers


def named_apart(offers: Iterable[ToolOffer]) -> tuple[list[ToolOffer], list[tuple[ToolOffer, str]]]:
    """Name each tool as nobody else's, whatever the order in which they came.

    Returns:
        The tools as they are offered, in alphabetical order; and those that even their distribution's name does
        not tell from another, each with the reason.
    """
    offers = list(offers)
    times = Counter(offer.spec.name for offer in offers)
    free = {name for name, count in times.items() if count == 1 and name not in RESERVED}
    kept = [offer for offer in offers if offer.spec.name in free]
    moved = [offer for offer in offers if offer.spec.name not in free]
    claims = Counter(offer.prefixed for offer in moved)
    lost: list[tuple[ToolOffer, str]] = []
    for offer in moved:
        name = offer.prefixed
        if name in free | RESERVED or claims[name] > 1 or not _NAME.match(name):
            lost.append((offer, f"its tool {offer.tool.name} has a name that is taken, and {name} is no better"))
        else:
            kept.append(offer.renamed(name))
    return sorted(kept, key=lambda offer: offer.spec.name), lost


def within_budget(offers: Iterable[ToolOffer]) -> tuple[list[ToolOffer], list[tuple[ToolOffer, str]]]:
    """Keep as many tools as the list of tools has room for, whoever's they are.

    Returns:
        The tools that stay, in their order; and those that do not, each with the reason.
    """
    kept: list[ToolOffer] = []
    lost: list[tuple[ToolOffer, str]] = []
    room = MOST_BYTES_OF_ALL
    for offer in offers:
        size = _size(offer.spec)
        if size <= room:
            kept.append(offer)
            room -= size
        else:
            lost.append((offer, f"its tool {offer.tool.name} finds no room: all plugins' tools have {_ROOM}"))
    return kept, lost


def _offer(source: PluginSource, tool: object) -> ToolOffer:
    if not isinstance(tool, PluginTool):
        raise TypeError(f"offers a {type(tool).__name__} where a PluginTool is due")
    _check_words(tool)
    function: object = tool.function
    if not inspect.iscoroutinefunction(function):
        raise TypeError(f"the function of its tool {tool.name} is no coroutine function (async def)")
    render: object = tool.render
    if render is not None and (not callable(render) or inspect.iscoroutinefunction(render)):
        raise TypeError(f"the render of its tool {tool.name} is no plain function")
    if not isinstance(tool.writes, bool):
        raise TypeError(f"its tool {tool.name} writes neither True nor False")
    spec = ToolSpec(tool.name, tool.title, tool.description, TOOLSET, function, source.qualified, tool.writes)
    _check_signature(spec)
    _check_size(spec)
    return ToolOffer(source, spec, tool)


def _check_words(tool: PluginTool) -> None:
    # Authors who do not check types hand over anything.
    name: object = tool.name
    if not isinstance(name, str) or not _NAME.match(name):
        raise ValueError(f"{str(name)[:70]!r} is no name for a tool: small letters, digits and _, 64 at most")
    told: tuple[tuple[str, object, int], ...] = (
        ("title", tool.title, _LONGEST_TITLE),
        ("description", tool.description, _LONGEST_DESCRIPTION),
    )
    for what, text, most in told:
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"its tool {name} has no {what}")
        if len(text) > most:
            raise ValueError(f"the {what} of its tool {name} has {len(text):,} characters; {most:,} are the most")


def _check_signature(spec: ToolSpec) -> None:
    """Build both schemas, so that whatever is wrong with them is said now.

    Raises:
        TypeError: They cannot be built, or hold what hosts cannot carry.
    """
    _check_parameters(spec)
    try:
        with warnings.catch_warnings():
            # A name that pydantic has a use for, or a default that is no JSON.
            warnings.simplefilter("error")
            fields, answer = spec.arguments.model_json_schema()["properties"], spec.answer
    except Exception as error:
        raise TypeError(
            f"the signature of its tool {spec.name} cannot be used: {type(error).__name__}: {error}"
        ) from error
    _check_answer(spec.name, answer)
    for name, field in fields.items():
        if not _is_plain(field):
            raise TypeError(f"the argument {name} of its tool {spec.name} is not {_TAKEN}")


def _check_parameters(spec: ToolSpec) -> None:
    signature = inspect.signature(spec.method)
    first = next(iter(signature.parameters.values()), None)
    if first is None or first.kind not in {first.POSITIONAL_ONLY, first.POSITIONAL_OR_KEYWORD}:
        raise TypeError(f"the function of its tool {spec.name} does not take the gateway as its first argument")
    for each in spec.signature.values():
        if each.kind not in {each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY}:
            raise TypeError(f"the function of its tool {spec.name} takes {each}, which has no name of its own")
    missing = [name for name, each in spec.signature.items() if each.annotation is each.empty]
    if signature.return_annotation is signature.empty:
        missing.append("its answer")
    if missing:
        raise TypeError(f"the function of its tool {spec.name} has no annotation for {', '.join(missing)}")


def _is_plain(field: dict[str, Any]) -> bool:
    kind = field.get("type")
    if kind == "array":
        return _is_plain(field.get("items", {}))
    return kind in {"string", "integer", "number", "boolean"}


def _check_answer(name: str, answer: object) -> None:
    if not (isinstance(answer, type) and issubclass(answer, Answer)):
        raise TypeError(f"the answer of its tool {name} is no subclass of portcall.models.Answer")
    if issubclass(answer, Page):
        rows = answer.model_fields.get(getattr(answer, "rows_field", ""))
        if rows is None or getattr(rows.annotation, "__origin__", None) is not tuple:
            raise TypeError(f"the rows_field of its tool {name}'s answer names no field that is a tuple")


def _check_size(spec: ToolSpec) -> None:
    size = _size(spec)
    if size > MOST_BYTES:
        raise ValueError(f"its tool {spec.name} takes {size:,} bytes of the list; {MOST_BYTES:,} are the most")


def _size(spec: ToolSpec) -> int:
    """Return the bytes that a tool takes of the list of tools."""
    listed = (spec.name, spec.title, spec.description, spec.input_schema, spec.output_schema)
    return len(json.dumps(listed, ensure_ascii=False).encode())
