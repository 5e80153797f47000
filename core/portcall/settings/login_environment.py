"""What the environment says about logins: the variables that hold some, and the files where tools store them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

#: Our own variables are no business of a credential helper; nor is any other that holds a secret of ours.
_OWN = "PORTCALL_"


@dataclass(frozen=True, slots=True)
class LoginEnvironment:
    """Where a person's logins are; empty unless :func:`~portcall.settings.load_settings` captured it.

    Args:
        home: The home folder, which messages show as ``~``.
        dockerhub_username: ``DOCKERHUB_USERNAME``.
        dockerhub_token: ``DOCKERHUB_TOKEN``.
        docker_auth_config: ``DOCKER_AUTH_CONFIG``: what Docker's ``config.json`` would hold.
        docker_config: Docker's ``config.json``.
        auth_files: Podman's ``auth.json``, wherever it may be; the first one comes first.
        auth_file_is_named: Whether ``REGISTRY_AUTH_FILE`` names it, so that it ought to be there.
        github_token: ``GITHUB_TOKEN``.
        quay_token: ``QUAY_TOKEN``.
        variables: The environment that credential helpers are run in.
    """

    home: Path | None = None
    dockerhub_username: str = ""
    dockerhub_token: SecretStr | None = None
    docker_auth_config: SecretStr | None = None
    docker_config: Path | None = None
    auth_files: tuple[Path, ...] = ()
    auth_file_is_named: bool = False
    github_token: SecretStr | None = None
    quay_token: SecretStr | None = None
    variables: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, environ: Mapping[str, str], secrets: Collection[str] = ()) -> LoginEnvironment:
        """Return what ``environ`` says; no file is touched.

        Args:
            environ: The environment.
            secrets: The variables in which the configuration says that its own secrets are.
        """
        home = _folder(environ.get("HOME"))
        docker = _folder(environ.get("DOCKER_CONFIG")) or _below(home, ".docker")
        return cls(
            home=home,
            dockerhub_username=environ.get("DOCKERHUB_USERNAME", "").strip(),
            dockerhub_token=_secret(environ.get("DOCKERHUB_TOKEN")),
            docker_auth_config=_secret(environ.get("DOCKER_AUTH_CONFIG")),
            docker_config=_below(docker, "config.json"),
            auth_files=_auth_files(environ, home),
            auth_file_is_named=bool(environ.get("REGISTRY_AUTH_FILE")),
            github_token=_secret(environ.get("GITHUB_TOKEN")),
            quay_token=_secret(environ.get("QUAY_TOKEN")),
            variables={
                name: text for name, text in environ.items() if not name.startswith(_OWN) and name not in secrets
            },
        )

    def shown(self, file: Path) -> str:
        """Return a file's path as people write it: ``~/.docker/config.json``."""
        if self.home is not None and file.is_relative_to(self.home):
            return f"~/{file.relative_to(self.home)}"
        return str(file)


def _auth_files(environ: Mapping[str, str], home: Path | None) -> tuple[Path, ...]:
    if named := environ.get("REGISTRY_AUTH_FILE"):
        return (Path(named),)
    config = _folder(environ.get("XDG_CONFIG_HOME")) or _below(home, ".config")
    runtime = _folder(environ.get("XDG_RUNTIME_DIR"))
    files = [folder / "containers" / "auth.json" for folder in (runtime, config) if folder]
    if runtime is None and home is not None:
        # Without a session of its own (root, a container, cron) podman stores them here.
        files.insert(0, Path("/run/containers") / str(os.getuid()) / "auth.json")
    return tuple(files)


def _folder(text: str | None) -> Path | None:
    return Path(text) if text else None


def _below(folder: Path | None, name: str) -> Path | None:
    return folder / name if folder else None


def _secret(text: str | None) -> SecretStr | None:
    # What was read from a file often ends in a line's end, which no token does.
    stripped = (text or "").strip()
    return SecretStr(stripped) if stripped else None
