"""Finding plugins, and keeping their faults to themselves.

pluggy's own ``load_setuptools_entrypoints`` stops everything at the first broken import, and lets a third
party replace a built-in by reusing its entry point's name. Here each plugin is loaded inside a ``try`` of
its own, under ``distribution:name``, in sorted order.
"""

from __future__ import annotations

import importlib.metadata
import re
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pluggy
import structlog

from portcall import hookspecs
from portcall.backend import BackendRegistration
from portcall.models import PluginFailure
from portcall.reference import Prefix, parse_prefix

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from portcall.settings import PluginSettings, Settings

#: The distribution whose plugins are built in: no third party takes over what it serves.
BUILT_IN = "portcall"

_log = structlog.get_logger("portcall.plugins")


@dataclass(frozen=True, slots=True)
class PluginSource:
    """Where a plugin comes from.

    Args:
        distribution: The installed distribution's name, normalised: ``"portcall-harbor"``.
        version: Its version.
        name: The entry point's name.
    """

    distribution: str
    version: str
    name: str

    @property
    def qualified(self) -> str:
        """``distribution:name``, which no other plugin can bear."""
        return f"{self.distribution}:{self.name}"

    @property
    def is_built_in(self) -> bool:
        """Whether it is shipped with portcall itself."""
        return self.distribution == BUILT_IN


@dataclass(frozen=True, slots=True)
class Offer:
    """A registration and the plugin that made it, its prefixes read."""

    source: PluginSource
    registration: BackendRegistration
    prefixes: tuple[Prefix, ...]


@dataclass(slots=True)
class PluginReport:
    """One plugin as ``portcall plugins`` shows it; ``state`` is ``loaded``, ``disabled`` or ``failed``."""

    source: PluginSource
    state: str = "loaded"
    hooks: tuple[str, ...] = ()
    backends: tuple[str, ...] = ()
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True)
class LoadedPlugins:
    """Every plugin found, and what those that work offer."""

    reports: list[PluginReport] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)

    @property
    def failures(self) -> tuple[PluginFailure, ...]:
        """What did not load, and why."""
        return tuple(
            PluginFailure(plugin=report.source.qualified, version=report.source.version, reason=problem)
            for report in self.reports
            for problem in report.problems
        )


