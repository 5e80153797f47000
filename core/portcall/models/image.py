"""One image, as a registry tells it."""

from __future__ import annotations

from pydantic import Field

from portcall.models.base import Answer, Model


class ImageLayer(Model):
    """One of the manifest's layers, with the build step that made it."""

    digest: str
    size: int
    """Bytes as stored, so usually compressed."""
    command: str | None = None
    """The build step, as the image's history tells it; ``None`` where history and layers do not match."""
    media_type: str | None = None
    diff_id: str | None = None
    """Digest of the uncompressed layer."""
    created: str | None = None
    foreign: bool = False
    """Whether the layer lives outside the registry, at URLs of its own."""


class HistoryStep(Model):
    """One step of the image's history, in build order; ``empty_layer`` steps made no layer."""

    command: str | None = None
    created: str | None = None
    empty_layer: bool = False
    comment: str | None = None


class HealthCheck(Model):
    """How a container engine asks the image whether it is well; times in seconds."""

    test: tuple[str, ...] = ()
    interval: float | None = None
    timeout: float | None = None
    start_period: float | None = None
    retries: int | None = None


class BaseImage(Model):
    """The image that this one says it was built on (``org.opencontainers.image.base.*``)."""

    name: str | None = None
    digest: str | None = None


class ImageDetail(Answer):
    """All that manifest and configuration tell of one image, for one platform.

    ``digest`` is what the reference resolves to (the index, where it is one); ``platform_digest`` is the
    chosen platform's manifest. Sizes are bytes, compressed; times RFC 3339. An artifact that is no image
    (a Helm chart, say) answers with what it has.
    """

    name: str
    """The familiar name, valid as ``image_name``."""
    tag: str | None = None
    digest: str
    architecture: str | None = None
    os: str | None = None
    layers: tuple[ImageLayer, ...] = ()
    created: str | None = None
    total_size: int = 0
    """Sum of the layers' sizes."""
    labels: dict[str, str] = Field(default_factory=dict)
    registry: str
    reference: str
    """The image pinned by ``digest``."""
    platform_digest: str
    config_digest: str | None = None
    media_type: str
    artifact_type: str | None = None
    platform: str | None = None
    platforms: tuple[str, ...] = ()
    """Every real platform of the index; attestations are left out."""
    variant: str | None = None
    author: str | None = None
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    env: tuple[str, ...] = ()
    user: str | None = None
    workdir: str | None = None
    exposed_ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    healthcheck: HealthCheck | None = None
    stop_signal: str | None = None
    history: tuple[HistoryStep, ...] = ()
    annotations: dict[str, str] = Field(default_factory=dict)
    base: BaseImage | None = None
    web_url: str | None = None
