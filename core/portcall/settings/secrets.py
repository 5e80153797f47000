"""Secrets, from where the configuration says that they are; and the files that it names beside them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from portcall.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portcall.settings.registry import RegistrySettings

#: What stands where the name of a variable or a file is due may be the secret itself, pasted by mistake:
#: messages repeat only what looks like a name.
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,127}\Z")
_PATH = re.compile(r"(?:~|\.{0,2})/|[A-Za-z]:[\\/]")


def with_secrets(where: str, entry: RegistrySettings, environ: Mapping[str, str]) -> RegistrySettings:
    """Return ``entry`` with the secrets that it names.

    Args:
        where: File and key of the entry, for messages.
        entry: What is configured.
        environ: The environment.

    Raises:
        ConfigurationError: A variable that is not set, a file that cannot be read, an empty secret, or none
            that could be sent.
    """
    password = _from_variable(f"{where}.password_env", entry.password_env, environ)
    if entry.password_file:
        password = _from_file(f"{where}.password_file", entry.password_file)
    return entry.with_secrets(password, _from_variable(f"{where}.api_token_env", entry.api_token_env, environ))


def _from_variable(key: str, variable: str | None, environ: Mapping[str, str]) -> SecretStr | None:
    if not variable:
        return None
    if not environ.get(variable):
        named = variable if _VARIABLE.match(variable) else "variable of the name that it holds"
        raise ConfigurationError(f"{key}: the environment has no {named}", hint="Set it, or remove the key.")
    if not _is_text(environ[variable]):
        named = variable if _VARIABLE.match(variable) else "the variable that it names"
        raise ConfigurationError(f"{key}: {named} is no UTF-8 text", hint="Check what it holds.")
    return SecretStr(environ[variable])


def _is_text(secret: str) -> bool:
    """Tell whether a variable can be sent: bytes that are no UTF-8 come as halves of characters."""
    try:
        secret.encode()
    except UnicodeEncodeError:
        return False
    return True


def _from_file(key: str, name: str) -> SecretStr:
    named = name if _PATH.match(name) else "the file that it names"
    try:
        # Editors and secret stores end a file with a line's end; nothing else is taken away.
        secret = Path(name).expanduser().read_text(encoding="utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{key}: {named} is no UTF-8 text", hint="Check what it holds.") from None
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "there is no such path"
        raise ConfigurationError(f"{key}: {named} cannot be read: {reason}", hint="Check path and mode.") from None
    if not secret.strip():
        raise ConfigurationError(f"{key}: {named} is empty", hint="Write the password into it.")
    return SecretStr(secret)
