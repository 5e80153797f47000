"""A reply as bytes in a store: JSON, for public ones readable, for private ones sealed.

::

    {"v": 1, "name": …, "status": 200, "headers": {…}, "body": base64, "obtained": …, "expires": …}
    {"v": 1, "sealed": base64}

Whoever can write to the store can write anything: reading it takes nothing on trust, and never raises. The
address is not in it, for it may hold a signature; nor are headers that could hold a secret.
"""

from __future__ import annotations

import base64
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portcall.http.reply import Reply

if TYPE_CHECKING:
    from portcall.seal import Seal

#: Counted up when entries of old cannot be read any more; part of every name.
VERSION = 1
#: What the rest of portcall reads of a reply that is worth keeping.
KEPT_HEADERS = frozenset(
    {
        "content-encoding",
        "content-length",
        "content-type",
        "docker-content-digest",
        "docker-distribution-api-version",
        "link",
        "oci-filters-applied",
    }
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A reply with its time.

    Args:
        reply: The reply; ``obtained`` says when it was true.
        expires: Until when it is fresh, in seconds since 1970; infinite for what is true for ever.
    """

    reply: Reply
    expires: float


def write_entry(entry: Entry, name: str, seal: Seal | None = None) -> bytes:
    """Return the bytes that are kept under ``name``: readable ones without a seal."""
    reply = entry.reply
    plain = _json(
        {
            "v": VERSION,
            # A client that mixes answers up (CVE-2023-28858) must not mix replies up.
            "name": name,
            "status": reply.status,
            "headers": {key: value for key, value in reply.headers.items() if key in KEPT_HEADERS},
            "body": base64.b64encode(reply.body).decode("ascii"),
            "obtained": reply.obtained,
            "expires": None if math.isinf(entry.expires) else entry.expires,
        }
    )
    if seal is None:
        return plain
    return _json({"v": VERSION, "sealed": base64.b64encode(seal.close(name, plain)).decode("ascii")})


def read_entry(data: bytes, name: str, url: str, seal: Seal | None = None) -> Entry | None:
    """Return what :func:`write_entry` made of an entry; ``None`` for anything else.

    Args:
        data: What the store holds.
        name: Under which name.
        url: What the reply's address shall be: that of the request.
        seal: What it has to be sealed with; where there is one, a plain entry is not taken.
    """
    try:
        document = _document(data)
        if seal is not None:
            opened = seal.open(name, base64.b64decode(document["sealed"], validate=True))
            if opened is None:
                return None
            document = _document(opened)
        return _entry(document, name, url)
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError):
        return None


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def _document(data: bytes) -> dict[str, Any]:
    document = json.loads(data)
    if not isinstance(document, dict) or document["v"] != VERSION:
        raise ValueError("no entry")
    return document


def _entry(document: dict[str, Any], name: str, url: str) -> Entry:
    status, headers, body = document["status"], document["headers"], document["body"]
    obtained, expires = _time(document["obtained"]), document["expires"]
    if document["name"] != name or type(status) is not int or not 100 <= status <= 599:
        raise ValueError("no entry of that name")
    if not isinstance(headers, dict) or not isinstance(body, str):
        raise TypeError("no reply")
    kept = {key: _text(value) for key, value in headers.items() if key in KEPT_HEADERS}
    reply = Reply(status, kept, base64.b64decode(body, validate=True), url, obtained)
    return Entry(reply, math.inf if expires is None else _time(expires))


def _time(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("no time")
    if not (math.isfinite(value) and value >= 0):
        raise ValueError("no time that a clock shows")
    return float(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no header")
    value.encode()  # half a surrogate pair would raise much later, where nobody expects it
    return value
