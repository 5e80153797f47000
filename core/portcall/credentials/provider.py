"""Plugins that know credentials: a cloud's, made for the occasion."""

from __future__ import annotations

import asyncio
import dataclasses
import math
import time
import traceback
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Protocol

from portcall.credentials.answers import Answers
from portcall.credentials.entry import UnfitEntryError, make_credentials
from portcall.daemon import WorkError
from portcall.deadline import leaving
from portcall.errors import UnauthorizedError
from portcall.http.upstream import Credentials
from portcall.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds that a plugin may take, if the call has as many left; and what is kept for the call's answer.
TIMEOUT = 10.0
_RESERVE = 1.0

_log = get_logger("portcall.credentials")


class CredentialProvider(Protocol):
    """A plugin's knowledge of credentials, for the hosts that it declares and no others."""

    @property
    def name(self) -> str:
        """Whose it is: ``"distribution:name"``."""

    @property
    def patterns(self) -> tuple[str, ...]:
        """The hosts that it knows about, each as for ``fnmatch``: ``"*.dkr.ecr.*.amazonaws.com"``."""

    async def credentials(self, registry: str, repository: str) -> Credentials | None:
        """Return the credentials for a repository (its path), or ``None`` where there are none."""


#: What a provider answered, by registry and repository.
ProviderAnswers = Answers[tuple[str, str]]


class ProviderCredentials:
    """What a plugin gives for one registry; a :class:`~portcall.http.upstream.CredentialSource`.

    Args:
        provider: Who is asked.
        registry: What for; a host that the plugin declared.
        answers: Where its answers are kept.
        clock: Seconds since 1970.
        timeout: Seconds that it may take, if the call has as many left.
    """

    def __init__(
        self,
        provider: CredentialProvider,
        registry: str,
        *,
        answers: ProviderAnswers | None = None,
        timeout: float = TIMEOUT,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._provider = provider
        self._registry = registry
        self._answers = answers or ProviderAnswers(clock=clock)
        self._timeout = timeout

    @property
    def name(self) -> str:
        """The plugin, for people: ``"plugin distribution:name"``."""
        return f"plugin {self._provider.name}"

    def held(self, repository: str) -> Credentials | None:
        """Return what the plugin gave last for a repository, while it is good."""
        return self._answers.held((self._registry, repository))

    async def obtain(self, repository: str) -> Credentials | None:
        """Return what the plugin gives for a repository, or ``None`` where it has nothing.

        Raises:
            UnauthorizedError: It failed; the log holds the details.
        """
        return await self._answers.ask((self._registry, repository), lambda: self._ask(repository))

    def forget(self, repository: str, credentials: Credentials) -> None:
        """Have the plugin asked anew, if these credentials, which were refused, are what it gave."""
        self._answers.forget((self._registry, repository), credentials)

    async def _ask(self, repository: str) -> Credentials | None:
        try:
            async with asyncio.timeout(min(self._timeout, leaving(_RESERVE))):
                given: object = await self._provider.credentials(self._registry, repository)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - somebody else's code
            raise self._failed(_fault(error), _frames(error)) from None
        if given is None:
            return None
        if not isinstance(given, Credentials):
            raise self._failed(f"it returned a {type(given).__name__} where Credentials are due")
        try:
            return self._checked(given)
        except (UnfitEntryError, TypeError, ValueError, AttributeError, OverflowError) as error:
            reason = str(error) if isinstance(error, UnfitEntryError) else "one of their values makes no sense"
            raise self._failed(f"its credentials cannot be used: {reason}") from None

    def _checked(self, given: Credentials) -> Credentials:
        made = make_credentials(given.username, given.secret, self.name, given.identity_token)
        end = given.expires_at
        return dataclasses.replace(made, expires_at=None if end is None or math.isnan(end) else float(end))

    def _failed(self, reason: str, frames: str = "") -> UnauthorizedError:
        _log.error(
            "provider_failed", plugin=self._provider.name, registry=self._registry, reason=reason, frames=frames
        )
        return UnauthorizedError(
            f"the {self.name} gave no credentials for {self._registry}: {reason}",
            hint="The log holds the details; the plugin's author should know.",
            registry=self._registry,
        )


def _fault(error: BaseException) -> str:
    """Say what a plugin did wrong, without its words: what a vendor's client complains about may be a secret."""
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    raised = error.__cause__ if isinstance(error, WorkError) else error
    return f"it raised {type(raised).__name__}"


def _frames(error: BaseException) -> str:
    raised = error.__cause__ if isinstance(error, WorkError) and error.__cause__ else error
    return "".join(traceback.format_tb(raised.__traceback__))


def matches(patterns: tuple[str, ...], registry: str) -> bool:
    """Tell whether a registry is one that the patterns declare; all of its name has to match, its end too."""
    return any(fnmatchcase(registry, pattern.lower()) for pattern in patterns)
