"""An image's details as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from portcall.render.quantity import counted, short_digest, size
from portcall.render.untrusted import code, fenced, plain_line, shortened, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from portcall.models import HealthCheck, HistoryStep, ImageDetail


def image_text(detail: ImageDetail) -> str:
    """Return the digest first, then what it is, how it runs, and what it is made of."""
    title = f"# {detail.name}{':' + detail.tag if detail.tag else ''}"
    if detail.platform:
        title += f" ({plain_line(detail.platform, 60)})"
    facts = "\n".join(f"- {fact}" for fact in _facts(detail))
    sections = [_layers(detail), _steps(detail), _pairs("Labels", detail.labels)]
    sections.append(_pairs("Annotations", detail.annotations))
    return "\n\n".join(part for part in (title, facts, *sections) if part)


def _facts(detail: ImageDetail) -> Iterator[str]:
    yield f"pinned: `{detail.reference}`"
    if detail.platform_digest != detail.digest:
        yield f"platform manifest: `{detail.platform_digest}`"
    if detail.artifact_type:
        yield f"artifact type: {code(detail.artifact_type)}"
    yield f"media type: {code(detail.media_type)}"
    made_of = f"size: {size(detail.total_size)} compressed in {counted(len(detail.layers), 'layer')}"
    if detail.layers:
        yield made_of
    if detail.created:
        yield f"created: {detail.created}"
    if detail.platforms:
        yield f"platforms: {', '.join(plain_line(platform, 60) for platform in detail.platforms)}"
    yield from _running(detail)
    if detail.base:
        named = " ".join(part for part in (detail.base.name, detail.base.digest) if part)
        yield f"base image, as it says: {code(named)}"
    if detail.web_url:
        yield f"web page: {detail.web_url}"


def _running(detail: ImageDetail) -> Iterator[str]:
    told = {
        "entrypoint": _as_json(detail.entrypoint),
        "cmd": _as_json(detail.cmd),
        "user": detail.user or ("root (none set)" if detail.architecture else None),
        "working directory": detail.workdir,
        "health check": _health(detail.healthcheck) if detail.healthcheck else None,
        "stop signal": detail.stop_signal,
        "author": detail.author,
    }
    yield from (f"{name}: {code(value)}" for name, value in told.items() if value)
    lists = {"ports": detail.exposed_ports, "volumes": detail.volumes, "env": detail.env}
    yield from (f"{name}: {' '.join(code(item, 200) for item in items)}" for name, items in lists.items() if items)


def _as_json(words: tuple[str, ...] | None) -> str | None:
    return json.dumps(words, ensure_ascii=False) if words else None


def _health(check: HealthCheck) -> str:
    every = f" every {check.interval:g} s" if check.interval else ""
    return f"{' '.join(check.test)}{every}"


def _layers(detail: ImageDetail) -> str:
    if not detail.layers:
        return ""
    rows = [
        f"{number:>3} {size(layer.size):>9} {short_digest(layer.digest)} "
        f"{'(foreign) ' if layer.foreign else ''}{_command(layer.command)}".rstrip()
        for number, layer in enumerate(detail.layers, 1)
    ]
    return "## Layers\n\n" + fenced("\n".join(rows))


def _steps(detail: ImageDetail) -> str:
    """Return the steps that made no layer; the others stand beside their layers, unless nothing matched."""
    matched = any(layer.command for layer in detail.layers)
    steps: list[HistoryStep] = [step for step in detail.history if step.empty_layer or not matched]
    rows = [_command(step.command) for step in steps if step.command]
    if not rows:
        return ""
    title = "Steps without a layer" if matched else "History"
    return f"## {title}\n\n" + fenced("\n".join(rows))


def _command(command: str | None) -> str:
    """Return a build step on one line, without the shell's and the builder's own noise."""
    if not command:
        return ""
    text = visible(command, 2000).removeprefix("/bin/sh -c #(nop)").strip()
    if text.startswith("/bin/sh -c "):
        text = "RUN " + text.removeprefix("/bin/sh -c ").lstrip()
    return shortened(" ".join(text.removesuffix("# buildkit").split()), 240)


def _pairs(title: str, pairs: Mapping[str, str]) -> str:
    if not pairs:
        return ""
    rows = [f"{plain_line(key, 120)}: {plain_line(value, 240)}" for key, value in pairs.items()]
    return f"## {title}\n\n" + fenced("\n".join(rows))
