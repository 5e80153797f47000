"""Reading the configuration: a TOML file, then the environment over it."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr, ValidationError

from portcall.errors import ConfigurationError
from portcall.reference import parse_prefix
from portcall.settings.environment import PREFIX, overlay, proxies
from portcall.settings.login_environment import LoginEnvironment
from portcall.settings.model import Settings, key_for_people
from portcall.settings.secrets import with_secrets
from portcall.settings.surroundings import Surroundings
from portcall.settings.tls import with_tls_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

    from portcall.settings.registry import RegistrySettings

_AUTH_TOKEN = f"{PREFIX}AUTH_TOKEN"
_HINT = "docs/reference/configuration.md lists every key."


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
    variables = overlay(data, environ)
    try:
        settings = Settings.model_validate(data)
    except ValidationError as error:
        raise ConfigurationError(_explain(error, file, variables), hint=_HINT) from None
    registries_from = variables.get("registries") or str(file or "")
    registries = {
        prefix: _resolved(f'{registries_from}: registries."{prefix}"', entry, environ)
        for prefix, entry in settings.registries.items()
    }
    store_key, auth_token = environ.get(settings.auth.key_env, ""), environ.get(_AUTH_TOKEN, "")
    surroundings = Surroundings(
        file=str(file or ""),
        registries_from=registries_from,
        proxies=proxies(settings.network.proxy, environ),
        logins=LoginEnvironment.of(environ, _secret_variables(settings)),
        store_key=SecretStr(store_key) if store_key else None,
        auth_token=SecretStr(auth_token) if auth_token else None,
    )
    settings = settings.within(surroundings, registries)
    _check_users(settings)
    return settings


def _file_to_read(path: str | Path | None, environ: Mapping[str, str]) -> Path | None:
    chosen = path or environ.get(f"{PREFIX}CONFIG")
    if chosen:
        return Path(chosen)
    from platformdirs import user_config_path  # late: mostly a file is named

    usual = user_config_path("portcall", appauthor=False) / "config.toml"
    try:
        usual.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        pass  # it cannot even be looked for: reading it will say why
    return usual


def _read(file: Path) -> dict[str, Any]:
    try:
        # Windows' editors begin a file with a mark that TOML does not know.
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror or error}", hint=_HINT) from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file}: is no UTF-8 text", hint=_HINT) from None
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "too deeply nested"
        raise ConfigurationError(f"{file}: is no TOML: {reason}", hint=_HINT) from None


def _resolved(where: str, entry: RegistrySettings, environ: Mapping[str, str]) -> RegistrySettings:
    return with_secrets(where, with_tls_files(where, entry), environ)


def _secret_variables(settings: Settings) -> frozenset[str]:
    entries = settings.registries.values()
    named = (variable for entry in entries for variable in (entry.password_env, entry.api_token_env) if variable)
    return frozenset((settings.auth.key_env, _AUTH_TOKEN, *named))


def _check_users(settings: Settings) -> None:
    """Refuse a password whose user neither its own entry nor a shorter prefix's names."""
    for prefix, entry in settings.registries.items():
        if entry.names_a_password and not settings.entry_for(parse_prefix(prefix)).username:
            where = f'{settings.surroundings.registries_from}: registries."{prefix}"'
            raise ConfigurationError(f"{where}: a password without a username", hint="Set username beside it.")


def _explain(error: ValidationError, file: Path | None, variables: Mapping[str, str]) -> str:
    """Say in one line per fault where it is and what it is, without the value."""
    faults = []
    for fault in error.errors(include_url=False, include_context=False):
        key = ".".join(_quoted(part) for part in fault["loc"])
        source = variables.get(key) or next((v for k, v in variables.items() if key.startswith(f"{k}.")), None)
        faults.append(f"{source or file}: {key}: {_reason(fault)}")
    return "; ".join(faults)


def _reason(fault: ErrorDetails) -> str:
    last = fault["loc"][-1] if fault["loc"] else ""
    if fault["type"] == "extra_forbidden":
        if last in {"password", "api_token"}:
            return f"a secret has no place here; name its source with {last}_env"
        if fault["loc"][0] == "registries" and isinstance(fault["input"], dict):
            return 'unknown key; a prefix with dots stands in quotes, like [registries."docker.io"]'
        return "unknown key"
    if fault["type"] == "model_type":
        return "Input should be a section with keys"
    return fault["msg"].removeprefix("Value error, ")


def _quoted(part: str | int) -> str:
    return key_for_people(part) if isinstance(part, str) and not part.replace("_", "").isalnum() else str(part)
