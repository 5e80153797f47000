"""``portcall config``: portcall in an MCP host."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, Self

import typer

from portcall.cli.running import BAD_USAGE, FAILED, ConfigOption, JsonOption, complain
from portcall.cli.serve import TOOLSETS
from portcall.errors import ConfigurationError, InvalidArgumentError, PortcallError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portcall.hosts import Host, Launcher, LocalServer, Machine, RemoteServer


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
    name: Annotated[str, typer.Option(help="What the host calls the server.")] = "portcall",
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
    """Print what makes an MCP host start portcall, or put it into the host's file with --install.

    The snippet alone goes to stdout; where it belongs, and what comes next, to stderr. --install
    changes nothing else in the file, and keeps a copy of it.

    (Portcall's own configuration is what "portcall doctor" looks at.)
    """
    from portcall.hosts import Machine, launcher_here, origin_of_installation

    machine = Machine(sys.platform, os.environ)
    try:
        if list_hosts:
            _list(machine, name, as_json=as_json)
            return
        request = _Request.of(host, name, machine, project=project, file=file, settings_file=settings_file)
        launcher = launcher_here(sys.argv[0], sys.executable, shutil.which, origin_of_installation)
        server = _server(launcher, url, bearer_env, settings_file, toolsets, env or [], allow_write=allow_write)
        notes = _notes(request, server, launcher, machine.environ)
        told = _answer(request, server, notes, install=install, force=force)
    except InvalidArgumentError as error:
        _refuse(error, BAD_USAGE, as_json=as_json)
    except PortcallError as error:
        _refuse(error, FAILED, as_json=as_json)
    if as_json:
        _print(told)
    else:
        _tell(told, request)


@dataclass(frozen=True, slots=True)
class _Request:
    """What is asked for, and of whose file."""

    host: Host
    file: Path
    name: str
    in_project: bool
    settings_file: str | None

    @classmethod
    def of(
        cls, host: str, name: str, machine: Machine, *, project: bool, file: str | None, settings_file: str | None
    ) -> Self:
        """Return the request; the file is worked out, not looked at."""
        from portcall.hosts import check_name, host_named, project_file, user_file

        found = host_named(host)
        if project and file is not None:
            raise InvalidArgumentError("--project and --file both name a file", hint="Leave one of them out.")
        if file is not None:
            path = Path(file).absolute()
        else:
            path = project_file(found, Path.cwd()) if project else user_file(found, machine)
        return cls(found, path, check_name(name), project, settings_file)


def _answer(
    request: _Request, server: LocalServer | RemoteServer, notes: list[str], *, install: bool, force: bool
) -> dict[str, Any]:
    """Do it, and return what is told of it."""
    from portcall.hosts import entry_for, snippet
    from portcall.hosts import install as put
    from portcall.hosts.advice import next_steps

    entry = entry_for(request.host, server)
    done = put(request.host, request.file, request.name, entry, force=force) if install else None
    return {
        "host": request.host.name,
        "file": str(request.file),
        "state": done.state if done else "printed",
        "copy": str(done.copy) if done and done.copy else None,
        "name": request.name,
        "entry": entry,
        "snippet": snippet(request.host, request.name, entry),
        "next": next_steps(request.host, server, in_project=request.in_project),
        "notes": notes,
    }


def _tell(told: dict[str, Any], request: _Request) -> None:
    from portcall.hosts.snippet import own_command
    from portcall.render.untrusted import plain_line

    file, name, state = told["file"], told["name"], told["state"]
    lines = [
        {
            "printed": f"This belongs into {file}; --install puts it there.",
            "present": f"{file} has it already.",
            "added": f"Added {name} to {file}.",
            "replaced": f"Replaced {name} in {file}.",
        }[state]
    ]
    if told["copy"]:
        lines.append(f"The file as it was is {told['copy']}.")
    if state == "printed":
        sys.stdout.write(told["snippet"])
        sys.stdout.flush()
        if not request.in_project:
            command = own_command(request.host, name, told["entry"])
            lines += filter(None, [request.host.caution, command and f"Or run: {command}"])
    lines += [*told["next"], *(f"note: {note}." for note in told["notes"])]
    sys.stderr.writelines(f"{plain_line(line, 4000)}\n" for line in lines)


def _notes(
    request: _Request, server: LocalServer | RemoteServer, launcher: Launcher, environ: Mapping[str, str]
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
    names_file = request.settings_file is not None
    found = cautions(request.host, server, environ, needed, names_file=names_file, in_project=request.in_project)
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
    path = Path(settings_file).absolute()
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


def _list(machine: Machine, name: str, *, as_json: bool) -> None:
    from portcall.hosts import HOSTS, check_name, survey
    from portcall.render.untrusted import plain_line

    found = survey(HOSTS, machine, check_name(name), shutil.which)
    rows = [
        {
            "host": one.host.name,
            "title": one.host.title,
            "file": str(one.file) if one.file else None,
            "project_file": one.host.project or None,
            "found": one.is_here,
            "has_entry": one.has_entry,
            "problem": one.problem or None,
            "source": one.host.source,
        }
        for one in found
    ]
    if as_json:
        _print({"name": name, "hosts": rows})
        return
    for row in rows:
        if row["problem"]:
            sys.stdout.write(f"{row['host']:<12} unclear     {plain_line(str(row['problem']), 2000)}\n")
            continue
        state = "has it" if row["has_entry"] else "without it" if row["found"] else "not found"
        project = f" · in a project {row['project_file']}" if row["project_file"] else ""
        sys.stdout.write(f"{row['host']:<12} {state:<11} {row['file']}{project}\n")


def _print(told: dict[str, Any]) -> None:
    from portcall.cli.output import print_json

    print_json(told)


def _refuse(error: PortcallError, status: int, *, as_json: bool) -> NoReturn:
    """Tell an error as :func:`portcall.cli.running.ask` does, and end the program."""
    if as_json:
        from portcall.models import ErrorInfo

        _print({"error": ErrorInfo.of(error).model_dump(mode="json")})
    if not (as_json and sys.stdout.isatty()):
        complain(error)
    raise typer.Exit(status)
