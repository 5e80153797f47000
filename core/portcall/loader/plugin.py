"""One plugin, loaded and asked what it offers."""

from __future__ import annotations

import contextlib
import inspect
import sys
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import pluggy

from portcall import hookspecs
from portcall.backend import BackendRegistration
from portcall.errors import PortcallError
from portcall.loader.credentials import PluginProvider, credentials_of
from portcall.loader.listener import PluginListener, listener_of
from portcall.loader.source import Offer, PluginReport, PluginSource
from portcall.reference import Prefix, parse_prefix

if TYPE_CHECKING:
    import importlib.metadata

    from portcall.loader.tools import ToolOffer
    from portcall.settings import Settings


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one plugin adds: backends, credentials for some hosts, tools, an ear for finished calls."""

    offers: list[Offer]
    credentials: PluginProvider | None
    tools: list[ToolOffer]
    listener: PluginListener | None


def contribution_of(
    source: PluginSource,
    entry_point: importlib.metadata.EntryPoint,
    report: PluginReport,
    settings: Settings,
) -> Contribution:
    """Import a plugin, check its hooks, and return what it adds.

    It has a manager of its own: what it registers, wraps or misspells concerns no other plugin. What it
    prints goes to stderr, for stdout may be an MCP client's.

    Raises:
        Exception: Whatever the plugin does wrong; a generator raises late, and does so here.
        SystemExit: The plugin's module leaves.
    """
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    with contextlib.redirect_stdout(sys.stderr):
        plugin = entry_point.load()
        if isinstance(plugin, type):
            plugin = plugin()
        manager.register(plugin, name=source.qualified)
        report.hooks = _hooks(manager, plugin)
        offers = [
            _offer(source, registration)
            for offered in manager.hook.portcall_backends(settings=settings)
            for registration in _each(offered)
        ]
        hosts = [_each(named) for named in manager.hook.portcall_credential_hosts(settings=settings)]
        credentials = credentials_of(manager, source.qualified, hosts)
        tools = _tools(source, manager, settings)
        listener = listener_of(manager, source.qualified)
    _check_repetition(offers)
    report.backends = tuple(offer.registration.name for offer in offers)
    report.tools = tuple(offer.tool.name for offer in tools)
    return Contribution(offers, credentials, tools, listener)


def _hooks(manager: pluggy.PluginManager, plugin: object) -> tuple[str, ...]:
    """Return the names of the hooks that the plugin implements.

    Raises:
        TypeError: It has none, or one that this version does not know and that is not marked optional.
    """
    callers = manager.get_hookcallers(plugin) or []
    strangers = [
        caller.name
        for caller in callers
        if not caller.has_spec() and not all(each.optionalhook for each in caller.get_hookimpls())
    ]
    if strangers:
        raise TypeError(f"implements {', '.join(strangers)}, which this version of portcall does not have")
    if not callers:
        raise TypeError("implements no hook of portcall; is @hookimpl missing?")
    return tuple(sorted(caller.name for caller in callers if caller.has_spec()))


def _each(offered: Any) -> Any:
    if inspect.iscoroutine(offered):
        offered.close()
        raise TypeError("a hook that is asked at the start is asynchronous; it has to be a plain function")
    return offered


def _tools(source: PluginSource, manager: pluggy.PluginManager, settings: Settings) -> list[ToolOffer]:
    offered = iter(manager.hook.portcall_tools(settings=settings))
    first = next(offered, None)
    if first is None:
        return []
    from portcall.loader.tools import tool_offers  # late: few plugins have tools

    return tool_offers(source, (tool for each in chain((first,), offered) for tool in _each(each)))


def _offer(source: PluginSource, registration: object) -> Offer:
    if not isinstance(registration, BackendRegistration):
        raise TypeError(f"offers a {type(registration).__name__} where a BackendRegistration is due")
    # Authors who do not check types hand over anything.
    name: object = registration.name
    prefixes: object = registration.prefixes
    if not isinstance(name, str) or not name:
        raise TypeError("offers a backend without a name")
    if not callable(registration.factory):
        raise TypeError(f"the factory of its backend {name!r} cannot be called")
    if isinstance(prefixes, str):
        raise TypeError(f"the prefixes of its backend {name!r} are one text where a tuple is due")
    read = (_prefix(prefix) for prefix in registration.prefixes)
    return Offer(source, registration, tuple(dict.fromkeys(read)))


def _prefix(text: str) -> Prefix:
    try:
        return parse_prefix(text)
    except PortcallError as error:
        raise ValueError(f"{text!r} is no registry prefix: {error.message}") from None


def _check_repetition(offers: list[Offer]) -> None:
    names: list[str] = [offer.registration.name for offer in offers]
    prefixes = [str(prefix) for offer in offers for prefix in offer.prefixes]
    for what, told in (("backend", names), ("prefix", prefixes)):
        repeated = next((each for each in told if told.count(each) > 1), None)
        if repeated is not None:
            raise ValueError(f"offers the {what} {repeated} twice")
