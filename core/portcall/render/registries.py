"""Registries as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.errors import UnreachableError
from portcall.render.prose import prose, sentence
from portcall.render.untrusted import code

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from portcall.models import RateLimitInfo, RegistryInfo, RegistryList


#: The code of an error that says no more than "not reachable".
_SAID = f"{UnreachableError.code}: "


def registries_text(answer: RegistryList) -> str:
    """Return one row for each prefix, what all of them can said once, and what failed to load."""
    common = common_capabilities(answer)
    rows = [" · ".join(_facts(info, common)) for info in answer.registries]
    rest = f"Any other registry is asked as backend {answer.fallback}, by the plain OCI protocol."
    if common:
        rest = f"All can: {', '.join(common)}. {rest}"
    parts = ["# Registries", "\n".join(rows), rest]
    if answer.failed:
        failed = [
            f"- {failure.plugin} {failure.version or ''}: {sentence(failure.reason)}" for failure in answer.failed
        ]
        parts.append("## Plugins with problems\n\n" + "\n".join(failed))
    return "\n\n".join(part for part in parts if part)


def common_capabilities(answer: RegistryList) -> tuple[str, ...]:
    """Return what every registry can that tells what it can."""
    able = [info.capabilities for info in answer.registries if info.capabilities]
    return tuple(name for name in able[0] if all(name in others for others in able)) if able else ()


def _facts(info: RegistryInfo, common: Sequence[str]) -> Iterator[str]:
    yield f"- `{info.prefix}`"
    yield f"backend {info.backend}"
    if info.endpoint and (info.configured or info.reachable is not None):
        yield code(info.endpoint)
    more = [name for name in info.capabilities if name not in common]
    if more:
        yield f"also: {', '.join(more)}"
    yield "no credentials" if info.credentials == "none" else f"credentials: {info.credentials}"
    if info.api_credentials:
        yield f"for its API: {info.api_credentials}"
    if info.reachable is not None:
        yield f"answers in {info.latency or 0:.3f} s" if info.reachable else "**not reachable**"
    if info.rate_limit:
        # Pulls are what Docker Hub counts, and it gives more of them to whoever signs in.
        more_by_login = info.credentials == "none" and info.rate_limit.counts == "pulls"
        yield allowance(info.rate_limit) + (", a login gets more" if more_by_login else "")
    if info.problem:
        # That it is unreachable was said.
        yield prose(info.problem if info.reachable is not False else info.problem.removeprefix(_SAID))


def allowance(limit: RateLimitInfo) -> str:
    """Return how much may be asked: ``"87 of 100 pulls left per 6 h, …"``, and when it is more again."""
    size = f" of {limit.limit}" if limit.limit is not None else ""
    told = f"{limit.remaining}{size} {limit.counts} left"
    if limit.remaining is None:
        told = f"{limit.limit} {limit.counts}"
    if limit.window:
        window = f"{limit.window / 3600:g} h" if limit.window >= 3600 else f"{limit.window} s"
        told += f" per {window}"
        if limit.remaining is not None and limit.remaining != limit.limit and not limit.resets_at:
            told += f", those spent are back within {window} (no hour is told)"
    return f"{told}, all back at {limit.resets_at}" if limit.resets_at else told
