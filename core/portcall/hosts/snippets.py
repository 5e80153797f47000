"""An entry as the text that belongs into a host's file."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from portcall.hosts.toml_merge import toml_table

if TYPE_CHECKING:
    from portcall.hosts.host import Entry, Host


def snippet(host: Host, name: str, entry: Entry) -> str:
    """Return the whole of a file that holds this server alone: pure JSON or TOML, ending with a line's end."""
    if host.syntax == "toml":
        return toml_table(host.key, name, entry)
    return json.dumps({host.key: {name: entry}}, indent=2) + "\n"


def own_command(host: Host, name: str, entry: Entry) -> str:
    """Return the host's own command that would add this server, for a shell; empty where there is none."""
    words = {"NAME": name, "JSON": json.dumps(entry), "NAMED-JSON": json.dumps({"name": name, **entry})}
    return shlex.join(words.get(word, word) for word in host.own_command)
