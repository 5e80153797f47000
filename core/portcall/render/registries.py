"""Registries as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.render.prose import prose, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.models import RateLimitInfo, RegistryInfo, RegistryList


def registries_text(answer: RegistryList) -> str:
    """Return one row for each prefix, what all of them can said once, and what failed to load."""
    able = [set(info.capabilities) for info in answer.registries if info.capabilities]
    common = set.intersection(*able) if able else set()
    rows = [" · ".join(_facts(info, common)) for info in answer.registries]
    rest = f"Any other registry is asked as backend {answer.fallback}, by the plain OCI protocol."
    if common:
        told = [name for name in answer.registries[0].capabilities if name in common] or sorted(common)
        rest = f"All can: {', '.join(told)}. {rest}"
    parts = ["# Registries", "\n".join(rows), rest]
    if answer.failed:
        failed = [
            f"- {failure.plugin} {failure.version or ''}: {sentence(failure.reason)}" for failure in answer.failed
        ]
        parts.append("## Plugins with problems\n\n" + "\n".join(failed))
    return "\n\n".join(part for part in parts if part)


def _facts(info: RegistryInfo, common: set[str]) -> Iterator[str]:
    yield f"- `{info.prefix}`"
    yield f"backend {info.backend}"
    if info.endpoint and (info.configured or info.reachable is not None):
        yield info.endpoint
    more = [name for name in info.capabilities if name not in common]
    if more:
        yield f"also: {', '.join(more)}"
    yield "no credentials" if info.credentials == "none" else f"credentials: {info.credentials}"
    if info.api_credentials:
        yield f"for its API: {info.api_credentials}"
    if info.reachable is not None:
        yield f"answers in {info.latency or 0:.3f} s" if info.reachable else "**not reachable**"
    if info.rate_limit:
        yield allowance(info.rate_limit)
    if info.problem:
        yield prose(info.problem)


def allowance(limit: RateLimitInfo) -> str:
    """Return how much may be asked: ``"87 of 100 pulls left per 6 h, those spent are back within 6 h"``."""
    size = f" of {limit.limit}" if limit.limit is not None else ""
    told = f"{limit.remaining}{size} {limit.counts} left"
    if limit.remaining is None:
        told = f"{limit.limit} {limit.counts}"
    if limit.window:
        window = f"{limit.window / 3600:g} h" if limit.window >= 3600 else f"{limit.window} s"
        told += f" per {window}"
        if limit.remaining is not None and not limit.resets_at:
            told += f", those spent are back within {window}"
    return f"{told}, all back at {limit.resets_at}" if limit.resets_at else told
