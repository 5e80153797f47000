"""portcall: one MCP server for every container registry.

>>> import portcall
>>> async with portcall.Portcall() as pc:  # doctest: +SKIP
...     detail = await pc.get_image_details("nginx:1.27")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portcall.version import __version__

if TYPE_CHECKING:
    from portcall.gateway import Portcall as Portcall

__all__ = ["Portcall", "__version__"]


def __getattr__(name: str) -> Any:
    # Late, so that `portcall --version` and the readers of leaf modules pay for nothing.
    if name == "Portcall":
        from portcall.gateway import Portcall

        return Portcall
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
