"""Credential helpers: programs ``docker-credential-NAME`` that keep logins in a keychain.

Source: docker/docker-credential-helpers: ``get`` reads a server's key from stdin and writes JSON with
``Username`` and ``Secret``, ``list`` writes JSON with user names by key; failures are told on stdout.
What a helper writes is repeated nowhere: it may hold secrets.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from portcall.credentials.answers import Answers
from portcall.credentials.entry import UnfitEntryError, make_credentials
from portcall.deadline import leaving
from portcall.errors import UnauthorizedError
from portcall.program import ProgramError, run_program

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from portcall.http.upstream import Credentials

#: Seconds that a helper may take: a keychain that has to be unlocked waits for ever.
TIMEOUT = 10.0
MAX_OUTPUT = 64 * 1024
#: Seconds of a call kept for its answer, should the helper take all the others.
_RESERVE = 1.0

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\Z")
#: How helpers say that they have no such login: Docker's own words, and those of some others.
_NONE = re.compile(
    r"credentials not found in native keychain"
    r"|docker-credential-[A-Za-z0-9_.-]+: no credentials(?: (?:for|found|in)\b.*)?"
)
_UNLOCK = "It may be waiting to be unlocked, or for somebody to sign in."


class Helper:
    """One credential helper, and what it answered lately.

    Args:
        name: As configured; one that is no plain name is never run.
        environment: All that it sees of the environment; it is looked up on this ``PATH``.
        timeout: Seconds that it may take, if the call has as many left.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        name: str,
        environment: Mapping[str, str],
        *,
        timeout: float = TIMEOUT,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._name = name if _NAME.match(name) else ""
        self._environment = environment
        self._timeout = timeout
        self._answers: Answers[str] = Answers(clock=clock)

    @property
    def program(self) -> str:
        """What is run, for people: ``"docker-credential-pass"``."""
        return f"docker-credential-{self._name}" if self._name else "the credential helper with a malformed name"

    @property
    def problem(self) -> str:
        """Why it cannot be run, as far as that is known beforehand; empty where it can."""
        if not self._name:
            return "is never run: a name holds letters, digits, dots, dashes and underscores alone"
        return "" if self._path() else "is not on PATH"

    def held(self, key: str) -> Credentials | None:
        """Return the credentials that :meth:`get` gave last for ``key``, while they are good."""
        return self._answers.held(key)

    async def get(self, key: str, registry: str) -> Credentials | None:
        """Return the credentials stored under ``key``, or ``None`` where there are none.

        Args:
            key: As it was stored.
            registry: Whose they are, for messages.

        Raises:
            UnauthorizedError: It cannot be asked, or makes no sense.
        """
        return await self._answers.ask(key, lambda: self._get(key, registry))

    def forget(self, key: str, credentials: Credentials) -> None:
        """Have it run anew for ``key``, if these credentials, which were refused, are what it gave."""
        self._answers.forget(key, credentials)

    async def listed(self) -> dict[str, str]:
        """Return the user names of all logins that it holds, by key.

        Raises:
            UnauthorizedError: It cannot be asked, or makes no sense.
        """
        try:
            output = await self._run("list", b"")
            members = _object(output) if output is not None else {}
        except _HelperFault as fault:
            raise self._failure("cannot tell what it holds", fault) from None
        return {key: user if isinstance(user, str) else "" for key, user in members.items()}

    async def aclose(self) -> None:
        """Stop it, should it be running."""
        await self._answers.aclose()

    async def _get(self, key: str, registry: str) -> Credentials | None:
        try:
            output = await self._run("get", key.encode("ascii"))
            return self._credentials(_object(output)) if output is not None else None
        except _HelperFault as fault:
            raise self._failure(f"gave no credentials for {registry}", fault, registry) from None

    async def _run(self, action: str, told: bytes) -> bytes | None:
        """Return what the helper wrote, or ``None`` where it said that it has no such login."""
        path = self._path()
        if path is None:
            raise _HelperFault(f"it {self.problem}", "Install it, or remove it from the file that names it.")
        seconds = min(self._timeout, leaving(_RESERVE))
        try:
            outcome = await run_program(
                (path, action), told=told, environment=self._environment, seconds=seconds, most=MAX_OUTPUT
            )
        except ProgramError as error:
            raise _HelperFault(f"it {error}", f"{_UNLOCK} {self._try_it}") from None
        except OSError as error:
            raise _HelperFault(f"it cannot be run: {error.strerror}", self._try_it) from None
        if outcome.status == 0:
            return outcome.output
        if outcome.status > 0 and _NONE.fullmatch(outcome.output.decode("utf-8", "replace").strip()):
            return None
        raise _HelperFault(_ending(outcome.status), self._try_it)

    def _path(self) -> str | None:
        """Return where the program is; never in a folder that depends on where portcall was started."""
        folders = self._environment.get("PATH", "").split(os.pathsep)
        absolute = os.pathsep.join(folder for folder in folders if os.path.isabs(folder))  # noqa: PTH117
        return shutil.which(f"docker-credential-{self._name}", path=absolute) if self._name else None

    def _credentials(self, answer: dict[str, Any]) -> Credentials | None:
        username, secret = answer.get("Username", ""), answer.get("Secret", "")
        if not isinstance(username, str) or not isinstance(secret, str):
            raise _HelperFault("its answer is not what the protocol wants", self._try_it)
        if not username and not secret:
            return None
        try:
            return make_credentials(username, secret, self.program)
        except UnfitEntryError as error:
            raise _HelperFault(f"its answer cannot be used: {error}", "Log in again, with another tool.") from None

    def _failure(self, what: str, fault: _HelperFault, registry: str | None = None) -> UnauthorizedError:
        return UnauthorizedError(f"{self.program} {what}: {fault}", hint=fault.hint, registry=registry)

    @property
    def _try_it(self) -> str:
        return f"Run {self.program} list in a terminal to see what it lacks."


@dataclass(frozen=True, slots=True)
class HelperCredentials:
    """What a helper holds under one key; a :class:`~portcall.http.upstream.CredentialSource`.

    Args:
        helper: Who is asked.
        key: What for, as it was stored.
        registry: Whose credentials they are, for messages.
        username: Whose they are, where the helper's list tells.
    """

    helper: Helper = field(repr=False)
    key: str
    registry: str
    username: str = ""

    @property
    def name(self) -> str:
        """The helper's program."""
        return self.helper.program

    def held(self, repository: str) -> Credentials | None:
        """Return what the helper gave last, while it is good; the repository makes no difference."""
        return self.helper.held(self.key)

    async def obtain(self, repository: str) -> Credentials | None:
        """Return what the helper gives, or ``None`` where it has no such login.

        Raises:
            UnauthorizedError: It cannot be asked, or makes no sense.
        """
        return await self.helper.get(self.key, self.registry)

    def forget(self, repository: str, credentials: Credentials) -> None:
        """Have the helper asked anew, if these credentials, which were refused, are what it gave."""
        self.helper.forget(self.key, credentials)


class _HelperFault(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.hint = hint


def _object(output: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(output)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise _HelperFault("its answer is no JSON object", "Is it a credential helper, and a current one?")
    return answer


def _ending(status: int) -> str:
    return f"it was ended by signal {-status}" if status < 0 else f"it exited with status {status}"
