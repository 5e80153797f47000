"""Attestations as no careful builder writes them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from portcall.testing import BuiltAttestation, BuiltImage, attestation, describe, encode

IN_TOTO = "application/vnd.in-toto+json"
DSSE = "application/vnd.dsse.envelope.v1+json"


def statement_of(built: BuiltAttestation) -> dict[str, Any]:
    """Return the one statement of an attestation that has one."""
    (layer,) = built.document["layers"]
    found: dict[str, Any] = json.loads(built.blobs[layer["digest"]])
    return found


def provenance(subject: BuiltImage, **told: Any) -> BuiltAttestation:
    """Return an attestation with provenance alone."""
    return attestation(subject, sbom=False, **told)


def rewritten(
    built: BuiltAttestation,
    change: Callable[[dict[str, Any]], Any] = lambda statement: statement,
    *,
    media_type: str = IN_TOTO,
    annotated: bool = True,
) -> BuiltAttestation:
    """Return an attestation whose statement is another one: JSON, or bytes as they are."""
    statement = statement_of(built)
    kind = statement["predicateType"]
    made = change(statement)
    body = made if isinstance(made, bytes) else encode(made)
    annotations = {"in-toto.io/predicate-type": kind} if annotated else None
    return replaced(built, describe(body, media_type, annotations=annotations), body)


def replaced(built: BuiltAttestation, layer: dict[str, Any], body: bytes) -> BuiltAttestation:
    """Return an attestation with this layer instead of its own."""
    document = encode({**built.document, "layers": [layer]})
    told = describe(document, built.media_type)
    return BuiltAttestation(
        manifest=document,
        media_type=built.media_type,
        digest=told["digest"],
        blobs={**built.blobs, layer["digest"]: body},
        subject_digest=built.subject_digest,
    )


def enveloped(statement: dict[str, Any]) -> dict[str, Any]:
    """Return a statement in an envelope, whose signature is nobody's."""
    payload = base64.b64encode(encode(statement)).decode()
    return {"payloadType": IN_TOTO, "payload": payload, "signatures": [{"keyid": "", "sig": "AAAA"}]}
