"""Docker's schema 1, the format of before 2016: only so much of it that its digest can be checked."""

from __future__ import annotations

import base64
import json


def covered(raw: bytes) -> bytes:
    """Return what of a manifest its digest covers: all of it, but of a signed schema 1 only the payload.

    A signed one is served with its signatures inside, and named by the digest of the text that they sign.
    Whatever is no such manifest is returned whole.

    Source: docker/libtrust, "JSON Signature"; distribution, "Image Manifest Version 2, Schema 1".
    """
    if b'"signatures"' not in raw:
        return raw
    try:
        document = json.loads(raw)
        if document["schemaVersion"] != 1:
            return raw
        protected = json.loads(_decoded(document["signatures"][0]["protected"]))
        length, tail = protected["formatLength"], _decoded(protected["formatTail"])
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        return raw
    if not isinstance(length, int) or not 0 <= length <= len(raw):
        return raw
    return raw[:length] + tail


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
