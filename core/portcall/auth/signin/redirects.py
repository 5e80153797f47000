"""Where people may be sent back to: which redirect URIs are safe to send a code to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlparse, urlsplit, urlunparse

from portcall.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Characters of a redirect URI, and how many of them a client may register.
LONGEST = 2048
MOST = 10
#: Hosts that are this very computer (RFC 8252 §7.3 and §8.3), as URLs are normalised.
LOOPBACK = frozenset({"127.0.0.1", "[::1]", "localhost"})
#: Schemes that run something, read files or leave the browser's own ground: never a client's, whoever lists them.
_NEVER = re.compile(
    "about|blob|chrome|chrome-extension|data|file|filesystem|ftp|https?|intent|jar|javascript|mailto|resource"
    "|search-ms|sms|tel|urn|vbscript|view-source|wss?"
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{1,63}")
#: RFC 3986's characters. A parsed URL of a scheme unknown to browsers may hold others: quotes, angle brackets.
_URI = re.compile(r"[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]+")
#: Stricter than URLs are: ``;`` and ``,`` in a host would end a directive of the page's security policy.
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
#: What we add ourselves.
_OURS = frozenset({"code", "state", "iss", "error", "error_description", "error_uri"})


def usable_schemes(schemes: Iterable[str]) -> frozenset[str]:
    """Return the private-use schemes that an operator lists, in lower case.

    Raises:
        ConfigurationError: One is no scheme, or one that no client may have.
    """
    usable = frozenset(scheme.lower() for scheme in schemes)
    for scheme in sorted(usable):
        if not _SCHEME.fullmatch(scheme) or _NEVER.fullmatch(scheme):
            raise ConfigurationError(
                "auth.redirect_schemes names a scheme that cannot be sent back to",
                hint='List the bare names of private-use schemes, e.g. ["cursor", "com.example.app"].',
            )
    return usable


def fault_of(uri: str, schemes: frozenset[str]) -> str | None:
    """Return what is wrong with a redirect URI; ``None`` where it may be registered.

    Args:
        uri: Parsed and written out again as browsers do it: what is checked is what they will be sent to.
        schemes: Private-use schemes that are allowed.

    Source: RFC 9700 §4.1 and §4.11, RFC 8252 §7 and §8.
    """
    if len(uri) > LONGEST:
        return f"it is longer than {LONGEST} characters"
    if "#" in uri:
        return "it has a fragment"
    if "*" in uri:
        return "it has a wildcard"
    if not _URI.fullmatch(uri):
        return "it has characters that a URI has to encode"
    try:
        parts = urlsplit(uri)
    except ValueError:
        return "it cannot be taken apart"
    if "@" in parts.netloc:
        return "it has user info"
    if urlunparse(urlparse(uri)) != uri:
        return "it does not stay the same when it is taken apart and put together"
    fault = _fault_of_place(parts.scheme, parts.netloc, schemes)
    return fault or _fault_of_query(parts.query)


def _fault_of_place(scheme: str, authority: str, schemes: frozenset[str]) -> str | None:
    if scheme in schemes:
        return None
    if scheme not in {"https", "http"}:
        return "its scheme is not allowed here: https, http on loopback, or a scheme that the operator listed"
    host = _host(authority)
    if not _HOST.fullmatch(host):
        return "its host is no name or address"
    if scheme == "http" and host not in LOOPBACK:
        return "http is for loopback alone: 127.0.0.1, [::1], localhost"
    return None


def _fault_of_query(query: str) -> str | None:
    # Blank ones would be lost on the way back.
    pairs = parse_qsl(query, keep_blank_values=True)
    if any(name.lower() in _OURS for name, _ in pairs):
        return "its query has a parameter that is the answer's own"
    return "its query has a parameter without a value" if not all(value for _, value in pairs) else None


def is_same_but_for_port(asked: str, registered: str) -> bool:
    """Tell whether two URIs are the same place, any port being the same on loopback.

    A native app takes whichever port is free when it asks (RFC 8252 §7.3). The RFC wants this for the addresses;
    ``localhost`` is treated alike, since clients register that more often than not, and it is the same computer.
    """
    one, other = urlsplit(asked), urlsplit(registered)
    if one == other:
        return True
    if one.scheme != "http" or _host(one.netloc) not in LOOPBACK or "@" in one.netloc:
        return False
    return one._replace(netloc=_host(one.netloc)) == other._replace(netloc=_host(other.netloc))


def place_for_people(uri: str) -> tuple[str, str]:
    """Return where a redirect URI leads, and what that is: ``("claude.ai", "a website")``."""
    parts = urlsplit(uri)
    if parts.scheme not in {"https", "http"}:
        return f"{parts.scheme}:", "an app on this device that opens such links"
    if _host(parts.netloc) in LOOPBACK:
        return parts.netloc, "a program on this device"
    return parts.netloc, "a website"


def _host(authority: str) -> str:
    """Return an authority without its port."""
    host, colon, port = authority.rpartition(":")
    return host if colon and not port.endswith("]") else authority
