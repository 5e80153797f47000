"""What a host is to start, or to reach."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from portcall.errors import InvalidArgumentError

#: What all hosts take, and put before the names of tools.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
#: Parsers disagree on where any other host ends: to a browser's kind a backslash is a slash.
_AUTHORITY = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?\Z")
#: What hosts or shells put something else in the place of, or end a word at.
_MEANT_OTHERWISE = frozenset("\\\"'`${}<>")


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A server that the host starts, and talks to over stdio.

    Args:
        command: The program, and what it is started with.
        variables: Names of variables that it needs of the host's environment.
    """

    command: tuple[str, ...]
    variables: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in self.variables:
            _check_variable(name, "--env")
        for word in self.command:
            _check_text(word)


@dataclass(frozen=True, slots=True)
class RemoteServer:
    """A team's server, reached over HTTP.

    Args:
        url: Its whole URL, ``https://portcall.example/mcp``; without anything secret.
        bearer_variable: The variable whose value the host sends as a bearer token; empty for none.
    """

    url: str
    bearer_variable: str = ""

    def __post_init__(self) -> None:
        _check_url(self.url, carries_token=bool(self.bearer_variable))
        if self.bearer_variable:
            _check_variable(self.bearer_variable, "--bearer-env")


def check_name(name: str) -> str:
    """Return the name of an entry.

    Raises:
        InvalidArgumentError: Some host would not take it.
    """
    if not _NAME.match(name):
        raise InvalidArgumentError(
            "--name takes up to 64 letters, digits, - and _, and begins with a letter or digit",
            hint="The usual one is portcall.",
        )
    return name


def _check_variable(name: str, option: str) -> None:
    if not _VARIABLE.match(name):
        # The name itself may be a secret by mistake: it is not repeated.
        raise InvalidArgumentError(
            f"{option} takes the name of a variable, never a value",
            hint=f"Like {option} GITHUB_TOKEN; the value stays in the environment.",
        )


def _check_text(word: str) -> None:
    try:
        word.encode()
    except UnicodeEncodeError:
        raise InvalidArgumentError(
            "a path is no UTF-8, which no host's file can hold", hint="Rename it, or link to it by another name."
        ) from None


def _check_url(url: str, *, carries_token: bool) -> None:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        is_sound = parts.scheme in {"http", "https"} and bool(host) and (parts.port is None or parts.port > 0)
    except ValueError:
        raise InvalidArgumentError("--url is no URL", hint=_URL_HINT) from None
    if not is_sound or not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidArgumentError("--url is no http or https URL", hint=_URL_HINT)
    if not _MEANT_OTHERWISE.isdisjoint(url):
        raise InvalidArgumentError(
            "--url has a quote, a backslash, or one of $ ` { } < >, which hosts read each in its own way",
            hint=_URL_HINT,
        )
    if "@" in parts.netloc or "?" in url or "#" in url:
        raise InvalidArgumentError(
            "--url has a login, a query or a fragment, and secrets do not belong there",
            hint="Name the variable that holds the token with --bearer-env.",
        )
    if not _AUTHORITY.match(parts.netloc):
        raise InvalidArgumentError(
            "the host in --url has other characters than letters, digits, - and .", hint=_URL_HINT
        )
    if carries_token and parts.scheme == "http" and not _is_loopback(host):
        raise InvalidArgumentError(
            "--bearer-env would send the token over plain http", hint="Give the server's https URL."
        )


_URL_HINT = "It is the whole URL, like https://portcall.example/mcp."


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
