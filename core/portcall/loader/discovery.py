"""Which plugins are installed.

``importlib.metadata.entry_points`` reads every distribution's file at once: one malformed file of anybody's
would hide all plugins, the built-in ones included. Here each distribution is read by itself.
"""

from __future__ import annotations

import importlib.metadata
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from portcall.hookspecs import GROUP
from portcall.loader.source import PluginSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from portcall.settings import PluginSettings


class Found(NamedTuple):
    """A plugin that is installed; without an entry point where its metadata cannot be read."""

    source: PluginSource
    entry_point: importlib.metadata.EntryPoint | None
    problem: str = ""


def installed_plugins() -> list[Found]:
    """Return every plugin that is installed, each once: the built-in ones first, then by qualified name."""
    found: dict[str, Found] = {}
    for distribution in _distributions():
        for plugin in _plugins_of(distribution):
            found.setdefault(plugin.source.qualified, plugin)
    return sorted(found.values(), key=lambda plugin: (not plugin.source.is_built_in, plugin.source.qualified))


def is_permitted(source: PluginSource, plugins: PluginSettings) -> bool:
    """Apply ``[plugins]``; a pattern is matched against ``distribution:name`` and the distribution alone."""

    def any_matches(patterns: Iterable[str]) -> bool:
        names = (source.qualified, source.distribution)
        return any(fnmatchcase(name, _normalised(pattern)) for name in names for pattern in patterns)

    return any_matches(plugins.allow) and not any_matches(plugins.disabled)


def _normalised(pattern: str) -> str:
    """Write the distribution as it is compared: ``Portcall_Harbor:main`` means ``portcall-harbor:main``."""
    distribution, colon, name = pattern.partition(":")
    return f"{_normalised_name(distribution)}{colon}{name}"


def _normalised_name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _distributions() -> Iterator[importlib.metadata.Distribution]:
    """Yield the distributions that have plugins for us, and are not shadowed by another of their name."""
    for distribution in importlib.metadata.distributions():
        if not _has_plugins(distribution):
            continue
        try:
            first = importlib.metadata.distribution(_name(distribution))
        except importlib.metadata.PackageNotFoundError:
            first = distribution
        if _has_plugins(first):
            yield first


def _has_plugins(distribution: importlib.metadata.Distribution) -> bool:
    try:
        text = distribution.read_text("entry_points.txt")
    except (OSError, UnicodeDecodeError):
        return False
    return text is not None and GROUP in text


def _plugins_of(distribution: importlib.metadata.Distribution) -> list[Found]:
    name, version = _name(distribution), _version(distribution)
    try:
        entry_points = distribution.entry_points.select(group=GROUP)
        return [Found(PluginSource(name, version, point.name), point) for point in entry_points]
    except Exception as error:  # noqa: BLE001 - somebody else's file, read by somebody else's parser
        problem = f"its entry_points.txt cannot be read: {type(error).__name__}"
        return [Found(PluginSource(name, version, "?"), None, problem)]


def _name(distribution: importlib.metadata.Distribution) -> str:
    try:
        return _normalised_name(distribution.metadata["Name"])
    except Exception:  # noqa: BLE001 - half-removed distributions have no metadata, in as many ways as Pythons
        return "unknown"


def _version(distribution: importlib.metadata.Distribution) -> str:
    try:
        return str(distribution.metadata["Version"] or "")
    except Exception:  # noqa: BLE001 - as above
        return ""