def load_plugins(settings: Settings) -> LoadedPlugins:
    """Load every plugin that is installed and not switched off. Never raises for a plugin's fault."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    loaded = LoadedPlugins()
    for source, entry_point in _entry_points():
        report = PluginReport(source)
        loaded.reports.append(report)
        if not _is_permitted(source, settings.plugins):
            report.state = "disabled"
            continue
        try:
            _load(manager, source, entry_point, report)
            loaded.offers += _collect(manager, source, report, settings)
        except Exception as error:  # noqa: BLE001 - whatever a plugin does wrong is its own affair
            report.state = "failed"
            report.problems.append(f"{type(error).__name__}: {_one_line(error)}")
            _log.warning("plugin_failed", plugin=source.qualified, version=source.version, exc_info=error)
        else:
            _log.debug("plugin_loaded", plugin=source.qualified, version=source.version)
    _settle_conflicts(loaded)
    return loaded


def _entry_points() -> list[tuple[PluginSource, importlib.metadata.EntryPoint]]:
    """Return every entry point of the group, sorted and each once, though its metadata may lie about twice."""
    found: dict[tuple[str, str], tuple[PluginSource, importlib.metadata.EntryPoint]] = {}
    for entry_point in importlib.metadata.entry_points(group=hookspecs.GROUP):
        dist = entry_point.dist
        name = re.sub(r"[-_.]+", "-", dist.name).lower() if dist else "unknown"
        source = PluginSource(name, dist.version if dist else "", entry_point.name)
        found.setdefault((source.distribution, source.name), (source, entry_point))
    return sorted(found.values(), key=lambda pair: (not pair[0].is_built_in, pair[0].qualified))


def _is_permitted(source: PluginSource, plugins: PluginSettings) -> bool:
    """Apply ``[plugins]``; a pattern is matched against ``distribution:name`` and the distribution alone."""

    def any_matches(patterns: Iterable[str]) -> bool:
        names = (source.qualified, source.distribution)
        return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)

    return any_matches(plugins.allow) and not any_matches(plugins.disabled)


def _load(
    manager: pluggy.PluginManager,
    source: PluginSource,
    entry_point: importlib.metadata.EntryPoint,
    report: PluginReport,
) -> None:
    plugin = entry_point.load()
    if isinstance(plugin, type):
        plugin = plugin()
    known = {name for name in vars(hookspecs) if name.startswith("portcall_")}
    strangers = [
        name
        for name in dir(plugin)
        if name.startswith("portcall_") and name not in known and manager.parse_hookimpl_opts(plugin, name)
    ]
    if strangers:
        raise TypeError(f"implements {', '.join(strangers)}, which this version of portcall does not have")
    manager.register(plugin, name=source.qualified)
    report.hooks = tuple(
        sorted(caller.name for caller in manager.get_hookcallers(plugin) or () if caller.name in known)
    )
    if not report.hooks:
        raise TypeError("implements no hook of portcall; is @hookimpl missing?")


def _collect(
    manager: pluggy.PluginManager, source: PluginSource, report: PluginReport, settings: Settings
) -> list[Offer]:
    """Ask one plugin alone: a generator raises late, and must do so inside this plugin's ``try``."""
    plugin = manager.get_plugin(source.qualified)
    offers: list[Offer] = []
    for implementation in manager.hook.portcall_backends.get_hookimpls():
        if implementation.plugin is not plugin:
            continue
        arguments = {"settings": settings}
        offered: Any = implementation.function(*(arguments[name] for name in implementation.argnames))
        for registration in offered:
            if not isinstance(registration, BackendRegistration):
                raise TypeError(f"offers a {type(registration).__name__} where a BackendRegistration is due")
            prefixes = tuple(parse_prefix(prefix) for prefix in registration.prefixes)
            offers.append(Offer(source, registration, prefixes))
    report.backends = tuple(offer.registration.name for offer in offers)
    return offers


def _settle_conflicts(loaded: LoadedPlugins) -> None:
    """Decide who bears a name and who serves a prefix: a built-in keeps its own, strangers both lose it.

    A plugin that loses a prefix still offers its backend by name, so that the configuration can decide.
    """
    names: dict[str, list[Offer]] = {}
    for offer in loaded.offers:
        names.setdefault(offer.registration.name, []).append(offer)
    for name, rivals in names.items():
        for offer in _losers(rivals):
            loaded.offers.remove(offer)
            report = _report_of(loaded, offer)
            report.backends = tuple(backend for backend in report.backends if backend != name)
            report.state = "loaded" if report.backends else "failed"
            report.problems.append(_conflict(f"the backend name {name!r}", offer, rivals))
    prefixes: dict[Prefix, list[Offer]] = {}
    for offer in loaded.offers:
        for prefix in offer.prefixes:
            prefixes.setdefault(prefix, []).append(offer)
    for prefix, rivals in prefixes.items():
        for offer in _losers(rivals):
            position = loaded.offers.index(offer)
            rest = tuple(other for other in offer.prefixes if other != prefix)
            loaded.offers[position] = replace(offer, prefixes=rest)
            _report_of(loaded, offer).problems.append(_conflict(f"the prefix {prefix}", offer, rivals))


def _losers(rivals: Sequence[Offer]) -> list[Offer]:
    if len(rivals) < 2:
        return []
    return [offer for offer in rivals if not offer.source.is_built_in]


def _report_of(loaded: LoadedPlugins, offer: Offer) -> PluginReport:
    return next(report for report in loaded.reports if report.source == offer.source)


def _conflict(what: str, offer: Offer, rivals: Sequence[Offer]) -> str:
    rival = next(other for other in rivals if other.source != offer.source)
    return (
        f"claims {what}, which {rival.source.qualified} claims too; "
        f'disable one under [plugins], or decide with backend = "..." under [registries]'
    )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
