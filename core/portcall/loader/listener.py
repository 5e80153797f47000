"""Plugins that hear of finished calls."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import pluggy


@dataclass(frozen=True, slots=True)
class PluginListener:
    """A plugin's ``portcall_call_finished``.

    Args:
        name: Whose it is: ``"portcall-audit:main"``.
        hook: Called by keyword, in a thread of the plugin's own.
    """

    name: str
    hook: Callable[..., Any] = field(repr=False)


def listener_of(manager: pluggy.PluginManager, name: str) -> PluginListener | None:
    """Return how a plugin hears of finished calls, if it wants to.

    Args:
        manager: The plugin's own.
        name: Whose it is.

    Raises:
        TypeError: It is no plain function: whatever it does would never be done.
    """
    caller = manager.hook.portcall_call_finished
    implementations = [each for each in caller.get_hookimpls() if not (each.wrapper or each.hookwrapper)]
    if not implementations:
        return None
    if any(_is_never_run(each.function) for each in implementations):
        raise TypeError("its portcall_call_finished is asynchronous or a generator; it has to be a plain function")
    return PluginListener(name, caller)


def _is_never_run(function: Any) -> bool:
    return any(
        kind(function)
        for kind in (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
    )
