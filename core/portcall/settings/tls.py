"""The PEM files that registries need, tried when the configuration is read rather than in the first call."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from portcall.errors import ConfigurationError

if TYPE_CHECKING:
    import ssl

    from portcall.settings.registry import RegistrySettings

_KEYS = ("ca_file", "client_cert", "client_key")


def with_tls_files(where: str, entry: RegistrySettings) -> RegistrySettings:
    """Return ``entry`` with the paths of its PEM files, ``~`` filled in, once they have proved usable.

    Args:
        where: File and key of the entry, for messages.
        entry: What is configured.

    Raises:
        ConfigurationError: A file that cannot be read, or is not what TLS needs.
    """
    named = {key: Path(name) for key in _KEYS if (name := getattr(entry, key))}
    if not named:
        return entry
    files = {key: _readable(f"{where}.{key}", file) for key, file in named.items()}
    _try_out(where, files)
    return entry.model_copy(update={key: str(file) for key, file in files.items()})


def _readable(key: str, file: Path) -> Path:
    try:
        file = file.expanduser()
        with file.open("rb") as opened:
            opened.read(1)
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "there is no such path"
        raise _unusable(key, file, f"cannot be read: {reason}") from None
    return file


def _try_out(where: str, files: dict[str, Path]) -> None:
    import ssl  # late: few registries have files of their own

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if authority := files.get("ca_file"):
        try:
            context.load_verify_locations(cafile=authority)
        except ssl.SSLError as error:
            raise _unusable(f"{where}.ca_file", authority, f"holds no certificates: {_reason(error)}") from None
    if certificate := files.get("client_cert"):
        try:
            # A password, which a key might ask the terminal for, has no place here.
            context.load_cert_chain(certificate, files["client_key"], password=lambda: "")
        except (ssl.SSLError, ValueError) as error:
            reason = f"and client_key are no certificate with its unencrypted key: {_reason(error)}"
            raise _unusable(f"{where}.client_cert", certificate, reason) from None


def _reason(error: ssl.SSLError | ValueError) -> str:
    return str(getattr(error, "reason", None) or "unreadable").replace("_", " ").lower()


def _unusable(key: str, file: Path, reason: str) -> ConfigurationError:
    return ConfigurationError(f"{key}: {file} {reason}", hint="It has to be a PEM file that this user may read.")
