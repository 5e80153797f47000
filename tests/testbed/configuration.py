"""portcall's configuration file for the test registries, as an operator would write it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed.registry import RealRegistry

Entry = dict[str, Any]


def registry_entry(registry: RealRegistry, folder: Path) -> Entry:
    """Return what stands under ``[registries."…"]`` for a test registry; its password goes to a file.

    Args:
        registry: The registry, as one of its users.
        folder: Where to put the password file.
    """
    entry: Entry = {"endpoint": registry.url}
    if registry.ca_file is not None:
        entry["ca_file"] = str(registry.ca_file)
    if registry.token_netloc is not None:
        entry["auth_hosts"] = [registry.token_netloc]
    if registry.username is not None:
        entry |= {"username": registry.username, "password_file": _password_file(registry, folder)}
    return entry


def write_configuration(path: Path, registries: dict[str, Entry], **sections: Entry) -> Path:
    """Write a configuration file: ``registries`` by prefix, other sections (``network=…``) by name."""
    tables = {f'registries."{prefix}"': entry for prefix, entry in registries.items()} | sections
    path.write_text("\n".join(_table(name, table) for name, table in tables.items()), encoding="utf-8")
    return path


def _table(name: str, table: Entry) -> str:
    # What stands in these tables (texts, numbers, lists of them) TOML writes as JSON does.
    rows = (f"{key} = {json.dumps(value)}" for key, value in table.items())
    return "\n".join((f"[{name}]", *rows, ""))


def _password_file(registry: RealRegistry, folder: Path) -> str:
    file = folder / f"{registry.name}-{registry.username}.password"
    file.write_text(f"{registry.password}\n", encoding="utf-8")
    file.chmod(0o600)
    return str(file)
