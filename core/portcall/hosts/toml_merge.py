"""Adding a server to a host's TOML: a table at the end, and all else as it is."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

from portcall.errors import ConfigurationError
from portcall.hosts.merge import Merge, check_replaceable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portcall.hosts.host import Entry


def merge_toml(text: str, key: str, name: str, entry: Entry, *, force: bool) -> Merge:
    """Return a host's file with a server in it.

    Args:
        text: The file as it is; blank for a new one.
        key: The table that holds the servers; made where there is none.
        name: The server's name.
        entry: Its entry.
        force: Replace another entry of that name.

    Raises:
        ConfigurationError: The file is broken, or not of that form.
        InvalidArgumentError: There is another entry of that name.
    """
    root = _read(text)
    servers = root.get(key, {})
    if not isinstance(servers, dict):
        raise ConfigurationError(f"{key} is no table", hint=_BY_HAND)
    wanted = root | {key: servers | {name: entry}}
    if name not in servers:
        return _checked(_appended(text, toml_table(key, name, entry)), wanted, Merge(text, "added"))
    if servers[name] == entry:
        return Merge(text, "present")
    check_replaceable(name, servers[name], entry, force=force)
    return _checked(_replaced(text, key, name, entry), wanted, Merge(text, "replaced"))


def servers_in_toml(text: str, key: str) -> dict[str, Any]:
    """Return the servers of a host's file.

    Raises:
        ConfigurationError: The file is broken.
    """
    servers = _read(text).get(key, {})
    return servers if isinstance(servers, dict) else {}


def toml_table(key: str, name: str, entry: Entry) -> str:
    """Return an entry as a table of its own."""
    lines = [f"[{key}.{name}]"]
    lines += [f"{field} = {_value(value)}" for field, value in entry.items()]
    return "\n".join(lines) + "\n"


_BY_HAND = "Put it right by hand, or add what `portcall config` prints without --install."


def _value(value: str | list[str] | Mapping[str, Any]) -> str:
    if isinstance(value, str):
        # A TOML string's escapes are JSON's, but for one character that JSON leaves as it is.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return f"[{', '.join(_value(item) for item in value)}]"
    return f"{{ {', '.join(f'{json.dumps(field)} = {_value(item)}' for field, item in value.items())} }}"


def _read(text: str) -> dict[str, Any]:
    try:
        # Numbers as they are written: one that is none ("nan") equals itself then.
        return tomllib.loads(text.removeprefix("\ufeff"), parse_float=str)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "it is nested too deeply"
        raise ConfigurationError(f"it is no TOML: {reason}", hint=_BY_HAND) from None


def _appended(text: str, table: str) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    if text and not text.endswith("\n"):
        text += newline
    return text + (newline if text.strip() else "") + table.replace("\n", newline)


def _replaced(text: str, key: str, name: str, entry: Entry) -> str:
    import tomlkit  # late: hardly ever wanted
    from tomlkit.exceptions import TOMLKitError
    from tomlkit.items import InlineTable

    newline = "\r\n" if "\r\n" in text else "\n"
    try:
        document = tomlkit.parse(text)
        # By its own account tomlkit returns "whatever is there"; what comes of it is compared before it is used.
        servers: Any = document[key]
        # What stands on one line takes no table, which has lines of its own.
        table = (
            f"{key} = {_value({name: entry})}"
            if isinstance(servers, InlineTable)
            else toml_table(key, name, entry)
        )
        fresh: Any = tomlkit.parse(table.replace("\n", newline))[key]
        servers[name] = fresh[name]
        return tomlkit.dumps(document)
    except (TOMLKitError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        # It has forms of which it knows only halfway down that it cannot write them.
        raise ConfigurationError("the entry cannot be replaced by itself", hint=_BY_HAND) from None


def _checked(text: str, wanted: dict[str, Any], merge: Merge) -> Merge:
    """Return the new text, if it says what it should: nobody's settings hang on a mistake of ours."""
    try:
        is_right = _read(text) == wanted
    except ConfigurationError:
        is_right = False
    if not is_right:
        raise ConfigurationError("the entry cannot be put in place by itself", hint=_BY_HAND)
    return Merge(text, merge.state)
