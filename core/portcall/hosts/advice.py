"""What to tell a person beside the entry itself: where it goes, what comes next, what may go wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.hosts.servers import LocalServer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from portcall.hosts.host import Host
    from portcall.hosts.servers import RemoteServer

#: What portcall reads of the environment, beyond its own configuration; see the README.
_LOGINS = (
    "DOCKERHUB_USERNAME", "DOCKERHUB_TOKEN", "DOCKER_AUTH_CONFIG", "DOCKER_CONFIG", "REGISTRY_AUTH_FILE",
    "GITHUB_TOKEN", "QUAY_TOKEN",
)  # fmt: skip
_OWN_FILE = "PORTCALL_CONFIG"


def next_steps(
    host: Host, server: LocalServer | RemoteServer, *, in_project: bool, copy: Path | None = None
) -> list[str]:
    """Return what to do once the entry is in place; sentences.

    Args:
        host: The host.
        server: What it starts or reaches.
        in_project: Whether it went into a project's file.
        copy: The file as it was before, where one was kept.
    """
    steps = [host.next_step]
    if in_project and copy:
        steps.append(f"Take {copy.name} away before you commit: it is in the project.")
    if in_project and host.project_step:
        steps.append(host.project_step)
    named = server.variables if isinstance(server, LocalServer) else (server.bearer_variable,)
    if variables := ", ".join(filter(None, named)):
        steps.append(f"{host.title} has to find {variables} in its own environment when it starts.")
    return steps


def caution(host: Host, *, in_project: bool, installed: bool) -> str:
    """Return what to know before the person's own file is changed, or was; empty where there is nothing."""
    if in_project or not host.caution:
        return ""
    return f"{host.caution} If one was open, close it and run this once more." if installed else host.caution


def cautions(
    host: Host,
    server: LocalServer | RemoteServer,
    environ: Mapping[str, str],
    needed: Iterable[str] = (),
    *,
    names_file: bool,
    in_project: bool,
) -> list[str]:
    """Return what may keep the server from working as it does at this shell; clauses.

    Args:
        host: The host.
        server: What it starts or reaches.
        environ: This shell's environment; of its values none is told.
        needed: Variables that the configuration takes secrets from.
        names_file: Whether the entry names portcall's configuration file.
        in_project: Whether it goes into a project's file.
    """
    if not isinstance(server, LocalServer):
        return []
    found = []
    if in_project:
        found.append(
            "the entry holds a path of this machine; whoever shares the project needs portcall there, too"
        )
    if environ.get(_OWN_FILE) and not names_file:
        found.append(
            f"{_OWN_FILE} is set here, but hardly where {host.title} runs; --config FILE puts it in the entry"
        )
    read = dict.fromkeys([*needed, *(name for name, value in environ.items() if value and _is_read(name))])
    if missing := ", ".join(name for name in read if name not in server.variables):
        found.append(f"{missing}: {_way_in(host)}")
    return found


def _is_read(name: str) -> bool:
    # Kubernetes sets PORTCALL_PORT and its like, which nobody reads.
    return name in _LOGINS or name == "PORTCALL_REGISTRIES" or (name.startswith("PORTCALL_") and "__" in name)


def _way_in(host: Host) -> str:
    trouble = f"{host.title} may not pass on what is set here"
    if host.passes_variables_on:
        return f"{trouble}; --env NAME has it do so"
    return f"{trouble}, and its file takes values only; logins in files work: docker login, password_file"
