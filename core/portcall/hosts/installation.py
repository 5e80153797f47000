"""Portcall, put into a host's file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.errors import ConfigurationError, InvalidArgumentError
from portcall.hosts.foreign_file import read_file, real_file, replace_file, text_of
from portcall.hosts.json_merge import merge_json, servers_in_json
from portcall.hosts.toml_merge import merge_toml, servers_in_toml

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from portcall.hosts.host import Entry, Host
    from portcall.hosts.merge import Merge, State


@dataclass(frozen=True, slots=True)
class Installed:
    """What was done to a host's file.

    Args:
        state: ``"present"``: nothing, for the entry was there; else ``"added"`` or ``"replaced"``.
        file: The file, where links led.
        copy: The file as it was before; ``None`` where nothing was lost.
    """

    state: State
    file: Path
    copy: Path | None = None


def install(
    host: Host, file: Path, name: str, entry: Entry, *, force: bool = False, within: Path | None = None
) -> Installed:
    """Put an entry into a host's file; all else in it stays as it is, and a link stays one.

    Args:
        host: Whose file it is.
        file: The file, which is made where there is none.
        name: The server's name.
        entry: Its entry.
        force: Replace another entry of that name.
        within: The project's folder, where it is a project's file: no link leads out of it.

    Raises:
        ConfigurationError: The file is broken, or cannot be read or written; says where and why.
        InvalidArgumentError: There is another entry of that name, or a link leads out of the project.
    """
    real = real_file(file, within)
    before = read_file(real)
    try:
        merge = _merged(host, text_of(real, before), name, entry, force=force)
    except (ConfigurationError, InvalidArgumentError) as error:
        raise _in_file(error, real) from None
    if merge.state == "present":
        return Installed("present", real)
    return Installed(merge.state, real, replace_file(real, before, merge.text.encode()))


def servers_in(host: Host, file: Path) -> dict[str, Any] | None:
    """Return the servers of a host's file; ``None`` where there is no such file.

    Raises:
        ConfigurationError: It is broken, or cannot be read.
    """
    data = read_file(file)
    if data is None:
        return None
    text = text_of(file, data)
    try:
        if host.syntax == "toml":
            return servers_in_toml(text, host.key)
        return servers_in_json(text, host.key, lenient=host.syntax == "jsonc")
    except ConfigurationError as error:
        raise _in_file(error, file) from None


def _merged(host: Host, text: str, name: str, entry: Entry, *, force: bool) -> Merge:
    if host.syntax == "toml":
        return merge_toml(text, host.key, name, entry, force=force)
    return merge_json(text, host.key, name, entry, lenient=host.syntax == "jsonc", force=force)


def _in_file(
    error: ConfigurationError | InvalidArgumentError, file: Path
) -> ConfigurationError | InvalidArgumentError:
    if str(file) in error.message:
        return error
    return type(error)(f"{file}: {error.message}", hint=error.hint)
