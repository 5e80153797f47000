"""The document that Docker's ``config.json``, Podman's ``auth.json`` and ``DOCKER_AUTH_CONFIG`` have in common."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portcall.credentials.entry import UnfitEntryError, read_entry
from portcall.credentials.key import is_token_of_hub, prefix_of_key

if TYPE_CHECKING:
    from portcall.http.upstream import Credentials
    from portcall.reference import Prefix


class UnfitDocumentError(ValueError):
    """Nothing in the document can be used; says why, and repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands under one key of ``auths``.

    Args:
        key: As it was stored.
        prefix: What it means.
        credentials: ``None`` where the entry is empty: a credentials store holds them.
    """

    key: str
    prefix: Prefix
    credentials: Credentials | None


@dataclass(frozen=True, slots=True)
class HelperEntry:
    """What stands under one key of ``credHelpers``.

    Args:
        key: As it was stored.
        prefix: What it means.
        helper: The helper's name; empty where this registry's credentials are in ``auths`` after all.
    """

    key: str
    prefix: Prefix
    helper: str


@dataclass(frozen=True, slots=True)
class Document:
    """A document, read.

    Args:
        entries: Of ``auths``, in their order; no two for the same prefix.
        helpers: Of ``credHelpers``, likewise.
        store: ``credsStore``, the helper of all other registries; empty where there is none.
        faults: What is wrong with single entries, a clause each.
    """

    entries: tuple[Entry, ...] = ()
    helpers: tuple[HelperEntry, ...] = ()
    store: str = ""
    faults: tuple[str, ...] = ()

    @property
    def holds_secrets(self) -> bool:
        """Whether it has credentials of its own, beside those that helpers keep."""
        return any(entry.credentials for entry in self.entries)

    @classmethod
    def read(cls, text: str, source: str) -> Document:
        """Read a document; one malformed entry never costs the others.

        Args:
            text: JSON; nothing at all is an empty document, as for Docker.
            source: What the credentials say that they come from.

        Raises:
            UnfitDocumentError: No JSON, or no object.
        """
        if not text.strip():
            return cls()
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            raise UnfitDocumentError("it is no JSON") from None
        if not isinstance(document, dict):
            raise UnfitDocumentError("it is no JSON object")
        faults: list[str] = []
        entries = _entries(_section(document, "auths", faults), source, faults)
        helpers = _helpers(_section(document, "credHelpers", faults), faults)
        store = document.get("credsStore") or ""
        if not isinstance(store, str):
            faults.append("credsStore is no text")
            store = ""
        return cls(entries, helpers, store, tuple(faults))


def _section(document: dict[str, Any], name: str, faults: list[str]) -> dict[str, Any]:
    section = document.get(name)
    if isinstance(section, dict):
        return section
    if section is not None:
        faults.append(f"{name} is no object")
    return {}


def _entries(auths: dict[str, Any], source: str, faults: list[str]) -> tuple[Entry, ...]:
    found: dict[Prefix, Entry] = {}
    for number, (key, value) in enumerate(auths.items(), start=1):
        prefix = _prefix(key, "auths", number, faults)
        if prefix is None:
            continue
        try:
            entry = Entry(key, prefix, read_entry(value, source))
        except UnfitEntryError as error:
            faults.append(f"the entry for {prefix} cannot be used: {error}")
            continue
        known = found.get(prefix)
        if known is None or (known.credentials is None and entry.credentials is not None):
            found[prefix] = entry
    return tuple(found.values())


def _helpers(named: dict[str, Any], faults: list[str]) -> tuple[HelperEntry, ...]:
    found: dict[Prefix, HelperEntry] = {}
    for number, (key, helper) in enumerate(named.items(), start=1):
        prefix = _prefix(key, "credHelpers", number, faults)
        if prefix is None:
            continue
        if isinstance(helper, str):
            found.setdefault(prefix, HelperEntry(key, prefix, helper))
        else:
            faults.append(f"the helper of {prefix} is no text")
    return tuple(found.values())


def _prefix(key: str, section: str, number: int, faults: list[str]) -> Prefix | None:
    prefix = prefix_of_key(key)
    if prefix is None and not is_token_of_hub(key):
        # What stands where a registry is due may be anything, a secret included: it is counted, not shown.
        faults.append(f"key {number} of {section} names no registry")
    return prefix
