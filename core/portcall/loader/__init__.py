"""Finding plugins, and keeping their faults to themselves.

pluggy's own ``load_setuptools_entrypoints`` stops everything at the first broken import, and lets a third
party replace a built-in by reusing its entry point's name. Here each plugin is loaded inside a ``try`` of
its own, under ``distribution:name``, in sorted order.
"""

from portcall.loader.load import load_plugins
from portcall.loader.source import BUILT_IN, LoadedPlugins, Offer, PluginReport, PluginSource

__all__ = ["BUILT_IN", "LoadedPlugins", "Offer", "PluginReport", "PluginSource", "load_plugins"]
