"""Two plugins, one name or prefix: a built-in keeps its own, strangers both lose it, the configuration decides.

Of a tool they only lose the short name: it is offered under that of its distribution, too.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from portcall.backend import BackendContext, BackendRegistration, RegistryBackend
from portcall.errors import InternalError
from portcall.loader.source import LoadedPlugins, Offer, PluginSource
from portcall.reference import Prefix, parse_prefix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portcall.settings import Settings


def settle_conflicts(loaded: LoadedPlugins, settings: Settings) -> None:
    """Decide who bears a name and who serves a prefix, and tell the decision in the losers' reports.

    A plugin that loses a prefix still offers its backend by name, so that the configuration can decide; a
    prefix for which it did is in nobody's dispute.
    """
    _settle_names(loaded)
    _settle_prefixes(loaded, settings)
    loaded.offers += _stand_ins(loaded, settings)
    if loaded.tools:
        _settle_tools(loaded)


def _settle_names(loaded: LoadedPlugins) -> None:
    bearers: defaultdict[str, list[Offer]] = defaultdict(list)
    for offer in loaded.offers:
        bearers[offer.registration.name].append(offer)
    kept: list[Offer] = []
    for offer in loaded.offers:
        name = offer.registration.name
        rivals = [rival for rival in bearers[name] if rival.source != offer.source]
        if not rivals or offer.source.is_built_in:
            kept.append(offer)
            continue
        report = loaded.report_on(offer.source)
        report.backends = tuple(backend for backend in report.backends if backend != name)
        report.lose(f"offers the backend {name!r}, as {_named(rivals)} does; disable one of them under [plugins]")
    loaded.offers[:] = kept


def _settle_prefixes(loaded: LoadedPlugins, settings: Settings) -> None:
    decided = {parse_prefix(key) for key, entry in settings.registries.items() if entry.backend}
    claims = [(prefix, offer) for offer in loaded.offers for prefix in offer.prefixes]
    settled: list[Offer] = []
    for offer in loaded.offers:
        kept: list[Prefix] = []
        for prefix in offer.prefixes:
            rivals = [] if prefix in decided else _rivals(prefix, offer, claims)
            if rivals:
                loaded.report_on(offer.source).problems.append(_dispute(prefix, offer, rivals))
            else:
                kept.append(prefix)
        settled.append(replace(offer, prefixes=tuple(kept)))
    loaded.offers[:] = settled


def _rivals(prefix: Prefix, offer: Offer, claims: Sequence[tuple[Prefix, Offer]]) -> list[Offer]:
    """Return who else serves ``prefix``: whoever claims it, and the built-in that serves all around it.

    A part of ``docker.io`` is ``docker.io`` too: taking it over silently would also take its credentials.
    """
    if offer.source.is_built_in:
        return []
    return [
        other
        for claimed, other in claims
        if other.source != offer.source
        and (claimed == prefix or (other.source.is_built_in and claimed.covers(prefix.registry, prefix.path)))
    ]


def _dispute(prefix: Prefix, offer: Offer, rivals: Sequence[Offer]) -> str:
    return (
        f"claims the prefix {prefix}, which {_named(rivals)} serves; disable one of them under [plugins], or "
        f'decide with backend = "{offer.registration.name}" under [registries."{prefix}"]'
    )


def _named(offers: Sequence[Offer]) -> str:
    return " and ".join(sorted({offer.source.qualified for offer in offers}))


def _settle_tools(loaded: LoadedPlugins) -> None:
    from portcall.loader.tools import named_apart, within_budget  # late: few plugins have tools

    named, nameless = named_apart(loaded.tools)
    loaded.tools[:], homeless = within_budget(named)
    for offer, reason in (*nameless, *homeless):
        report = loaded.report_on(offer.source)
        report.tools = tuple(tool for tool in report.tools if tool != offer.tool.name)
        report.lose(reason)
    for offer in loaded.tools:
        if offer.spec.name == offer.tool.name:
            continue
        report = loaded.report_on(offer.source)
        report.tools = tuple(offer.spec.name if tool == offer.tool.name else tool for tool in report.tools)
        report.notes.append(f"its tool {offer.tool.name} is offered as {offer.spec.name}, for that name is taken")


def _stand_ins(loaded: LoadedPlugins, settings: Settings) -> list[Offer]:
    """Return offers for backends that the configuration names and that a failed plugin may have had.

    A plugin's fault costs its own registries, not the start; a name that is merely mistyped still does.
    """
    if not loaded.failures:
        return []
    offered = {offer.registration.name for offer in loaded.offers}
    named = {entry.backend for entry in settings.registries.values() if entry.backend}
    return [
        Offer(PluginSource("unknown", "", name), BackendRegistration(name, _absent), ())
        for name in sorted(named - offered)
    ]


def _absent(context: BackendContext) -> RegistryBackend:
    raise InternalError(
        f"no plugin that loaded offers the backend of {context.upstream.registry}",
        hint="portcall plugins and list_registries tell which plugin failed, and why.",
        registry=context.upstream.registry,
    )
