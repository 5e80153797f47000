"""All plugins, loaded one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.isolation import LEAVING
from portcall.loader.conflicts import settle_conflicts
from portcall.loader.discovery import Found, installed_plugins, is_permitted
from portcall.loader.plugin import contribution_of
from portcall.loader.source import LoadedPlugins, PluginReport
from portcall.logs import get_logger

if TYPE_CHECKING:
    from portcall.settings import Settings

_log = get_logger("portcall.plugins")


def load_plugins(settings: Settings) -> LoadedPlugins:
    """Load every plugin that is installed and not switched off. Never raises for a plugin's fault."""
    loaded = LoadedPlugins()
    for found in installed_plugins():
        report = PluginReport(found.source)
        loaded.reports.append(report)
        if is_permitted(found.source, settings.plugins):
            _load(loaded, found, report, settings)
        else:
            report.state = "disabled"
    failed = {id(report) for report in loaded.reports if report.problems}
    settle_conflicts(loaded, settings)
    for report in loaded.reports:
        if report.problems and id(report) not in failed:
            _log.warning("plugin_refused", **_names(report), problems=report.problems)
        elif report.state == "loaded" and not report.source.is_built_in:
            # Plugins are trusted code: whoever runs portcall shall know whom they trust.
            _log.info("plugin_loaded", **_names(report), backends=report.backends, tools=report.tools)
    return loaded


def _load(loaded: LoadedPlugins, found: Found, report: PluginReport, settings: Settings) -> None:
    if found.entry_point is None:
        report.fail(found.problem)
        _log.warning("plugin_failed", **_names(report), problems=report.problems)
        return
    try:
        contribution = contribution_of(found.source, found.entry_point, report, settings)
    except LEAVING:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a plugin does wrong is its own affair
        report.fail(_one_line(error))
        # One line for whoever only wants an answer; where it failed, for whoever turns the level up.
        _log.warning("plugin_failed", **_names(report), problems=report.problems)
        _log.debug("plugin_traceback", **_names(report), exc_info=error)
        return
    loaded.offers += contribution.offers
    loaded.tools += contribution.tools
    if contribution.credentials:
        loaded.credentials.append(contribution.credentials)
    if contribution.listener:
        loaded.listeners.append(contribution.listener)


def _names(report: PluginReport) -> dict[str, str]:
    return {"plugin": report.source.qualified, "version": report.source.version}


def _one_line(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())[:300]
    except Exception:  # noqa: BLE001 - an error of the plugin's own making, which cannot even be told
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
