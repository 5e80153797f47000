"""What registries hold that is no image: artifacts, Helm charts, schema 1."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from portcall.digest import digest_of
from portcall.testing.images import media_types
from portcall.testing.images.built import BuiltManifest, changed, describe, encode, raw_manifest
from portcall.testing.images.layers import Compression, compress
from portcall.testing.images.trees import EPOCH, tar_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_EMPTY = b"{}"


def artifact(
    artifact_type: str,
    files: Mapping[str, bytes] | None = None,
    *,
    file_type: str = "application/octet-stream",
    config: tuple[str, bytes] | None = None,
    subject: BuiltManifest | None = None,
    annotations: Mapping[str, str] | None = None,
    fields: Mapping[str, Any] | None = None,
) -> BuiltManifest:
    """Return an OCI 1.1 artifact.

    Args:
        artifact_type: E.g. ``"application/vnd.example.sbom.v1"``.
        files: By title; without any, the one layer is the empty descriptor, as the specification asks.
        file_type: Media type of each file.
        config: Media type and bytes of a config; the empty one (``{}``) otherwise.
        subject: What it refers to; :meth:`FakeRegistry.push` makes it a referrer of that.
        annotations: The manifest's annotations.
        fields: Top-level fields to replace, or to remove where ``None``.
    """
    empty = describe(_EMPTY, media_types.OCI_EMPTY, data=base64.b64encode(_EMPTY).decode())
    layers = [
        describe(content, file_type, annotations={"org.opencontainers.image.title": title})
        for title, content in (files or {}).items()
    ]
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "artifactType": artifact_type,
        "config": describe(config[1], config[0]) if config else empty,
        "layers": layers or [empty],
        "subject": subject.descriptor() if subject else None,
        "annotations": annotations,
    }
    blobs = (config[1] if config else _EMPTY, *(files or {"": _EMPTY}).values())
    return raw_manifest(changed(document, fields), media_types.OCI_MANIFEST, blobs=blobs)


def helm_chart(
    name: str,
    version: str,
    *,
    app_version: str = "1.0.0",
    description: str = "A Helm chart for Kubernetes",
    files: Mapping[str, str] | None = None,
    compression: Compression = "gzip",
) -> BuiltManifest:
    """Return a Helm chart as ``helm push`` stores it: the chart's archive, and its metadata as the config.

    Args:
        name: The chart's name.
        version: The chart's version, also the tag that helm would use.
        app_version: The version of what it installs.
        description: One line.
        files: Further files by their path in the chart: ``{"values.yaml": "replicas: 2"}``.
        compression: How the archive is packed; helm knows gzip only.
    """
    metadata = {
        "name": name,
        "version": version,
        "description": description,
        "apiVersion": "v2",
        "appVersion": app_version,
        "type": "application",
    }
    chart = "".join(f"{key}: {json.dumps(value)}\n" for key, value in metadata.items())
    tree = {f"{name}/{path}": text for path, text in {"Chart.yaml": chart, **(files or {})}.items()}
    archive = compress(tar_of(list(tree.items())), compression)
    config = encode(metadata)
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "config": describe(config, media_types.HELM_CONFIG),
        "layers": [describe(archive, media_types.HELM_CHART)],
        "annotations": {
            "org.opencontainers.image.title": name,
            "org.opencontainers.image.version": version,
            "org.opencontainers.image.description": description,
            "org.opencontainers.image.created": EPOCH,
        },
    }
    return raw_manifest(document, media_types.OCI_MANIFEST, blobs=(config, archive))


def schema1(
    name: str = "library/old",
    tag: str = "latest",
    *,
    commands: Iterable[str] = ('/bin/sh -c #(nop) CMD ["sh"]', "/bin/sh -c #(nop) ADD file:0123 in /"),
    signed: bool = True,
) -> BuiltManifest:
    """Return a Docker schema 1 manifest, the format of before 2016, for tests of its refusal.

    The signature has the right shape and no meaning. As the format has it, the digest covers the
    payload without signatures, so that it is not the digest of the bytes that are served.

    Args:
        name: Repository, as the manifest says.
        tag: Tag, as the manifest says.
        commands: What each layer ran, newest first.
        signed: With the ``signatures`` block and media type.
    """
    lines = [json.dumps({"container_config": {"Cmd": [command]}, "created": EPOCH}) for command in commands]
    document = {
        "schemaVersion": 1,
        "name": name,
        "tag": tag,
        "architecture": "amd64",
        "fsLayers": [{"blobSum": digest_of(line.encode())} for line in lines],
        "history": [{"v1Compatibility": line} for line in lines],
    }
    payload = json.dumps(document, indent=3).encode()
    if not signed:
        return raw_manifest(payload, media_types.SCHEMA1)
    return BuiltManifest(
        manifest=_signed(payload), media_type=media_types.SCHEMA1_SIGNED, digest=digest_of(payload)
    )


def _signed(payload: bytes) -> bytes:
    tail = b"\n}"
    protected = encode({"formatLength": len(payload) - len(tail), "formatTail": _base64url(tail), "time": EPOCH})
    signature = {
        "header": {
            "jwk": {"crv": "P-256", "kid": "NOT:A:KEY", "kty": "EC", "x": "", "y": ""},
            "alg": "ES256",
        },
        "signature": _base64url(bytes(64)),
        "protected": _base64url(protected),
    }
    block = json.dumps({"signatures": [signature]}, indent=3).encode()
    return payload.removesuffix(tail) + b"," + block.removeprefix(b"{")


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
