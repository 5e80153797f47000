"""Which hosts are on this machine, and which of them know portcall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.errors import PortcallError
from portcall.hosts.installation import servers_in
from portcall.hosts.places import user_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from portcall.hosts.host import Host
    from portcall.hosts.places import Machine


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a host here.

    Args:
        host: The host.
        file: The person's own file; ``None`` where nobody can tell.
        is_here: Whether there is a sign of it: its file, its folder, or its program.
        has_entry: Whether its file has a server of the name; ``None`` where it cannot be told.
        problem: Why it cannot; empty otherwise.
    """

    host: Host
    file: Path | None
    is_here: bool
    has_entry: bool | None
    problem: str = ""


def survey(hosts: Iterable[Host], machine: Machine, name: str, find: Callable[[str], str | None]) -> list[Found]:
    """Look for hosts; files are read, and nothing is run.

    Args:
        hosts: Which to look for.
        machine: Where.
        name: The server's name.
        find: Finds a program on the ``PATH``.
    """
    return [_look(host, machine, name, find) for host in hosts]


def _look(host: Host, machine: Machine, name: str, find: Callable[[str], str | None]) -> Found:
    has_program = any(find(program) for program in host.programs)
    try:
        file = user_file(host, machine)
    except PortcallError as error:
        return Found(host, None, has_program, None, error.message)
    try:
        servers = servers_in(host, file)
        # A folder that a program of its own has made; the home folder is everybody's.
        is_here = servers is not None or has_program or (file.parent != machine.home and file.parent.is_dir())
    except PortcallError as error:
        return Found(host, file, is_here=True, has_entry=None, problem=error.message)
    except OSError as error:
        return Found(host, file, has_program, None, f"{file} cannot be looked for: {error.strerror}")
    return Found(host, file, is_here, name in (servers or {}))
