"""The history of tags.

Source: q: endpoints/api/tag.py, data/model/oci/tag.py.
"""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from tests.doubles.quay.refusals import RefusedError, message

from portcall.testing.wire import json_reply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.doubles.quay.call import Call
    from tests.doubles.quay.catalogue import TagRow
    from tests.doubles.quay.site import Site

    from portcall.testing import Reply

_SYNTAX = (
    "Unsupported syntax for filter_tag_name. "
    "Expected <operation>:<tag_name> where <operation> can be 'like' or 'eq'."
)


def list_tags(site: Site, call: Call) -> Reply:
    """Answer fifty lines, or up to a hundred, newest first; dead ones, too, unless that is declined."""
    repository = site.catalogue.repositories[call.repository]
    page, limit = max(1, call.number("page", 1)), min(100, max(1, call.number("limit", 50)))
    rows = repository.alive(site.clock()) if call.truth("onlyActiveTags") else repository.rows
    fitting = history(_filtered(rows, call.text("specificTag"), call.text("filter_tag_name")))
    start = (page - 1) * limit
    answer = {
        "tags": [_line(site, call.repository, row) for row in fitting[start : start + limit]],
        "page": page,
        "has_additional": len(fitting) > start + limit,
    }
    return json_reply(answer)


def history(rows: Iterable[TagRow]) -> list[TagRow]:
    """Return tags newest first; those of one moment by name."""
    return sorted(rows, key=lambda row: (-row.start, row.name))


def _filtered(rows: Iterable[TagRow], specific: str, wanted: str) -> list[TagRow]:
    kept = [row for row in rows if specific in {"", row.name}]
    if not wanted:
        return kept
    operation, colon, value = wanted.partition(":")
    if not colon or operation not in {"like", "eq"}:
        raise RefusedError(message(400, _SYNTAX))
    return [row for row in kept if (row.name == value if operation == "eq" else value in row.name)]


def _line(site: Site, path: str, row: TagRow) -> dict[str, Any]:
    line: dict[str, Any] = {"name": row.name, "reversion": row.reversion, "start_ts": row.start}
    if row.end is not None:
        line["end_ts"] = row.end
    line |= {
        "manifest_digest": row.digest,
        "is_manifest_list": is_list(site, path, row.digest),
        "size": size_of(site, path, row.digest),
        "last_modified": dated(row.start),
    }
    if row.end is not None:
        line["expiration"] = dated(row.end)
    if site.options.sparse_index and line["is_manifest_list"]:
        line |= _children(site, path, row.digest)
    return line


def _children(site: Site, path: str, digest: str) -> dict[str, Any]:
    shelf = site.catalogue.store.repositories[path]
    listed = [child["digest"] for child in shelf.manifests[digest].document["manifests"]]
    presence = {child: child in shelf.manifests for child in listed}
    return {
        "is_sparse": not all(presence.values()),
        "child_manifest_count": len(listed),
        "present_child_count": sum(presence.values()),
        "child_manifests_presence": presence,
    }


def is_list(site: Site, path: str, digest: str) -> bool:
    """Tell whether a digest names an index or a manifest list."""
    found = site.catalogue.store.find(path, digest)
    return found is not None and "manifests" in found.document


def size_of(site: Site, path: str, digest: str) -> int | None:
    """Return the bytes of an image's layers, compressed; ``None`` for a manifest list."""
    found = site.catalogue.store.find(path, digest)
    if found is None or "manifests" in found.document:
        return None
    return sum(layer.get("size", 0) for layer in found.document.get("layers", []))


def dated(moment: int) -> str:
    """Return RFC 2822's form: ``Thu, 02 May 2024 10:00:00 -0000``."""
    return formatdate(moment)
