"""The kinds of values that keys hold: each says what is wrong with one, and never repeats it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field

from portcall.errors import PortcallError
from portcall.platform import Platform


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
Endpoint = Annotated[str, AfterValidator(_endpoint)]
ProxyChoice = Annotated[str, AfterValidator(_proxy)]
PlatformName = Annotated[str, AfterValidator(_platform)]
Seconds = Annotated[float, Field(gt=0, le=86400)]
