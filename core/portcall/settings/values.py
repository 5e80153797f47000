"""The kinds of values that keys hold: each says what is wrong with one, and never repeats it."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field

from portcall.errors import PortcallError
from portcall.platform import Platform

#: What this machine calls itself.
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_USUAL_PORTS = {"http": 80, "https": 443}
#: A scheme of an application's own (RFC 8252, section 7.1); those of the web, and those that run or read what is
#: written in them, are none.
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{1,62}\Z")
_WEB_SCHEMES = frozenset({"http", "https", "javascript", "data", "file", "blob", "about", "ftp", "ws", "wss"})


def split_url(text: str) -> SplitResult | None:
    """Return the parts of an http(s) URL with a host and a possible port, or ``None`` where it is none."""
    if any(character.isspace() or not character.isprintable() for character in text):
        return None
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        # Its message quotes the authority, where a password may stand.
        return None
    return url if url.scheme in {"http", "https"} and url.hostname and port != 0 else None


def _endpoint(text: str) -> str:
    if "@" in text:
        raise ValueError("an endpoint holds no credentials: use username with password_env or password_file")
    if split_url(text) is None:
        raise ValueError("an endpoint is a URL like https://registry.example:5000")
    if "?" in text or "#" in text:
        raise ValueError("an endpoint has neither query nor fragment")
    return text.rstrip("/")


def _platform(text: str) -> str:
    try:
        return str(Platform.parse(text))
    except PortcallError as error:
        raise ValueError(error.message) from None


def _public_url(text: str) -> str:
    if not text:
        return text
    url = None if "@" in text else split_url(text)
    if url is None or url.path.rstrip("/") or url.query or url.fragment:
        raise ValueError("it is a URL without path, like https://portcall.example")
    if url.scheme != "https" and url.hostname not in LOOPBACK_NAMES:
        raise ValueError("a public URL begins with https://; http is for this machine alone")
    # Without what browsers leave out, for their word is compared with this one.
    return text.rstrip("/").lower().removesuffix(f":{_USUAL_PORTS[url.scheme]}")


def _optional_url(text: str) -> str:
    if text and ("@" in text or "#" in text or split_url(text) is None):
        raise ValueError("it is a URL like https://sso.example/keys, without credentials or fragment")
    return text


def _optional_endpoint(text: str) -> str:
    if text and ("@" in text or "?" in text or "#" in text or split_url(text) is None):
        raise ValueError("it is a URL like https://sso.example, without credentials, query or fragment")
    return text  # as it is written: in an issuer's name even a slash at its end counts


def _proxy_address(text: str) -> str:
    try:
        return text if text == "*" else str(ip_network(text, strict=False))
    except ValueError:
        raise ValueError("a proxy is an address or a network, like 10.0.0.7 or 10.0.0.0/24; or *") from None


def _redirect_scheme(text: str) -> str:
    if not _SCHEME.match(text) or text in _WEB_SCHEMES:
        raise ValueError("a redirect scheme is an application's own, written like cursor or com.example.app")
    return text


def _proxy(text: str) -> str:
    if text not in {"env", "none"} and split_url(text) is None:
        raise ValueError("a proxy is env, none, or a URL like http://proxy.example:3128")
    return text


def _host(text: str) -> str:
    return _checked_host(text, foreign="/@#?*")


def _host_pattern(text: str) -> str:
    return _checked_host(text, foreign="/@#")


def _checked_host(text: str, foreign: str) -> str:
    # One that is written as a URL would match nothing, and so deny nothing.
    if not text or any(character in foreign or character.isspace() for character in text):
        raise ValueError("a host is written like registry.example or registry.example:5000, without a scheme")
    return text.lower()


#: Lists come as such from TOML and JSON.
Words = Annotated[tuple[str, ...], Field(strict=False)]
Hosts = Annotated[tuple[Annotated[str, AfterValidator(_host)], ...], Field(strict=False)]
HostPatterns = Annotated[tuple[Annotated[str, AfterValidator(_host_pattern)], ...], Field(strict=False)]
RedirectSchemes = Annotated[tuple[Annotated[str, AfterValidator(_redirect_scheme)], ...], Field(strict=False)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
ProxyAddresses = Annotated[tuple[Annotated[str, AfterValidator(_proxy_address)], ...], Field(strict=False)]
OptionalUrl = Annotated[str, AfterValidator(_optional_url)]
OptionalEndpoint = Annotated[str, AfterValidator(_optional_endpoint)]
Endpoint = Annotated[str, AfterValidator(_endpoint)]
ProxyChoice = Annotated[str, AfterValidator(_proxy)]
PlatformName = Annotated[str, AfterValidator(_platform)]
Seconds = Annotated[float, Field(gt=0, le=86400)]
