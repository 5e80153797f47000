"""Where a host's file is on this machine: worked out from the platform and the environment, without looking."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from portcall.errors import ConfigurationError, InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portcall.hosts.host import Host, Place

#: Folders that have a variable, and where below the home folder they are without it.
BASES: Mapping[str, str] = {
    "HOME": "",
    "XDG_CONFIG_HOME": ".config",
    "APPDATA": "AppData/Roaming",
    "CLAUDE_CONFIG_DIR": "",
    "CODEX_HOME": ".codex",
    "COPILOT_HOME": ".copilot",
}


@dataclass(frozen=True, slots=True)
class Machine:
    """What a place depends on.

    Args:
        platform: As ``sys.platform`` has it.
        environ: The environment.
    """

    platform: str
    environ: Mapping[str, str]

    @property
    def home(self) -> Path:
        """The home folder.

        Raises:
            ConfigurationError: The environment names none.
        """
        variable = "USERPROFILE" if self.platform == "win32" else "HOME"
        folder = self.environ.get(variable, "")
        if not folder:
            raise ConfigurationError(
                f"{variable} is not set, so nobody can tell where the file is", hint="Name it with --file."
            )
        return Path(folder)

    def at(self, place: Place) -> Path:
        """Return the file of a place.

        Raises:
            ConfigurationError: It is below the home folder, and the environment names none.
        """
        named = self.environ.get(place.base, "") if place.base != "HOME" else ""
        # By the XDG rules a relative folder counts as none; nobody else's would survive a change of folder.
        folder = Path(named) if named and _is_absolute(named) else self.home / BASES[place.base]
        return folder / place.path


def user_file(host: Host, machine: Machine) -> Path:
    """Return the person's own file.

    Raises:
        ConfigurationError: The environment names no home folder.
    """
    places = host.user
    by_platform = {"darwin": places.darwin, "win32": places.windows}
    return machine.at(by_platform.get(machine.platform, places.linux))


def project_file(host: Host, folder: Path) -> Path:
    """Return a project's file.

    Raises:
        InvalidArgumentError: The host has none.
    """
    if not host.project:
        raise InvalidArgumentError(
            f"{host.title} has no file for a project",
            hint="Leave --project out: its own file serves all projects.",
        )
    return folder / host.project


def _is_absolute(path: str) -> bool:
    return path.startswith(("/", "\\")) or path[1:3] in {":\\", ":/"}
