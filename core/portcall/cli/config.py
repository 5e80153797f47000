"""``portcall config``: portcall in an MCP host."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portcall.cli.config_request import ConfigRequest, absolute
from portcall.cli.running import BAD_USAGE, FAILED, ConfigOption, JsonOption, refuse
from portcall.cli.serve import TOOLSETS
from portcall.errors import ConfigurationError, InvalidArgumentError, PortcallError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from portcall.hosts import Launcher, LocalServer, RemoteServer


def add_to(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command()(config)


def _host_names() -> list[str]:
    from portcall.hosts import HOSTS

    return [host.name for host in HOSTS]


def config(
    host: Annotated[
        str, typer.Argument(metavar="HOST", autocompletion=_host_names, help="For example claude; see --list.")
    ] = "",
    list_hosts: Annotated[
        bool, typer.Option("--list", help="Show the hosts, their files, and which are on this machine.")
    ] = False,
    install: Annotated[bool, typer.Option("--install", help="Put it into the host's file.")] = False,
    project: Annotated[
        bool, typer.Option("--project", help="For the project in this folder, where the host has such a file.")
    ] = False,
    file: Annotated[str | None, typer.Option(metavar="FILE", help="Instead of the host's usual file.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace another entry of that name.")] = False,
    name: Annotated[str, typer.Option(metavar="NAME", help="What the host calls the server.")] = "portcall",
    url: Annotated[
        str, typer.Option(metavar="URL", help="Reach a team's server there, instead of starting one.")
    ] = "",
    bearer_env: Annotated[
        str, typer.Option(metavar="VARIABLE", help="With --url: send the token that this variable holds.")
    ] = "",
    settings_file: ConfigOption = None,
    toolsets: Annotated[str, typer.Option(metavar="NAME,NAME", help=f"Offer these tools only: {TOOLSETS}.")] = "",
    allow_write: Annotated[bool, typer.Option("--allow-write", help="Offer tools that change something.")] = False,
    env: Annotated[
        list[str] | None,
        typer.Option(metavar="VARIABLE", help="Have the host pass this variable on; its value is not written."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Put portcall into an MCP host. Prints what belongs into its file; --install puts it there.

    The snippet alone goes to stdout; where it belongs, and what comes next, to stderr. --install
    changes nothing else in the file, and keeps a copy of it.

    (Portcall's own configuration is what "portcall doctor" looks at.)
    """
    from portcall.cli.config_output import show_answer, show_hosts
    from portcall.hosts import Machine, launcher_here, origin_of_installation

    machine = Machine(sys.platform, os.environ)
    try:
        if list_hosts:
            show_hosts(machine, name, as_json=as_json)
            return
        request = ConfigRequest.of(host, name, machine, project=project, file=file, settings_file=settings_file)
        launcher = launcher_here(sys.argv[0], sys.executable, shutil.which, origin_of_installation)
        server = _server(launcher, url, bearer_env, settings_file, toolsets, env or [], allow_write=allow_write)
        notes = _notes(request, server, launcher, machine.environ)
        told = _answer(request, server, notes, install=install, force=force)
    except InvalidArgumentError as error:
        refuse(error, BAD_USAGE, as_json=as_json)
    except PortcallError as error:
        refuse(error, FAILED, as_json=as_json)
    show_answer(told, as_json=as_json)


def _answer(
    request: ConfigRequest, server: LocalServer | RemoteServer, notes: list[str], *, install: bool, force: bool
) -> dict[str, Any]:
    """Do it, and return what is told of it."""
    from portcall.hosts import entry_for, snippet
    from portcall.hosts import install as put
    from portcall.hosts.advice import caution, next_steps
    from portcall.hosts.snippets import own_command

    host, file, name, in_project = request.host, request.file, request.name, request.project is not None
    entry = entry_for(host, server)
    done = put(host, file, name, entry, force=force, within=request.project) if install else None
    changes = done is None or done.state != "present"
    return {
        "host": host.name,
        "file": str(file),
        "real_file": str(done.file) if done and done.file != file else None,
        "state": done.state if done else "printed",
        "copy": str(done.copy) if done and done.copy else None,
        "name": name,
        "entry": entry,
        "snippet": snippet(host, name, entry),
        "caution": (caution(host, in_project=in_project, installed=install) if changes else "") or None,
        "command": None if install or in_project else own_command(host, name, entry) or None,
        "next": next_steps(host, server, in_project=in_project, copy=done.copy if done else None),
        "notes": notes,
    }


def _notes(
    request: ConfigRequest, server: LocalServer | RemoteServer, launcher: Launcher, environ: Mapping[str, str]
) -> list[str]:
    """Return what may keep the server from working where the host starts it."""
    from portcall.hosts.advice import cautions
    from portcall.hosts.servers import LocalServer
    from portcall.settings import load_settings

    if not isinstance(server, LocalServer):
        return []
    notes, needed = [launcher.remark] if launcher.remark else [], []
    try:
        entries = load_settings(request.settings_file).registries.values()
        needed = [name for entry in entries for name in (entry.password_env, entry.api_token_env) if name]
    except ConfigurationError as error:
        notes.append(f"the configuration cannot be used as it is: {error.message}")
    names_file, in_project = request.settings_file is not None, request.project is not None
    found = cautions(request.host, server, environ, needed, names_file=names_file, in_project=in_project)
    return notes + found


def _server(
    launcher: Launcher,
    url: str,
    bearer_env: str,
    settings_file: str | None,
    toolsets: str,
    variables: list[str],
    *,
    allow_write: bool,
) -> LocalServer | RemoteServer:
    """Return what the host is to start or to reach."""
    from portcall.hosts import LocalServer, RemoteServer

    if url:
        if settings_file is not None or toolsets or variables or allow_write:
            raise InvalidArgumentError(
                "--config, --toolsets, --allow-write and --env are for a server that the host starts",
                hint="A team's server has its own configuration: leave them out beside --url.",
            )
        return RemoteServer(url, bearer_env)
    if bearer_env:
        raise InvalidArgumentError(
            "--bearer-env is for a server at --url", hint="Add --url, or name it with --env."
        )
    words = [*launcher.words, "serve"]
    if settings_file is not None:
        words += ["--config", str(_existing(settings_file))]
    if names := _known_toolsets(toolsets):
        words += ["--toolsets", ",".join(names)]
    if allow_write:
        words.append("--allow-write")
    return LocalServer(tuple(words), tuple(dict.fromkeys(variables)))


def _existing(settings_file: str) -> Path:
    path = absolute(settings_file)
    if not path.is_file():
        raise InvalidArgumentError(f"{path} is no file", hint="--config names portcall's configuration.")
    return path


def _known_toolsets(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    known = TOOLSETS.split(", ")
    for name in names:
        if name not in known:
            raise InvalidArgumentError(f"there is no toolset {name!r}", hint=f"There are {TOOLSETS}.")
    return names
