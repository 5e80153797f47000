"""Refusing arguments: by name, without their values, with what was probably meant."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from portcall.errors import InvalidArgumentError
from portcall.render.untrusted import code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import ValidationError

#: Most faults that are told, and most characters of a name that nobody knows.
_MOST = 5
_LONGEST_NAME = 60


def refusal(tool: str, known: Sequence[str], error: ValidationError) -> InvalidArgumentError:
    """Return the error for arguments that a tool does not take.

    Args:
        tool: The tool's name.
        known: The arguments that it takes.
        error: What pydantic found; of its words, those that repeat a value are left out.
    """
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    unknown = [str(fault["loc"][0]) for fault in faults if fault["type"] == "extra_forbidden"]
    told = [_fault(fault) for fault in faults[:_MOST]]
    if len(faults) > _MOST:
        told.append(f"and {len(faults) - _MOST} more")
    missing = [str(fault["loc"][0]) for fault in faults if fault["type"] == "missing"]
    near = [match for name in unknown[:_MOST] for match in _meant(name[:_LONGEST_NAME], known, missing)]
    return InvalidArgumentError(
        f"{tool}: {'; '.join(told)}",
        hint=f"It takes {', '.join(known)}.",
        candidates=list(dict.fromkeys(near)),
    )


def _meant(name: str, known: Sequence[str], missing: Sequence[str]) -> list[str]:
    """Return the argument that was probably meant: first one that is due, and shares its name with it."""
    due = [each for each in missing if name and (name in each or each in name)]
    return due[:1] or difflib.get_close_matches(name, known, n=1)


def _fault(fault: Mapping[str, Any]) -> str:
    where: Sequence[Any] = fault["loc"]
    # A name that UTF-8 cannot hold has no place.
    name = code(str(where[0]) if where else "?", _LONGEST_NAME)
    if fault["type"] == "extra_forbidden":
        return f"there is no argument {name}"
    if fault["type"] == "missing":
        return f"the argument {name} is missing"
    entry = f" (number {where[1] + 1})" if len(where) > 1 and isinstance(where[1], int) else ""
    reason = fault["msg"].removeprefix("Value error, ").removeprefix("Input ").replace(" after validation", "")
    return f"the argument {name}{entry}: {reason[:1].lower()}{reason[1:]}"
