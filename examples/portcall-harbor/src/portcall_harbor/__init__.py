"""Harbor for portcall: the hooks that make this distribution a plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.plugin import BackendRegistration, PluginTool, hookimpl

from portcall_harbor.backend import HarborBackend
from portcall_harbor.tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["HarborBackend", "portcall_backends", "portcall_tools"]


@hookimpl
def portcall_backends() -> Iterator[BackendRegistration]:
    """Offer Harbor; it has no prefixes, for every Harbor is somebody's own."""
    yield BackendRegistration(name="harbor", factory=HarborBackend)


@hookimpl
def portcall_tools() -> Iterator[PluginTool]:
    """Offer what Harbor has and portcall has no tool for."""
    yield from TOOLS
