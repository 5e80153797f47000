"""Adding a server to a host's JSON, where all else stays to the letter: comments, order, indentation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from portcall.errors import ConfigurationError
from portcall.hosts.json_text import JsonTextError, JsonValue, read_json, skip_gap
from portcall.hosts.merge import Merge, check_replaceable

if TYPE_CHECKING:
    from portcall.hosts.host import Entry
    from portcall.hosts.merge import State

_UNIT = "  "


def merge_json(text: str, key: str, name: str, entry: Entry, *, lenient: bool, force: bool) -> Merge:
    """Return a host's file with a server in it.

    Args:
        text: The file as it is; blank for a new one.
        key: The object that holds the servers; made where there is none.
        name: The server's name.
        entry: Its entry.
        lenient: Whether the host reads comments and trailing commas.
        force: Replace another entry of that name.

    Raises:
        ConfigurationError: The file is broken, or not of that form.
        InvalidArgumentError: There is another entry of that name.
    """
    if not text.strip("\ufeff \t\r\n"):
        return Merge(f"{json.dumps({key: {name: entry}}, indent=_UNIT)}\n", "added")
    root = _read(text, lenient=lenient)
    edit = _Edit(text, root)
    holder = _member(root, key, "it")
    if holder is None:
        return _checked(edit.add(root, key, {name: entry}), root.data | {key: {name: entry}}, "added")
    if not isinstance(holder.data, dict):
        raise ConfigurationError(f"{key} is no object", hint=_BY_HAND)
    wanted = root.data | {key: holder.data | {name: entry}}
    old = _member(holder, name, key)
    if old is None:
        return _checked(edit.add(holder, name, entry), wanted, "added")
    if old.data == entry:
        return Merge(text, "present")
    check_replaceable(name, old.data, entry, force=force)
    return _checked(edit.replace(old, entry), wanted, "replaced")


def servers_in_json(text: str, key: str, *, lenient: bool) -> dict[str, Any]:
    """Return the servers of a host's file.

    Raises:
        ConfigurationError: The file is broken.
    """
    if not text.strip("\ufeff \t\r\n"):
        return {}
    holder = _member(_read(text, lenient=lenient), key, "it")
    return holder.data if holder is not None and isinstance(holder.data, dict) else {}


_BY_HAND = "Put it right by hand, or add what `portcall config` prints without --install."


def _read(text: str, *, lenient: bool) -> JsonValue:
    try:
        root = read_json(text, lenient=lenient)
    except JsonTextError as error:
        raise ConfigurationError(f"it is no JSON: {error}", hint=_BY_HAND) from None
    if not isinstance(root.data, dict):
        raise ConfigurationError("it is no JSON object", hint=_BY_HAND)
    return root


def _member(holder: JsonValue, key: str, where: str) -> JsonValue | None:
    found = [member.value for member in holder.members if member.key == key]
    if len(found) > 1:
        raise ConfigurationError(f"{where} has {key} more than once", hint=_BY_HAND)
    return found[0] if found else None


def _checked(text: str, wanted: dict[str, Any], state: State) -> Merge:
    """Return the new text, if it says what it should: nobody's settings hang on a mistake of ours."""
    if read_json(text, lenient=True).data != wanted:
        raise ConfigurationError("the entry cannot be put in place by itself", hint=_BY_HAND)
    return Merge(text, state)


class _Edit:
    """One change of a text, in the text's own style."""

    def __init__(self, text: str, root: JsonValue) -> None:
        self._text = text
        self._newline = "\r\n" if "\r\n" in text else "\n"
        first = self._indent(root.members[0].start) if root.members else None
        self._unit = first or _UNIT

    def replace(self, old: JsonValue, data: Any) -> str:
        written = self._written(data, self._line_indent(old.start))
        return self._text[: old.start] + written + self._text[old.end :]

    def add(self, holder: JsonValue, key: str, data: Any) -> str:
        """Return the text with a member more, after the last one."""
        text = self._text
        inside = text[holder.start : holder.end]
        if not holder.members:
            return self._add_first(holder, key, data)
        last = holder.members[-1]
        end = last.value.end
        comma = skip_gap(text, end)
        has_comma = text.startswith(",", comma)
        end = comma + 1 if has_comma else end
        own_indent = self._indent(last.start)
        if "\n" not in inside:
            new = f" {json.dumps(key)}: {json.dumps(data)}"
            place = end
        else:
            indent = self._line_indent(holder.start) + self._unit if own_indent is None else own_indent
            new = f"{self._newline}{indent}{json.dumps(key)}: {self._written(data, indent)}"
            place = self._past_remarks(end)
        before = text[:end] + ("" if has_comma else ",") + text[end:place]
        return before + new + ("," if has_comma else "") + text[place:]

    def _add_first(self, holder: JsonValue, key: str, data: Any) -> str:
        text, outer = self._text, self._line_indent(holder.start)
        indent = outer + self._unit
        new = f"{self._newline}{indent}{json.dumps(key)}: {self._written(data, indent)}"
        rest = text[holder.start + 1 : holder.end - 1]
        if "\n" not in rest:  # a comment may be in there
            rest = rest.rstrip() + self._newline + outer
        return text[: holder.start + 1] + new + rest + text[holder.end - 1 :]

    def _written(self, data: Any, indent: str) -> str:
        return json.dumps(data, indent=self._unit).replace("\n", self._newline + indent)

    def _line_indent(self, position: int) -> str:
        start = self._text.rfind("\n", 0, position) + 1
        line = self._text[start:position].lstrip("\ufeff")
        return line[: len(line) - len(line.lstrip(" \t"))]

    def _indent(self, position: int) -> str | None:
        """Return the white space before a member that is the first thing on its line."""
        start = self._text.rfind("\n", 0, position) + 1
        before = self._text[start:position]
        return before if start and not before.strip(" \t") else None

    def _past_remarks(self, position: int) -> int:
        """Return where the comments end that stand after a member, on its line: they belong to it."""
        text, end = self._text, position
        while True:
            start = end + len(text[end:]) - len(text[end:].lstrip(" \t"))
            if text.startswith("//", start):
                stops = [place for place in (text.find("\r", start), text.find("\n", start)) if place >= 0]
                return min(stops, default=len(text))
            close = text.find("*/", start) + 2
            if not text.startswith("/*", start) or "\n" in text[start:close]:
                return end
            end = close
