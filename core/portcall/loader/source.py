"""What is known of a plugin: where it comes from, what it offers, what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portcall.models import PluginFailure
from portcall.reference import Prefix, parse_prefix

if TYPE_CHECKING:
    from portcall.backend import BackendRegistration
    from portcall.loader.credentials import PluginProvider
    from portcall.loader.listener import PluginListener
    from portcall.loader.tools import ToolOffer

#: The distribution whose plugins are built in: no third party takes over what it serves.
BUILT_IN = "portcall"


@dataclass(frozen=True, slots=True)
class PluginSource:
    """Where a plugin comes from.

    Args:
        distribution: The installed distribution's name, normalised: ``"portcall-harbor"``.
        version: Its version; empty where its metadata does not tell.
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
    """A registration and the plugin that made it.

    Args:
        source: The plugin.
        registration: What it offers.
        prefixes: Those of its prefixes that it may serve, read.
    """

    source: PluginSource
    registration: BackendRegistration
    prefixes: tuple[Prefix, ...]

    def is_at_home(self, registry: str) -> bool:
        """Tell whether ``registry`` is the plugin's own: only there do its endpoint and token service hold."""
        return any(parse_prefix(prefix).registry == registry for prefix in self.registration.prefixes)


@dataclass(slots=True)
class PluginReport:
    """One plugin as ``portcall plugins`` shows it; ``state`` is ``loaded``, ``disabled`` or ``failed``."""

    source: PluginSource
    state: str = "loaded"
    hooks: tuple[str, ...] = ()
    backends: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def fail(self, reason: str) -> None:
        """Note that nothing of the plugin is used."""
        self.state = "failed"
        self.problems.append(reason)

    def lose(self, reason: str) -> None:
        """Note that a part of the plugin is not used; where nothing else is left of it, it failed."""
        offers = {"portcall_backends": self.backends, "portcall_tools": self.tools}
        is_left = any(offers.get(hook, True) for hook in self.hooks)
        self.state = "loaded" if is_left else "failed"
        self.problems.append(reason)


@dataclass(slots=True)
class LoadedPlugins:
    """Every plugin found, and what those that work offer."""

    reports: list[PluginReport] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    credentials: list[PluginProvider] = field(default_factory=list)
    tools: list[ToolOffer] = field(default_factory=list)
    listeners: list[PluginListener] = field(default_factory=list)

    def report_on(self, source: PluginSource) -> PluginReport:
        """Return the report on one plugin."""
        return next(report for report in self.reports if report.source == source)

    @property
    def failures(self) -> tuple[PluginFailure, ...]:
        """What did not load, and why."""
        return tuple(
            PluginFailure(plugin=report.source.qualified, version=report.source.version or None, reason=problem)
            for report in self.reports
            for problem in report.problems
        )
