"""What an image is: manifest and configuration of one platform, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.images.choice import Choice, choose, no_such_platform
from portcall.images.configuration import image_config
from portcall.models import BaseImage, HealthCheck, HistoryStep, ImageDetail, ImageLayer
from portcall.oci.manifest import Index, Manifest
from portcall.recent import Recent
from portcall.timestamp import to_rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portcall.backend import RegistryBackend
    from portcall.oci.config import Health, ImageConfig
    from portcall.oci.manifest import StoredManifest
    from portcall.platform import Platform
    from portcall.reference import Reference

_CREATED = "org.opencontainers.image.created"
_BASE_NAME = "org.opencontainers.image.base.name"
_BASE_DIGEST = "org.opencontainers.image.base.digest"


#: Characters of details that are kept ready: hostile ones, of some megabytes, are put together each time.
_MOST_KEPT = 64 * 1024
#: Details that were put together lately, by who asked, for what, and which manifest it stands for.
RecentDetails = Recent[tuple[str, "Reference", str, "Platform | None"], ImageDetail]


async def image_detail(
    backend: RegistryBackend,
    reference: Reference,
    wanted: Platform | None,
    default: Platform,
    recent: RecentDetails,
) -> ImageDetail:
    """Return all that manifest and configuration tell, in the fewest requests: index, manifest, configuration.

    What a manifest's digest stands for never changes, so it is put together once.

    Raises:
        NotFoundError: No such image, or not for the platform ``wanted``.
        UnsupportedError: Docker schema 1.
    """
    top = await backend.get_manifest(reference.repository, reference.identifier)
    key = (backend.upstream.identity, reference, top.digest, wanted)
    known = recent.get(key)
    if known is None:
        known = await _put_together(backend, reference, top, wanted, default)
        if len(known.model_dump_json()) <= _MOST_KEPT:
            recent.put(key, known.kept())
    return known


async def _put_together(
    backend: RegistryBackend,
    reference: Reference,
    top: StoredManifest,
    wanted: Platform | None,
    default: Platform,
) -> ImageDetail:
    choice = await choose(backend, reference.repository, top, wanted, default)
    manifest = choice.manifest.content
    config = await image_config(backend, reference.repository, manifest)
    if config is not None and wanted is not None and not _may_serve(choice, config, wanted):
        raise no_such_platform(wanted, (config.platform,))
    detail = _identity(backend, reference, top, choice) | _content(top, manifest, config)
    if not detail.get("platform") and choice.platform is not None:
        detail |= _platform(choice.platform)
    return ImageDetail(**detail, warnings=_warnings(choice, manifest, config, wanted, default))


def _may_serve(choice: Choice, config: ImageConfig, wanted: Platform) -> bool:
    """Tell whether the chosen image may be for ``wanted``: the index's word counts, then the configuration's."""
    if choice.platform is not None or not config.platform.is_known:
        return True
    return config.platform.serves(wanted) is not None


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
        "platforms": tuple(dict.fromkeys(str(platform) for platform in choice.platforms)),
        "web_url": backend.web_url(reference.repository),
    }


def _content(top: StoredManifest, manifest: Manifest | Index, config: ImageConfig | None) -> dict[str, object]:
    outer = top.content.annotations
    annotations = {**outer, **manifest.annotations}
    created = to_rfc3339(annotations.get(_CREATED))
    if isinstance(manifest, Index):
        return {"artifact_type": manifest.artifact_type, "annotations": annotations, "created": created}
    labels = dict(config.labels) if config else {}
    layers = _layers(manifest, config)
    found: dict[str, object] = {
        "artifact_type": manifest.kind,
        "annotations": annotations,
        "created": (config.created if config else None) or created,
        "config_digest": manifest.config.digest if manifest.config else None,
        "layers": layers,
        "total_size": sum(layer.size for layer in layers),
        "labels": labels,
        "base": _base(annotations, labels),
    }
    return found | (_running(config) if config else {})


def _running(config: ImageConfig) -> dict[str, object]:
    return _platform(config.platform) | {
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


def _platform(platform: Platform) -> dict[str, object]:
    return {
        "architecture": platform.architecture or None,
        "os": platform.os or None,
        "variant": platform.variant or None,
        "platform": str(platform) if platform.is_known else None,
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
    choice: Choice,
    manifest: Manifest | Index,
    config: ImageConfig | None,
    wanted: Platform | None,
    default: Platform,
) -> tuple[str, ...]:
    warnings: list[str] = []
    if choice.substitute:
        warnings.append(f"{default} is not among its platforms; this is {choice.platform}")
    if isinstance(manifest, Index):
        warnings.append("this index holds no image; get_manifest shows its entries")
    elif config is None:
        warnings.append("this is an artifact, not an image: it has no platform, history or labels")
    else:
        warnings += _doubts(choice, manifest, config, wanted)
    return tuple(warnings)


def _doubts(choice: Choice, manifest: Manifest, config: ImageConfig, wanted: Platform | None) -> list[str]:
    """Return where an image contradicts itself, or says too little for what was asked."""
    doubts: list[str] = []
    if not config.platform.is_known:
        if wanted is not None and choice.platform is None:
            doubts.append(f"its configuration names no platform, so it may not be for {wanted}")
    elif choice.platform is not None and config.platform.serves(choice.platform) is None:
        doubts.append(f"its index lists it for {choice.platform}, its configuration says {config.platform}")
    if config.history and manifest.layers and not any(config.steps_by_layer(len(manifest.layers))):
        doubts.append("history and layers do not match, so layers are shown without their commands")
    return doubts
