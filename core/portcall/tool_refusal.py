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
#: What other servers' tools, and people, call an argument; the first that a tool takes is the one.
_OTHER_NAMES: dict[str, tuple[str, ...]] = {
    name: meant
    for names, meant in (
        ("ref reference repository repo container uri url", ("image_name", "image_a")),
        ("image1 image_1 first left before old from base", ("image_a",)),
        ("image2 image_2 second right new to target", ("image_b",)),
        ("source", ("image_a", "registry")),
        ("after", ("image_b", "cursor")),
        ("references names list", ("images",)),
        ("version digest sha", ("tag",)),
        ("filter match glob regex", ("tag_pattern", "pattern")),
        ("arch architecture os", ("platform",)),
        ("file filename filepath dir directory folder location", ("path",)),
        ("dockerfile text body yaml compose manifest", ("content",)),
        ("q term terms keyword keywords search words", ("query",)),
        ("host hub server sources", ("registry",)),
        ("user username owner org organization organisation project account", ("namespace", "query")),
        ("sort sort_by sortby ordering", ("order",)),
        ("max count n size top page_size per_page max_results", ("limit",)),
        ("page page_token next token", ("cursor",)),
        ("start skip position", ("offset",)),
        ("length bytes", ("max_bytes",)),
        ("level min_severity", ("severity",)),
        ("newer updates", ("suggest_newer",)),
        ("ping check", ("probe",)),
    )
    for name in names.split()
}


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
    candidates = list(dict.fromkeys(near))
    did_you_mean = f"Did you mean {' and '.join(candidates)}? " if candidates else ""
    takes = f"It takes {', '.join(known)}." if known else "It takes no arguments."
    return InvalidArgumentError(f"{tool}: {'; '.join(told)}", hint=f"{did_you_mean}{takes}", candidates=candidates)


def _meant(name: str, known: Sequence[str], missing: Sequence[str]) -> list[str]:
    """Return the argument that was probably meant: first one that is due, and shares its name with it."""
    due = [each for each in missing if name and (name in each or each in name)]
    usual = [each for each in _OTHER_NAMES.get(name.lower().replace("-", "_"), ()) if each in known]
    return due[:1] or usual[:1] or difflib.get_close_matches(name, known, n=1)


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
