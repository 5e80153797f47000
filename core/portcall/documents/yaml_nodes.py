"""YAML as a tree of marked nodes, nothing constructed.

The tree is built from PyYAML's events with a stack of our own: its composer recurses (in C, without a
bound), and its constructors are what billion-laughs documents are made for. An alias is the very node that
it names, so a document of *n* bytes never has more than *n* nodes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml
from yaml.reader import Reader

from portcall.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH = 64

# What YAML 1.1 reads as null, boolean or number where it is not quoted.
_NO_TEXT = re.compile(
    r"(?:~|null|true|false|yes|no|on|off|[-+]?(?:0x[0-9a-f_]+|[0-9][0-9_]*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?)"
    r"|[-+]?\.(?:inf|nan|[0-9]+))?\Z",
    re.IGNORECASE | re.ASCII,
)
_QUOTED = re.compile(r"'(?!<)[^']{2,}'|\"[^\"]{2,}\"")


@dataclass(slots=True, eq=False)
class Scalar:
    """A value without parts, as text."""

    value: str
    line: int
    plain: bool

    @property
    def is_text(self) -> bool:
        """Whether YAML reads it as text: quoted, or neither null, boolean nor number."""
        return not (self.plain and _NO_TEXT.match(self.value))


@dataclass(slots=True, eq=False)
class Sequence:
    """A list of nodes."""

    line: int
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Mapping:
    """Keys and values in their order; keys may be any nodes, and repeated."""

    line: int
    pairs: list[tuple[Node, Node]] = field(default_factory=list)
    pending: Node | None = None

    def get(self, name: str) -> Node | None:
        """Return the first value under this key."""
        for key, value in self.pairs:
            if isinstance(key, Scalar) and key.value == name:
                return value
        return None

    def text(self, name: str) -> str:
        """Return the value under this key if it is a scalar that is not null, else an empty text."""
        value = self.get(name)
        if not isinstance(value, Scalar) or (value.plain and value.value.lower() in {"", "~", "null"}):
            return ""
        return value.value


Node: TypeAlias = Scalar | Sequence | Mapping


def read_documents(content: str) -> list[Node]:
    """Return the root of every document in a YAML (or JSON) text.

    Raises:
        InvalidArgumentError: not YAML, a character that YAML forbids, an unknown alias, or nested deeper
            than 64; the message gives line and reason, and repeats nothing of the content.
    """
    if forbidden := Reader.NON_PRINTABLE.search(content):
        line = content.count("\n", 0, forbidden.start()) + 1
        raise _invalid("a control character", line)
    if content.lstrip()[:1] in {"{", "["}:
        content = content.replace("\t", "  ")  # JSON may be indented by tabs, YAML may not
    builder = _Builder()
    try:
        for event in _events(content):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = _QUOTED.sub("…", error.problem or error.context or "it cannot be read")
        raise _invalid(reason, mark.line + 1 if mark else 1, templated="{{" in content) from None
    except yaml.YAMLError:
        raise _invalid("it cannot be read", 1) from None
    return builder.roots


def _events(content: str) -> Iterator[Any]:
    # libyaml is some fifteen times as fast, and PyYAML may have been built without it.
    return iter(yaml.parse(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


class _Builder:
    """Makes a tree of events."""

    def __init__(self) -> None:
        self.roots: list[Node] = []
        self._open: list[Sequence | Mapping] = []
        self._anchors: dict[str, Node] = {}

    def take(self, event: Any) -> None:
        """Add one event of PyYAML's to the tree."""
        line = event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            self._add(event.anchor, Scalar(event.value, line, plain=bool(event.implicit[0])))
        elif isinstance(event, yaml.SequenceStartEvent):
            self._begin(event.anchor, Sequence(line))
        elif isinstance(event, yaml.MappingStartEvent):
            self._begin(event.anchor, Mapping(line))
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
        elif isinstance(event, yaml.AliasEvent):
            node = self._anchors.get(event.anchor or "")
            if node is None:
                raise _invalid("an alias without its anchor", line)
            self._attach(node)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._anchors = {}

    def _begin(self, anchor: str | None, node: Sequence | Mapping) -> None:
        self._add(anchor, node)
        self._open.append(node)
        if len(self._open) > MAX_DEPTH:
            raise _invalid(f"nested deeper than {MAX_DEPTH}", node.line)

    def _add(self, anchor: str | None, node: Node) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        self._attach(node)

    def _attach(self, node: Node) -> None:
        if not self._open:
            self.roots.append(node)
            return
        parent = self._open[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif parent.pending is None:
            parent.pending = node
        else:
            parent.pairs.append((parent.pending, node))
            parent.pending = None


def _invalid(reason: str, line: int, *, templated: bool = False) -> InvalidArgumentError:
    hint = "Give the whole document, as it is in its file."
    if templated:
        hint = "It holds template expressions: render it first (helm template), or give the references alone."
    return InvalidArgumentError(f"content is not valid YAML, line {line}: {reason}", hint=hint)
