"""What is not there, told to clients by the protocol's own errors: what there is instead, and what was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from portcall.errors import InvalidArgumentError
from portcall.render import fitted_error
from portcall.tools.near import near_tools

if TYPE_CHECKING:
    from collections.abc import Sequence


def no_such(message: str, lead: str, name: str, names: Sequence[str]) -> MCPError:
    """Return the client's error for a name that means nothing here; it repeats nothing of it.

    Args:
        message: What is not there, a clause.
        lead: What the names that there are stand behind: ``"The prompts are"``.
        name: What was asked for.
        names: What there is.
    """
    hint = f"{lead} {', '.join(names)}." if names else "No toolset that has any is switched on."
    near = near_tools(name, names)[:1]
    meant = "".join(f"Did you mean {each}? " for each in near)
    error = InvalidArgumentError(message, hint=f"{meant}{hint}", candidates=near)
    told = fitted_error(error)
    return MCPError(INVALID_PARAMS, told.text, told.structured["error"])
