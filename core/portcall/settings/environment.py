"""What the environment adds to the file: values of single keys, the registries as a whole, proxies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_origin

from pydantic import TypeAdapter, ValidationError

from portcall.errors import ConfigurationError
from portcall.settings.model import Settings
from portcall.settings.section import Section

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "PORTCALL_"
REGISTRIES = f"{PREFIX}REGISTRIES"
#: Sections whose keys have variables, ``PORTCALL_SECTION__KEY``.
_SECTIONS: dict[str, type[Section]] = {
    name: field.annotation
    for name, field in Settings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
}


def overlay(data: dict[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    """Lay the environment's values over the file's; return the variable behind each dotted key.

    Other variables of the same beginning pass: Kubernetes adds ``PORTCALL_PORT`` and its like for a service
    called portcall. One of the form ``PORTCALL_SECTION__KEY`` is meant for us, though, and has to fit.

    Raises:
        ConfigurationError: A section that there is not, or registries that are no JSON.
    """
    variables: dict[str, str] = {}
    for name, text in environ.items():
        key = name.removeprefix(PREFIX).lower() if name.startswith(PREFIX) else ""
        section, separator, field = key.partition("__")
        if key == "default_platform":
            data[key] = text
        elif key == "registries":
            data[key] = _registries(name, text)
        elif section in _SECTIONS and field:
            target = data.setdefault(section, {})
            if isinstance(target, dict):
                target[field] = _value(_SECTIONS[section], field, text)
        elif section and separator:
            raise ConfigurationError(f"{name}: there is no section {section!r} with single values", hint=_SINGLE)
        else:
            continue
        variables[key.replace("__", ".")] = name
    return variables


_SINGLE = f"There are {', '.join(_SECTIONS)}; registries are given as a whole, as JSON in {REGISTRIES}."


def proxies(choice: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return what ``[network] proxy`` means: proxies by scheme, and under ``no`` the hosts that go without.

    As for curl and requests, ``https_proxy`` outranks ``HTTPS_PROXY``, and an empty one switches it off.
    """
    if choice == "none":
        return {}
    if choice != "env":
        return {"http": choice, "https": choice}
    found: dict[str, str] = {}
    for scheme in ("http", "https", "no"):
        url = environ.get(f"{scheme}_proxy", environ.get(f"{scheme.upper()}_PROXY", "")).strip()
        if url:
            found[scheme] = url if scheme == "no" or "://" in url else f"http://{url}"
    return found


def _registries(name: str, text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_without_repetition)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, json.JSONDecodeError | _RepeatedKeyError) else "too deeply nested"
        raise ConfigurationError(f"{name}: is no JSON: {reason}", hint=_EXAMPLE) from None


_EXAMPLE = 'Write it like {"ghcr.io": {"username": "robot", "password_env": "GHCR_TOKEN"}}.'


class _RepeatedKeyError(ValueError):
    """An object names a key twice, of which JSON's reader would drop the first without a word."""


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _RepeatedKeyError("an object names the same key twice")
    return found


def _value(section: type[Section], field: str, text: str) -> Any:
    """Return a variable's text as its key's type; what cannot be read so stays text, to be refused as such."""
    known = section.model_fields.get(field)
    kind = known.annotation if known else str
    if get_origin(kind) is tuple:
        return _words(text)
    if kind in {bool, int, float}:
        try:
            return TypeAdapter(kind).validate_python(text.strip())
        except ValidationError:
            return text
    return text


def _words(text: str) -> Any:
    """Return a list, written with commas or as JSON."""
    if text.lstrip().startswith("["):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return [word.strip() for word in text.split(",") if word.strip()]
