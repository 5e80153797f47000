"""A server, written down as one host wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.errors import InvalidArgumentError
from portcall.hosts.servers import LocalServer
from portcall.hosts.words import listed

if TYPE_CHECKING:
    from portcall.hosts.host import Entry, Host
    from portcall.hosts.servers import RemoteServer


def entry_for(host: Host, server: LocalServer | RemoteServer) -> Entry:
    """Return a server's entry; no secret is ever in it, only the names of variables.

    Raises:
        InvalidArgumentError: The host's file has no such form; says what to do instead.
    """
    return _local(host, server) if isinstance(server, LocalServer) else _remote(host, server)


def _local(host: Host, server: LocalServer) -> Entry:
    program, *arguments = server.command
    entry: Entry = {**dict(host.fixed), "command": program, "args": arguments}
    if not server.variables:
        return entry
    if host.variables_key:
        return {**entry, host.variables_key: list(server.variables)}
    return {**entry, "env": {name: _reference(host, name, "--env") for name in server.variables}}


def _remote(host: Host, server: RemoteServer) -> Entry:
    form = host.remote
    if form is None:
        raise InvalidArgumentError(
            f"{host.title} takes no server over HTTP from its file", hint=host.remote_instead
        )
    entry: Entry = {**dict(form.fixed), form.url_key: server.url}
    if not server.bearer_variable:
        return entry
    if form.bearer_key:
        return {**entry, form.bearer_key: server.bearer_variable}
    reference = _reference(host, server.bearer_variable, "--bearer-env")
    return {**entry, "headers": {"Authorization": f"Bearer {reference}"}}


def _reference(host: Host, name: str, option: str) -> str:
    if not host.reference:
        raise InvalidArgumentError(
            f"{host.title} is not known to look variables up: {option} would write the value into its file",
            hint=_instead(option),
        )
    return host.reference.replace("NAME", name)


def _instead(option: str) -> str:
    if option == "--env":
        return (
            "Leave it out, and let a file hold the login: `docker login`, or password_file in portcall's own file."
        )
    return "Leave it out and sign in in the browser, where the server has that mode; or start portcall locally."


def difference(old: object, new: Entry) -> str:
    """Return how another entry differs from the new one, a clause; its values may be secrets, and are not told."""
    if not isinstance(old, dict):
        return ""
    clauses = (
        ("differs in", "and", [key for key in sorted({*old} & {*new}) if old[key] != new[key]]),
        ("has no", "or", sorted({*new} - {*old})),
        ("also has", "and", sorted({*old} - {*new})),
    )
    return listed([f"{verb} {listed(keys, word)}" for verb, word, keys in clauses if keys], "and")
