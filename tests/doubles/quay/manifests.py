"""Manifests as the REST API tells them: text, layers, labels, and what the scanner found.

Source: q: endpoints/api/manifest.py, secscan.py; data/quay/cupdate.manifest-security.json.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.doubles.quay.refusals import RefusedError, not_found, page, problem
from tests.doubles.quay.scans import Scan
from tests.doubles.quay.tags import dated, is_list, size_of

from portcall.testing.wire import json_reply

if TYPE_CHECKING:
    from tests.doubles.quay.call import Call
    from tests.doubles.quay.site import Site

    from portcall.testing import Reply
    from portcall.testing.store import Stored


def get_manifest(site: Site, call: Call) -> Reply:
    """Answer a manifest, its text as text, and its layers; ``null`` for those of a list."""
    stored = _stored(site, call)
    document, listed = stored.document, is_list(site, call.repository, stored.digest)
    answer = {
        "digest": stored.digest,
        "is_manifest_list": listed,
        "manifest_data": stored.content.decode(),
        "config_media_type": document.get("config", {}).get("mediaType"),
        "layers_compressed_size": size_of(site, call.repository, stored.digest),
        "layers": None if listed else _layers(site, call.repository, document),
    }
    return json_reply(answer)


def _layers(site: Site, path: str, document: dict[str, Any]) -> list[dict[str, Any]]:
    """One line for each step of the history, also for those without a layer of their own."""
    blobs = site.catalogue.store.repositories[path].blobs
    config = json.loads(blobs.get(document["config"]["digest"], b"{}"))
    layers = iter(document.get("layers", []))
    lines = []
    for step in config.get("history") or []:
        layer = {"size": 0, "digest": ""} if step.get("empty_layer") else next(layers)
        lines.append(_layer(len(lines), layer, step))
    return lines


def _layer(index: int, layer: dict[str, Any], step: dict[str, Any]) -> dict[str, Any]:
    created = step.get("created")
    return {
        "index": index,
        "compressed_size": layer["size"],
        "is_remote": bool(layer.get("urls")),
        "urls": layer.get("urls"),
        "command": [step["created_by"]] if step.get("created_by") else None,
        "comment": step.get("comment"),
        "author": step.get("author"),
        "blob_digest": layer["digest"],
        "created_datetime": dated(int(datetime.fromisoformat(created).timestamp())) if created else None,
    }


def list_labels(site: Site, call: Call) -> Reply:
    """Answer a manifest's labels; those whose keys begin with ``filter``, where it was given."""
    stored = _stored(site, call)
    labels = site.catalogue.repositories[call.repository].labels.get(stored.digest, {})
    lines = [
        {
            "id": hashlib.md5(f"{stored.digest} {key}".encode()).hexdigest(),
            "key": key,
            "value": value,
            "source_type": "manifest",
            "media_type": "text/plain",
        }
        for key, value in labels.items()
        if key.startswith(call.text("filter"))
    ]
    return json_reply({"labels": lines})


def get_security(site: Site, call: Call) -> Reply:
    """Answer what the scanner knows: of a platform's manifest; an index is ``unsupported``.

    What it was never told is ``queued``; while it is out of reach, the answer is 520.
    """
    if not site.options.security_scanner:
        return page(404)
    stored = _stored(site, call)
    if site.scanner_down:
        return problem(call.request, 520, "downstream_issue", "Unable to reach the security scanner")
    listed = is_list(site, call.repository, stored.digest)
    scan = site.catalogue.scans.get(stored.digest, Scan("unsupported" if listed else "queued"))
    layers = stored.document.get("layers") or [{"digest": ""}]
    return json_reply(scan.document(stored.digest, layers[0]["digest"]))


def _stored(site: Site, call: Call) -> Stored:
    stored = site.catalogue.store.find(call.repository, call.subject)
    if stored is None:
        raise RefusedError(not_found(call.request))
    return stored
