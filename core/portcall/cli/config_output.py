"""What ``portcall config`` shows: what was done or is to do, and the hosts that there are."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from portcall.hosts import Found, Machine

_LONGEST = 4000


def show_answer(told: dict[str, Any], *, as_json: bool) -> None:
    """Show an answer: the snippet alone on stdout where nothing was installed, and all else on stderr."""
    from portcall.cli.output import print_json
    from portcall.render.untrusted import plain_line

    if as_json:
        print_json(told)
        return
    if told["state"] == "printed":
        sys.stdout.write(told["snippet"])
        sys.stdout.flush()
    lines = [
        _done(told),
        told["copy"] and f"The file as it was is {told['copy']}.",
        told["caution"],
        told["command"] and f"Or run: {told['command']}",
        *told["next"],
        *(f"note: {note}." for note in told["notes"]),
    ]
    sys.stderr.writelines(f"{plain_line(line, _LONGEST)}\n" for line in lines if line)


def show_hosts(machine: Machine, name: str, *, as_json: bool) -> None:
    """Show the hosts, their files, and which of them know a server of this name."""
    from portcall.cli.output import print_json
    from portcall.hosts import HOSTS, check_name, survey

    found = survey(HOSTS, machine, check_name(name), shutil.which)
    if as_json:
        print_json({"name": name, "hosts": [_row(one) for one in found]})
    else:
        sys.stdout.writelines(f"{_line(one)}\n" for one in found)


def _done(told: dict[str, Any]) -> str:
    file, name = told["file"], told["name"]
    if told["real_file"]:
        file = f"{told['real_file']}, where {file} leads"
    return {
        "printed": f"This belongs into {file}; --install puts it there.",
        "present": f"{file} has it already.",
        "added": f"Added {name} to {file}.",
        "replaced": f"Replaced {name} in {file}.",
    }[told["state"]]


def _row(one: Found) -> dict[str, Any]:
    return {
        "host": one.host.name,
        "title": one.host.title,
        "file": str(one.file) if one.file else None,
        "project_file": one.host.project or None,
        "found": one.is_here,
        "has_entry": one.has_entry,
        "problem": one.problem or None,
        "source": one.host.source,
    }


def _line(one: Found) -> str:
    from portcall.render.untrusted import plain_line

    if one.problem:
        return f"{one.host.name:<12} unclear     {plain_line(one.problem, 2000)}"
    state = "has it" if one.has_entry else "without it" if one.is_here else "not found"
    project = f" · in a project {one.host.project}" if one.host.project else ""
    return f"{one.host.name:<12} {state:<11} {one.file}{project}"
