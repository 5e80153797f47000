"""A home folder: the files that tools store logins in, helpers to run, and the keyring that finds them."""

from __future__ import annotations

import base64
import json
import shutil
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portcall.credentials import Keyring, Login
from portcall.http.upstream import Credentials
from portcall.reference import parse_prefix
from portcall.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from portcall.credentials import CredentialProvider
    from portcall.errors import UnauthorizedError
    from portcall.settings import Settings

#: The password of every login in these tests: it may appear nowhere else.
CANARY = "hunter2-canary"
NOT_FOUND = 'echo "credentials not found in native keychain"; exit 1'


def auth(username: str, secret: str = CANARY) -> dict[str, str]:
    """An entry of ``auths``, as docker writes it."""
    return {"auth": base64.b64encode(f"{username}:{secret}".encode()).decode()}


def answer(username: str, secret: str = CANARY) -> str:
    """The shell command of a helper that has a login."""
    return f"echo '{json.dumps({'ServerURL': '', 'Username': username, 'Secret': secret})}'"


class Home:
    """A home folder, and the environment that leads to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "home"
        self.bin = folder / "bin"
        self.calls = folder / "calls"
        self.bin.mkdir(parents=True)
        self.folder.mkdir()
        # This machine may have credential helpers of its own beside these.
        for tool in ("cat", "env", "sleep"):
            (self.bin / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")
        self.variables = {"HOME": str(self.folder), "PATH": str(self.bin)}

    def write(self, name: str, content: str | bytes | dict[str, Any], mode: int = 0o600) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(content) if isinstance(content, dict) else content
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        file.chmod(mode)
        return file

    def docker(self, **document: Any) -> Path:
        """Docker's ``config.json``."""
        return self.write(".docker/config.json", document)

    def podman(self, **document: Any) -> Path:
        """Podman's ``auth.json``, where it is without a session."""
        return self.write(".config/containers/auth.json", document)

    def helper(self, name: str, get: str = NOT_FOUND, listed: dict[str, str] | str = "{}") -> Path:
        """A credential helper whose calls are counted: ``get`` is a shell command that knows ``$key``."""
        file = self.bin / f"docker-credential-{name}"
        told = listed if isinstance(listed, str) else f"echo '{json.dumps(listed)}'"
        lists = "echo '{}'" if told == "{}" else told
        file.write_text(
            "#!/bin/sh\n"
            "read -r key\n"
            f'echo "$1 $key" >> {self.calls}\n'
            f'case "$1" in\nlist) {lists};;\nget) {get};;\n*) exit 3;;\nesac\n'
        )
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
        return file

    @property
    def asked(self) -> list[str]:
        """What the helpers were asked: ``["get ghcr.io"]``."""
        return self.calls.read_text().splitlines() if self.calls.exists() else []

    def settings(self, toml: str = "", **variables: str) -> Settings:
        file = self.folder / "portcall.toml"
        file.write_text(toml)
        return load_settings(file, {**self.variables, **variables})

    def keyring(
        self,
        toml: str = "",
        *,
        local: bool = True,
        providers: tuple[CredentialProvider, ...] = (),
        helper_timeout: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
        **variables: str,
    ) -> HomeKeyring:
        settings = self.settings(toml, **variables)
        return HomeKeyring(
            Keyring(settings, local=local, providers=providers, helper_timeout=helper_timeout, clock=clock),
            settings,
        )


class HomeKeyring:
    """A keyring that is asked as the router asks: by a prefix, with the configuration's entry for it."""

    def __init__(self, keyring: Keyring, settings: Settings) -> None:
        self.keyring = keyring
        self._settings = settings

    def login(self, prefix: str) -> Login | None:
        asked = parse_prefix(prefix)
        return self.keyring.login_for(asked, self._settings.entry_for(asked))

    def known(self, prefix: str) -> Credentials:
        """The credentials that nobody has to be asked for."""
        login = self.login(prefix)
        assert login is not None
        assert login.credentials is not None
        assert login.source is None
        return login.credentials

    def found(self, prefix: str) -> tuple[str, str]:
        """Whose credentials are sent, and from where."""
        credentials = self.known(prefix)
        return credentials.username, credentials.source

    async def load(self, prefix: str | None = None) -> None:
        """Look for new logins, as far as ``prefix`` needs them."""
        await self.keyring.load(parse_prefix(prefix) if prefix else None)

    async def obtain(self, prefix: str, repository: str = "app") -> Credentials | None:
        """The credentials that a helper or a plugin gives."""
        login = self.login(prefix)
        assert login is not None
        assert login.source is not None
        assert login.credentials is None
        return await login.source.obtain(repository)

    async def refusal(self, prefix: str, repository: str = "app") -> UnauthorizedError:
        import pytest  # late: this module is no test

        from portcall.errors import UnauthorizedError

        with pytest.raises(UnauthorizedError) as refused:
            await self.obtain(prefix, repository)
        assert CANARY not in f"{refused.value!r} {refused.value} {refused.value.hint}"
        return refused.value

    def unasked(self, prefix: str) -> str:
        """Why it is not known whether there is a login."""
        return self.keyring.unasked(parse_prefix(prefix))

    @property
    def prefixes(self) -> set[str]:
        return {str(prefix) for prefix in self.keyring.prefixes}

    @property
    def problems(self) -> list[tuple[str, str]]:
        notes = self.keyring.notes
        assert CANARY not in repr(notes)
        assert all(note.hint for note in notes if note.problem)
        return [(note.source, note.problem) for note in notes if note.problem]

    @property
    def holdings(self) -> dict[str, tuple[str, ...]]:
        return {note.source: note.hosts for note in self.keyring.notes if not note.problem}
