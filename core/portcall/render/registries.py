"""Registries as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.render.untrusted import plain_line

if TYPE_CHECKING:
    from portcall.models import RegistryInfo, RegistryList


def registries_text(answer: RegistryList) -> str:
    """Return one row for each prefix, and what failed to load."""
    parts = ["# Registries", "\n".join(_row(info) for info in answer.registries)]
    parts.append(f"Every other registry is asked by the plain OCI protocol (backend {answer.fallback!r}).")
    if answer.failed:
        failed = "\n".join(
            f"- {failure.plugin} {failure.version or ''}: {plain_line(failure.reason)}"
            for failure in answer.failed
        )
        parts.append(f"## Plugins with problems\n\n{failed}")
    return "\n\n".join(part for part in parts if part)


def _row(info: RegistryInfo) -> str:
    facts = [
        f"backend {info.backend}",
        info.endpoint or "",
        f"can: {', '.join(info.capabilities)}" if info.capabilities else "",
        f"credentials: {info.credentials}",
    ]
    if info.reachable is not None:
        facts.append(
            f"reachable in {info.latency:.3f} s" if info.reachable and info.latency else "**not reachable**"
        )
    if info.problem:
        facts.append(plain_line(info.problem))
    return f"- `{info.prefix}` · " + " · ".join(fact for fact in facts if fact)
