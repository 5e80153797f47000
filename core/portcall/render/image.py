"""An image's details as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from portcall.render.build_step import build_step
from portcall.render.labels import pairs_text
from portcall.render.quantity import counted, short_digest, size, to_the_second
from portcall.render.untrusted import code, fenced, plain_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from portcall.models import ImageDetail, ImageLayer

#: Docker's own, which an image without any gets, too.
_USUAL_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: Steps that set what the facts above tell in their final state.
_SETTINGS = frozenset(
    {
        *("CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "STOPSIGNAL", "USER"),
        *("VOLUME", "WORKDIR"),
    }
)
_PLAIN_TYPES = frozenset(
    {
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    }
)


def image_text(detail: ImageDetail) -> str:
    """Return the digest first, then what it is, how it runs, and what it is made of."""
    title = f"# {detail.name}{':' + detail.tag if detail.tag else ''}"
    if detail.platform:
        title += f" for {code(detail.platform)}"
    facts = "\n".join([f"- {fact}" for fact in _facts(detail)])
    sections = [title, facts, _layers(detail), _steps(detail), *pairs_text(detail)]
    return "\n\n".join([part for part in sections if part])


def _facts(detail: ImageDetail) -> Iterator[str]:
    of_many = detail.platform_digest != detail.digest
    yield f"pinned: {code(detail.reference, 600)}{', for all its platforms' if of_many else ''}"
    if of_many:
        yield f"this platform's manifest: {code(detail.platform_digest)}"
    if detail.artifact_type:
        yield f"artifact type: {code(detail.artifact_type)}"
    if detail.media_type not in _PLAIN_TYPES:
        yield f"media type: {code(detail.media_type)}"
    if detail.layers:
        yield f"size: {size(detail.total_size)} compressed in {counted(len(detail.layers), 'layer')}"
    if detail.created:
        yield f"created: {to_the_second(detail.created)}"
    if detail.platforms and detail.platforms != (detail.platform,):
        yield f"platforms: {code(', '.join(detail.platforms), 2000)}"
    yield from _running(detail)
    if detail.base:
        yield f"base image, as it says: {code(base_of(detail), 600)}"
    if detail.web_url:
        yield f"web page: {code(detail.web_url, 600)}"


def _running(detail: ImageDetail) -> Iterator[str]:
    if detail.user:
        yield f"user: {code(detail.user)}"
    elif detail.architecture:
        yield "user: none is set" + ("" if detail.os == "windows" else ", so root")
    told = {
        "entrypoint": _as_json(detail.entrypoint),
        "cmd": _as_json(detail.cmd),
        "working directory": detail.workdir,
        "ports": " ".join(detail.exposed_ports),
        "volumes": " ".join(detail.volumes),
        "health check": health_of(detail),
        "stop signal": detail.stop_signal,
        "author": detail.author,
    }
    for name, value in told.items():
        if value:
            yield f"{name}: {code(value, 600)}"
    variables = [code(variable, 200) for variable in detail.env if variable != _USUAL_PATH]
    if variables:
        yield f"env: {' '.join(variables)}"


def _as_json(words: tuple[str, ...] | None) -> str | None:
    return json.dumps(words, ensure_ascii=False) if words else None


def base_of(detail: ImageDetail) -> str:
    """Return the image that this one says it was built on: ``name@digest``, or one of the two."""
    return "@".join(part for part in (detail.base.name, detail.base.digest) if part) if detail.base else ""


def health_of(detail: ImageDetail) -> str:
    """Return how the image is asked whether it is well, and how often."""
    check = detail.healthcheck
    if check is None:
        return ""
    return f"{' '.join(check.test)} every {check.interval:g} s" if check.interval else " ".join(check.test)


def _layers(detail: ImageDetail) -> str:
    if not detail.layers:
        return ""
    rows = [
        f"{number:>3} {size(layer.size):>9} {short_digest(layer.digest).partition(':')[2]} "
        f"{'(foreign) ' if layer.foreign else ''}{step_of(layer, detail)}".rstrip()
        for number, layer in enumerate(detail.layers, 1)
    ]
    return "## Layers\n\n" + fenced("\n".join(rows))


def step_of(layer: ImageLayer, detail: ImageDetail) -> str:
    """Return what made a layer; of an artifact's file, which no step made, what it is."""
    return plain_line(layer.media_type or "", 120) if detail.artifact_type else build_step(layer.command)


def _steps(detail: ImageDetail) -> str:
    """Return the steps that tell more than layers and facts do; all of them, where nothing matched."""
    matched = any(layer.command for layer in detail.layers)
    commands = (build_step(step.command) for step in detail.history if step.empty_layer or not matched)
    rows = _without_settings(commands) if matched else [command for command in commands if command]
    if not rows:
        return ""
    title = "Steps without a layer" if matched else "History"
    return f"## {title}\n\n" + fenced("\n".join(rows))


def _without_settings(commands: Iterable[str]) -> list[str]:
    return [command for command in commands if command and command.partition(" ")[0] not in _SETTINGS]
