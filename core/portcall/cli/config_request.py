"""What is asked of ``portcall config``, and of whose file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from portcall.errors import ConfigurationError, InvalidArgumentError

if TYPE_CHECKING:
    from portcall.hosts import Host, Machine


@dataclass(frozen=True, slots=True)
class ConfigRequest:
    """What is asked for, and of whose file.

    Args:
        host: The host.
        file: Its file.
        name: What the server is called there.
        project: The folder that a project's file is in; ``None`` for any other.
        settings_file: Portcall's own configuration, where one was named.
    """

    host: Host
    file: Path
    name: str
    project: Path | None
    settings_file: str | None

    @classmethod
    def of(
        cls, host: str, name: str, machine: Machine, *, project: bool, file: str | None, settings_file: str | None
    ) -> Self:
        """Return the request; a project's file is looked at for where links lead.

        Raises:
            InvalidArgumentError: The host is none, or has no such file; or a link leads out of the project.
            ConfigurationError: The environment does not tell where the file is.
        """
        from portcall.hosts import check_name, host_named, project_file, real_file, user_file

        found = host_named(host)
        if project and file is not None:
            raise InvalidArgumentError("--project and --file both name a file", hint="Leave one of them out.")
        if project:
            folder = absolute("")
            path = project_file(found, folder)
            real_file(path, folder)
            return cls(found, path, check_name(name), folder, settings_file)
        path = user_file(found, machine) if file is None else absolute(file)
        return cls(found, path, check_name(name), None, settings_file)


def absolute(path: str) -> Path:
    """Return a whole path, links and all.

    Raises:
        ConfigurationError: The current folder is gone.
    """
    try:
        return Path(path).absolute()
    except OSError as error:
        raise ConfigurationError(
            f"the current folder cannot be told: {error.strerror}", hint="Change to a folder that is there."
        ) from None
