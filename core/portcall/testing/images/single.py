"""Images of one platform."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from portcall.digest import digest_of
from portcall.testing.images import media_types
from portcall.testing.images.built import BuiltImage, BuiltManifest, changed, describe, encode, given
from portcall.testing.images.layers import Layer, Step
from portcall.testing.images.trees import EPOCH

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def image(
    layers: Iterable[Layer | Step] = (),
    *,
    steps: Iterable[Step | str] = (),
    platform: str = "linux/amd64",
    created: str | None = EPOCH,
    author: str | None = None,
    labels: Mapping[str, str] | None = None,
    env: Sequence[str] = (_PATH,),
    entrypoint: Sequence[str] | None = None,
    cmd: Sequence[str] | None = None,
    user: str | None = None,
    workdir: str | None = None,
    ports: Iterable[str] = (),
    volumes: Iterable[str] = (),
    healthcheck: Mapping[str, Any] | None = None,
    stop_signal: str | None = None,
    annotations: Mapping[str, str] | None = None,
    subject: BuiltManifest | None = None,
    docker: bool = False,
    embed: bool = False,
    algorithm: str = "sha256",
    config_fields: Mapping[str, Any] | None = None,
    manifest_fields: Mapping[str, Any] | None = None,
) -> BuiltImage:
    """Return an image: config, manifest and layers that agree with one another.

    Args:
        layers: Layers, lowest first; a :class:`Step` between them is a line of history without a layer.
        steps: Further lines of history without layers, after all layers.
        platform: ``os/arch[/variant]``.
        created: RFC 3339, or ``None`` for an image that does not say.
        author: Who made it.
        labels: The config's labels.
        env: ``NAME=value`` strings.
        entrypoint: Words of the entry point.
        cmd: Words of the default command.
        user: ``"10001:10001"`` or a name.
        workdir: Where it starts.
        ports: ``"8080/tcp"`` and the like.
        volumes: Paths.
        healthcheck: As stored: ``{"Test": ["CMD", "/app", "--health"], "Interval": 30_000_000_000}``.
        stop_signal: ``"SIGTERM"`` and the like.
        annotations: The manifest's annotations.
        subject: Makes the image a referrer of another manifest.
        docker: Docker schema 2 media types instead of OCI's.
        embed: Puts the config into its descriptor as ``data``, too.
        algorithm: ``"sha512"`` names config, layers and manifest so.
        config_fields: Top-level fields of the config to replace, or to remove where ``None``.
            ``{"history": None}`` is an image without history, ``{"history": [...]}`` one that miscounts.
        manifest_fields: The same for the manifest: ``{"mediaType": None, "x-future": {"a": 1}}``.
    """
    sequence = [*layers, *(Step(step) if isinstance(step, str) else step for step in steps)]
    run: dict[str, Any] = {
        "User": user,
        "ExposedPorts": {port: {} for port in ports} or None,
        "Env": list(env) or None,
        "Entrypoint": entrypoint,
        "Cmd": cmd,
        "Healthcheck": healthcheck,
        "Volumes": {volume: {} for volume in volumes} or None,
        "WorkingDir": workdir,
        "Labels": labels,
        "StopSignal": stop_signal,
    }
    config = changed(_config(sequence, platform, created, author, given(run)), config_fields)
    config_body = encode(config)
    document = {
        **_head(sequence, config_body, docker=docker, embed=embed, algorithm=algorithm),
        "subject": subject.descriptor() if subject else None,
        "annotations": annotations,
    }
    body = encode(changed(document, manifest_fields))
    return _seal(body, config_body, sequence, platform=platform, algorithm=algorithm, docker=docker)


def _config(
    sequence: Sequence[Layer | Step],
    platform: str,
    created: str | None,
    author: str | None,
    run: Mapping[str, Any],
) -> dict[str, Any]:
    system, architecture, *variant = platform.split("/")
    return {
        "created": created,
        "author": author,
        "architecture": architecture,
        "variant": variant[0] if variant else None,
        "os": system,
        "config": run,
        "rootfs": {
            "type": "layers",
            "diff_ids": [one.diff_id for one in sequence if isinstance(one, Layer)],
        },
        "history": [_line(one) for one in sequence],
    }


def _line(one: Layer | Step) -> dict[str, Any]:
    return given(
        {
            "created": one.created,
            "created_by": one.command,
            "comment": one.comment or None,
            "empty_layer": None if isinstance(one, Layer) else True,
        }
    )


def _head(
    sequence: Sequence[Layer | Step], config: bytes, *, docker: bool, embed: bool, algorithm: str
) -> dict[str, Any]:
    layers = (one for one in sequence if isinstance(one, Layer))
    return {
        "schemaVersion": 2,
        "mediaType": media_types.DOCKER_MANIFEST if docker else media_types.OCI_MANIFEST,
        "config": describe(
            config,
            media_types.DOCKER_CONFIG if docker else media_types.OCI_CONFIG,
            algorithm=algorithm,
            data=base64.b64encode(config).decode() if embed else None,
        ),
        "layers": [one.descriptor(docker=docker, algorithm=algorithm) for one in layers],
    }


def _seal(
    body: bytes,
    config: bytes,
    sequence: Sequence[Layer | Step],
    *,
    platform: str,
    algorithm: str,
    docker: bool,
) -> BuiltImage:
    layers = tuple(one for one in sequence if isinstance(one, Layer))
    kept = [config, *(one.blob for one in layers if not one.urls)]
    return BuiltImage(
        manifest=body,
        media_type=media_types.DOCKER_MANIFEST if docker else media_types.OCI_MANIFEST,
        digest=digest_of(body, algorithm),
        blobs={digest_of(blob, algorithm): blob for blob in kept},
        platform=platform,
        config=json.loads(config),
        config_digest=digest_of(config, algorithm),
        layers=layers,
    )
