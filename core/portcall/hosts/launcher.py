"""The command that starts this very portcall again, from anywhere and without a ``PATH``."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.hosts.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Callable

#: Where uv and pipx make environments for one run, and sweep them away.
_UVX = re.compile(r"[/\\](?:archive|environments|builds)-v\d+[/\\]")
_PIPX_RUN = re.compile(r"[/\\](?:\.cache|pipx)[/\\][0-9a-f]{12,}[/\\](?:bin|Scripts)[/\\]")
_SCRIPT = re.compile(r"portcall(?:\.exe)?\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Launcher:
    """How to start portcall.

    Args:
        words: The program, by its whole path, and what comes before ``serve``.
        remark: What to know about it; a clause, empty where there is nothing.
    """

    words: tuple[str, ...]
    remark: str = ""


def launcher_here(
    argv0: str, executable: str, find: Callable[[str], str | None], direct_url: Callable[[], str | None]
) -> Launcher:
    """Return how the running portcall is started again.

    Hosts that are started from a desktop have hardly a ``PATH``, and projects are anywhere: the path is whole.

    Args:
        argv0: What was run, as ``sys.argv[0]`` has it.
        executable: The Python that runs it.
        find: Finds a program on the ``PATH``.
        direct_url: Reads the ``direct_url.json`` (PEP 610) of the installed distribution.
    """
    script = _script(argv0, find)
    if script is None:
        return Launcher((os.path.abspath(executable), "-m", "portcall"))  # noqa: PTH100 - links stay links
    real = os.path.realpath(script)
    for swept, tool, words in ((_UVX, "uvx", ("--from",)), (_PIPX_RUN, "pipx", ("run", "--spec"))):
        if swept.search(real) and (program := find(tool)):
            origin = Origin.of(direct_url())
            return Launcher((program, *words, origin.requirement, "portcall"), origin.remark)
    if _UVX.search(real) or _PIPX_RUN.search(real):
        return Launcher((script,), "this portcall is in a cache that is swept; install it with uv tool or pipx")
    return Launcher((script,))


def _script(argv0: str, find: Callable[[str], str | None]) -> str | None:
    """Return the whole path of the program ``portcall``, where that is what was run."""
    if not _SCRIPT.search(re.split(r"[/\\]", argv0)[-1]):
        return None
    path = argv0 if os.path.dirname(argv0) else find(argv0)  # noqa: PTH120 - no folder, no path
    if path is None or not os.path.isfile(path):  # noqa: PTH113 - nor a resolved one
        return None
    # A link, like pipx's in ~/.local/bin, stays as it is: what it points to moves with each upgrade.
    return os.path.abspath(path)  # noqa: PTH100
