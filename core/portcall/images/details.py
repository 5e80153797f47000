"""What an image is: manifest and configuration of one platform, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.images.choice import Choice, choose, no_such_platform
from portcall.models import BaseImage, HealthCheck, HistoryStep, ImageDetail, ImageLayer
from portcall.oci.config import ImageConfig
from portcall.oci.manifest import Index, Manifest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portcall.backend import RegistryBackend
    from portcall.oci.config import Health
    from portcall.oci.manifest import StoredManifest
    from portcall.platform import Platform
    from portcall.reference import Reference

_BASE_NAME = "org.opencontainers.image.base.name"
_BASE_DIGEST = "org.opencontainers.image.base.digest"


async def image_detail(
    backend: RegistryBackend, reference: Reference, wanted: Platform | None, default: Platform
) -> ImageDetail:
    """Return all that manifest and configuration tell, in the fewest requests: index, manifest, configuration.

    Raises:
        NotFoundError: No such image, or not for the platform ``wanted``.
        UnsupportedError: Docker schema 1.
    """
    top = await backend.get_manifest(reference.repository, reference.identifier)
    choice = await choose(backend, reference.repository, top, wanted, default)
    manifest = choice.manifest.content
    config: ImageConfig | None = None
    if isinstance(manifest, Manifest) and manifest.is_image and manifest.config is not None:
        config = ImageConfig.parse(await backend.get_blob(reference.repository, manifest.config))
        if wanted is not None and choice.platform is None and config.platform.serves(wanted) is None:
            raise no_such_platform(wanted, (config.platform,))
    detail = _identity(backend, reference, top, choice) | _content(top, manifest, config)
    return ImageDetail(**detail, warnings=_warnings(choice, manifest, config, default))


def _identity(
    backend: RegistryBackend, reference: Reference, top: StoredManifest, choice: Choice
) -> dict[str, object]:
    tag = reference.tag or (None if reference.digest else "latest")
    return {
        "name": reference.familiar_name,
        "tag": tag,
        "registry": reference.registry,
        "reference": reference.pinned(top.digest),
        "digest": top.digest,
        "platform_digest": choice.manifest.digest,
        "media_type": top.media_type,
        "platforms": tuple(str(platform) for platform in choice.platforms),
        "web_url": backend.web_url(reference.repository),
    }


def _content(top: StoredManifest, manifest: Manifest | Index, config: ImageConfig | None) -> dict[str, object]:
    outer = top.content.annotations
    annotations = {**outer, **manifest.annotations}
    if isinstance(manifest, Index):
        return {"artifact_type": manifest.artifact_type, "annotations": annotations}
    labels = dict(config.labels) if config else {}
    layers = _layers(manifest, config)
    found: dict[str, object] = {
        "artifact_type": manifest.kind,
        "annotations": annotations,
        "config_digest": manifest.config.digest if manifest.config else None,
        "layers": layers,
        "total_size": sum(layer.size for layer in layers),
        "labels": labels,
        "base": _base(annotations, labels),
    }
    return found | (_running(config) if config else {})


def _running(config: ImageConfig) -> dict[str, object]:
    platform = config.platform
    return {
        "architecture": platform.architecture or None,
        "os": platform.os or None,
        "variant": platform.variant or None,
        "platform": str(platform) or None,
        "created": config.created,
        "author": config.author,
        "entrypoint": config.entrypoint,
        "cmd": config.cmd,
        "env": config.env,
        "user": config.user,
        "workdir": config.workdir,
        "exposed_ports": config.exposed_ports,
        "volumes": config.volumes,
        "stop_signal": config.stop_signal,
        "healthcheck": _healthcheck(config.health) if config.health else None,
        "history": tuple(
            HistoryStep(
                command=step.command, created=step.created, empty_layer=step.empty_layer, comment=step.comment
            )
            for step in config.history
        ),
    }


def _layers(manifest: Manifest, config: ImageConfig | None) -> tuple[ImageLayer, ...]:
    count = len(manifest.layers)
    steps = config.steps_by_layer(count) if config else (None,) * count
    diff_ids = config.diff_ids if config and len(config.diff_ids) == count else (None,) * count
    return tuple(
        ImageLayer(
            digest=layer.digest,
            size=layer.size,
            media_type=layer.media_type or None,
            diff_id=diff_id,
            command=step.command if step else None,
            created=step.created if step else None,
            foreign=layer.is_foreign,
        )
        for layer, step, diff_id in zip(manifest.layers, steps, diff_ids, strict=True)
    )


def _healthcheck(health: Health) -> HealthCheck:
    return HealthCheck(
        test=health.test,
        interval=health.interval,
        timeout=health.timeout,
        start_period=health.start_period,
        retries=health.retries,
    )


def _base(annotations: Mapping[str, str], labels: Mapping[str, str]) -> BaseImage | None:
    name = annotations.get(_BASE_NAME) or labels.get(_BASE_NAME)
    digest = annotations.get(_BASE_DIGEST) or labels.get(_BASE_DIGEST)
    return BaseImage(name=name, digest=digest) if name or digest else None


def _warnings(
    choice: Choice, manifest: Manifest | Index, config: ImageConfig | None, default: Platform
) -> tuple[str, ...]:
    warnings: list[str] = []
    if choice.substitute:
        warnings.append(f"{default} is not among its platforms; this is {choice.platform}")
    if isinstance(manifest, Index):
        warnings.append("this index holds no image; get_manifest shows its entries")
    elif config is None:
        warnings.append("this is an artifact, not an image: it has no platform, history or labels")
    elif config.history and manifest.layers and not any(config.steps_by_layer(len(manifest.layers))):
        warnings.append("history and layers do not match, so layers are shown without their commands")
    return tuple(warnings)
