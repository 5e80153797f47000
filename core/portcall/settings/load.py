"""Reading the configuration: a TOML file, then the environment over it."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies_environment

from pydantic import SecretStr, ValidationError

from portcall.errors import ConfigurationError
from portcall.settings.model import RegistrySettings, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX = "PORTCALL_"
#: Sections that the environment can reach into, by ``PORTCALL_SECTION__KEY``.
_SECTIONS = ("cache", "network", "limits", "server", "auth", "plugins")


def load_settings(path: str | Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Build the configuration.

    Args:
        path: The file to read; else ``$PORTCALL_CONFIG``, else ``portcall/config.toml`` in the platform's
            user configuration folder, which alone may be missing.
        environ: The environment to read; the process's own by default.

    Raises:
        ConfigurationError: An unreadable file, an unknown key, a wrong type, a secret that is not where
            the configuration says; the message names file or variable, key and reason, never a value.
    """
    environ = os.environ if environ is None else environ
    file = _file_to_read(path, environ)
    data = _read(file) if file else {}
    variables = _overlay(data, environ)
    try:
        settings = Settings.model_validate(data)
    except ValidationError as error:
        raise ConfigurationError(_explain(error, file, variables), hint=_HINT) from None
    registries = {
        prefix: entry.with_secrets(*_secrets(prefix, entry, environ))
        for prefix, entry in settings.registries.items()
    }
    return settings.with_environment(registries, _proxies(settings.network.proxy))


_HINT = "The README's configuration section lists every key."


def _file_to_read(path: str | Path | None, environ: Mapping[str, str]) -> Path | None:
    chosen = path or environ.get(f"{_PREFIX}CONFIG")
    if chosen:
        return Path(chosen)
    from platformdirs import user_config_path

    usual = user_config_path("portcall", appauthor=False) / "config.toml"
    return usual if usual.is_file() else None


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror or error}", hint=_HINT) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: is no TOML: {error}", hint=_HINT) from None


def _overlay(data: dict[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    """Lay the environment's values over the file's; return the variable behind each dotted key."""
    import json

    variables: dict[str, str] = {}
    for name, text in environ.items():
        key = name.removeprefix(_PREFIX).lower() if name.startswith(_PREFIX) else ""
        section, _, field = key.partition("__")
        if key == "default_platform":
            data[key] = text
        elif key == "registries":
            try:
                data[key] = json.loads(text)
            except ValueError as error:
                raise ConfigurationError(f"{name}: is no JSON: {error}", hint=_HINT) from None
        elif section in _SECTIONS and field:
            target = data.setdefault(section, {})
            if isinstance(target, dict):
                target[field] = _split(text) if _is_list(section, field) else text
        else:
            continue
        variables[key.replace("__", ".")] = name
    return variables


def _is_list(section: str, field: str) -> bool:
    model = Settings.model_fields[section].annotation
    known = getattr(model, "model_fields", {}).get(field)
    return known is not None and str(known.annotation).startswith("tuple")


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _explain(error: ValidationError, file: Path | None, variables: Mapping[str, str]) -> str:
    """Say in one line per fault where it is and what it is, without the value."""
    faults = []
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        key = ".".join(_quoted(part) for part in fault["loc"])
        reason = fault["msg"].removeprefix("Value error, ")
        last = fault["loc"][-1] if fault["loc"] else ""
        if fault["type"] == "extra_forbidden":
            reason = "unknown key"
            if last in {"password", "api_token"}:
                reason = f"a secret has no place here; name its source with {last}_env"
        source = variables.get(key) or next((v for k, v in variables.items() if key.startswith(f"{k}.")), None)
        faults.append(f"{source or file}: {key}: {reason}")
    return "; ".join(faults)


def _quoted(part: str | int) -> str:
    return f'"{part}"' if isinstance(part, str) and not part.replace("_", "").isalnum() else str(part)


def _secrets(
    prefix: str, entry: RegistrySettings, environ: Mapping[str, str]
) -> tuple[SecretStr | None, SecretStr | None]:
    where = f'registries."{prefix}"'
    password = _from_variable(f"{where}.password_env", entry.password_env, environ)
    if entry.password_file:
        password = _from_file(f"{where}.password_file", entry.password_file)
    if password and not entry.username:
        raise ConfigurationError(f"{where}: a password without a username", hint="Set username beside it.")
    return password, _from_variable(f"{where}.api_token_env", entry.api_token_env, environ)


def _from_variable(key: str, variable: str | None, environ: Mapping[str, str]) -> SecretStr | None:
    if not variable:
        return None
    if not environ.get(variable):
        raise ConfigurationError(f"{key}: the environment has no {variable}", hint="Set it, or remove the key.")
    return SecretStr(environ[variable])


def _from_file(key: str, name: str) -> SecretStr:
    try:
        secret = Path(name).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise ConfigurationError(f"{key}: {name} cannot be read: {reason}", hint="Check path and mode.") from None
    if not secret:
        raise ConfigurationError(f"{key}: {name} is empty", hint="Write the password into it.")
    return SecretStr(secret)


def _proxies(proxy: str) -> dict[str, str]:
    if proxy == "env":
        return {
            scheme: url for scheme, url in getproxies_environment().items() if scheme in {"http", "https", "no"}
        }
    return {} if proxy == "none" else {"http": proxy, "https": proxy}
