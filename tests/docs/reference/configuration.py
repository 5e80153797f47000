"""``docs/reference/configuration.md``: every key, with type, default, meaning and variable."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.docs.reference.attributes import attribute_docs
from tests.docs.reference.kinds import kind_of, limits_of, models_in
from tests.docs.reference.markdown import code, page, prose, summary, table

from portcall.settings import RegistrySettings, Settings
from portcall.settings.section import Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

HEADS = ("key", "type", "default", "meaning, and variable")

INTRODUCTION = """\
One TOML file: `--config FILE` behind the command, else `$PORTCALL_CONFIG`, else `portcall/config.toml` in your
user configuration folder, which alone may be missing. Every key is optional. An unknown key, a wrong type, an
unreadable file or a secret that is not where its key says stops the start, and the message says where and why;
never a value.

A variable outranks the file. Lists are written there with commas or as JSON, and registries as a whole:
`PORTCALL_REGISTRIES='{"ghcr.io": {"username": "robot", "password_env": "GHCR_TOKEN"}}'`. How to write what is
common is in the how-to guides: [a registry with a login](../how-to/private-registry.md), [a team's
server](../how-to/team-server.md), [a proxy](../how-to/proxy.md), [the cache](../how-to/cache.md)."""

REGISTRIES = """\
`PREFIX` is a registry, or a part of one: `"registry.corp.example"`, `"registry.corp.example/team"`,
`"localhost:5000"`. It stands in quotes. The longest prefix that covers an image wins, and takes what it does
not set from shorter ones; a login is not taken along to another host."""

BESIDE = """\
These are read beside the file, and have no key:

| variable | what it holds |
|---|---|
| `PORTCALL_CONFIG` | the configuration file |
| `PORTCALL_REGISTRIES` | all registries, as JSON; those of the file do not count then |
| `PORTCALL_AUTH_TOKEN` | the one token that callers over HTTP have to show: mode `token` without a file |
| `PORTCALL_STORE_KEY` | the key that seals what is kept for others, unless `auth.key_env` names another variable |
| `DOCKERHUB_USERNAME`, `DOCKERHUB_TOKEN` | the login for Docker Hub |
| `GITHUB_TOKEN`, `QUAY_TOKEN` | tokens for GitHub's and Quay's APIs, and for registries without other login |
| `DOCKER_AUTH_CONFIG`, `DOCKER_CONFIG`, `REGISTRY_AUTH_FILE` | where docker, podman and skopeo keep logins |
| `https_proxy`, `http_proxy`, `no_proxy` | the proxies, with `network.proxy = "env"` |
| `SSL_CERT_FILE` | authorities to trust beside the system's |
| `OTEL_…` | where traces go, with the extra `otel` |"""


def configuration_page() -> str:
    """Return the page."""
    return page("Configuration", INTRODUCTION, *_sections(), "## Variables without a key", BESIDE)


def undocumented(settings: type[Section] = Settings) -> list[str]:
    """Return the keys below which nothing is written, and the sections without a docstring."""
    missing = [] if summary(settings) else [settings.__name__]
    for name, field in settings.model_fields.items():
        inner = [model for model in models_in(field.annotation) if issubclass(model, Section)]
        if not inner and not attribute_docs(settings).get(name):
            missing.append(f"{settings.__name__}.{name}")
        missing += [each for model in inner for each in undocumented(model)]
    return missing


def variables() -> Iterator[tuple[str, str, str]]:
    """Yield section, key and variable of every key that has a variable of its own."""
    for section, field in Settings.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Section):
            yield from ((section, key, variable_of(section, key)) for key in inner.model_fields)
        elif section != "registries":
            yield "", section, variable_of("", section)


def variable_of(section: str, key: str) -> str:
    """Return the variable that outranks a key."""
    return f"PORTCALL_{section.upper()}__{key.upper()}" if section else f"PORTCALL_{key.upper()}"


def _sections() -> Iterator[str]:
    tops = [
        (name, field)
        for name, field in Settings.model_fields.items()
        if not any(issubclass(model, Section) for model in models_in(field.annotation))
    ]
    yield "## At the top"
    yield table(HEADS, (_row(Settings, "", name, field) for name, field in tops))
    for name, field in Settings.model_fields.items():
        for model in models_in(field.annotation):
            if issubclass(model, Section):
                yield from _section(name, model)


def _section(name: str, model: type[Section]) -> Iterator[str]:
    title, _, told = summary(model).partition(": ")
    yield f"## {title}"
    yield f"{told[0].upper()}{told[1:]}"
    yield REGISTRIES if model is RegistrySettings else ""
    yield table(HEADS, (_row(model, name, key, field) for key, field in model.model_fields.items()))


def _row(section: type[Section], name: str, key: str, field: FieldInfo) -> list[str]:
    unit = " of seconds" if field.annotation is float else " of bytes" if key.endswith("_bytes") else ""
    limits = limits_of(field.metadata)
    meaning = prose(attribute_docs(section).get(key, ""))
    # A registry's keys have none: its name stands in the key.
    variable = "" if section is RegistrySettings else f" <br>{code(variable_of(name, key))}"
    kind = f"{_kind(field.annotation)}{unit}"
    return [code(key), f"{kind}, {limits}" if limits else kind, _default(field), f"{meaning}{variable}"]


def _kind(annotation: Any) -> str:
    return kind_of(annotation).removesuffix(" or null").replace("object", "table")


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if value is None:
        return ""
    if isinstance(value, dict):
        return "`{}`"
    return code(json.dumps(list(value) if isinstance(value, tuple) else value))
