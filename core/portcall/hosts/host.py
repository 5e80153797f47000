"""What is known of one MCP host: the form of its configuration, and its places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: ``json`` is read to the letter by its host; ``jsonc`` may hold comments and trailing commas.
Syntax = Literal["json", "jsonc", "toml"]
#: A server's entry, as the host's file has it.
Entry = dict[str, str | list[str] | dict[str, str]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file is, on whichever machine.

    Args:
        base: The variable that names the folder: ``HOME``, or another one of ``places.BASES``.
        path: The file, below it.
    """

    base: str
    path: str


@dataclass(frozen=True, slots=True)
class Places:
    """Where a person's own file is, by platform.

    Args:
        linux: On Linux, and everywhere else.
        darwin: On macOS.
        windows: On Windows.
    """

    linux: Place
    darwin: Place
    windows: Place

    @classmethod
    def same(cls, base: str, path: str) -> Places:
        """Return the places of a host that looks in one place, wherever it runs."""
        place = Place(base, path)
        return cls(place, place, place)


@dataclass(frozen=True, slots=True)
class RemoteForm:
    """How a host writes down a server that is reached over HTTP.

    Args:
        url_key: The key of its URL.
        fixed: Keys and values that each such entry has.
        bearer_key: The key that names the variable with the token, where the host has one of its own; it
            sends an ``Authorization`` header otherwise.
    """

    url_key: str = "url"
    fixed: tuple[tuple[str, str], ...] = ()
    bearer_key: str = ""


@dataclass(frozen=True, slots=True)
class Host:
    """One MCP host.

    Args:
        name: What ``portcall config`` calls it.
        title: What people call it.
        syntax: Of its file.
        key: The table that holds the servers.
        user: The person's own file.
        next_step: What to do once the entry is there; a sentence.
        source: Where its makers, or who tried it, say all this.
        aliases: Other names for it.
        project: A project's own file, below its folder; empty where there is none.
        project_step: What a project's file wants beyond ``next_step``; a sentence.
        fixed: Keys and values that each entry of a local server has.
        remote: How a server over HTTP is written down; ``None`` where the file takes none.
        remote_instead: What to do there instead; a sentence.
        reference: How a value refers to the variable ``NAME``; empty where values are literal.
        variables_key: The key that lists the variables to pass on, where the host has one instead.
        programs: What to look for on the ``PATH``.
        own_command: The host's own command that adds an entry; ``NAME`` and ``JSON`` stand for both.
        caution: What to know before the file is changed; a sentence.
    """

    name: str
    title: str
    syntax: Syntax
    key: str
    user: Places
    next_step: str
    source: str
    aliases: tuple[str, ...] = ()
    project: str = ""
    project_step: str = ""
    fixed: tuple[tuple[str, str], ...] = ()
    remote: RemoteForm | None = None
    remote_instead: str = ""
    reference: str = ""
    variables_key: str = ""
    programs: tuple[str, ...] = ()
    own_command: tuple[str, ...] = ()
    caution: str = ""

    @property
    def passes_variables_on(self) -> bool:
        """Whether an entry can name a variable without holding its value."""
        return bool(self.reference or self.variables_key)
