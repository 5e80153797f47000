"""Asking a new gateway one question, over HTTP, as an agent would."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

import portcall
from portcall.errors import PortcallError
from portcall.reference import parse_reference
from portcall.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from portcall.gateway import Portcall

Told = TypeVar("Told")

#: A canary, which must turn up nowhere.
SECRET = "contract-password"  # noqa: S105 - no real one


class Asking:
    """Asks a new gateway one question.

    Args:
        host: The registry's name in references.
        entry: What stands under ``[registries."host"]``.
        folder: Where the configuration is written.
        environ: More of the environment: what ``password_env`` names, say.

    Attributes:
        timeout: Seconds that the call may take.
        user: The user in the registry's entry, if there is to be one; the password is :data:`SECRET`.
    """

    def __init__(
        self,
        host: str,
        entry: Mapping[str, Any],
        folder: Path,
        *,
        timeout: float = 5,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.timeout = timeout
        self.user = ""
        self._host = host
        self._entry = entry
        self._more = environ or {}
        self._file = folder / "contract.toml"
        self._file.touch()

    def __call__(self, question: Callable[[Portcall], Awaitable[Told]]) -> Told:
        """Return the answer."""

        async def ask() -> Told:
            async with portcall.Portcall(load_settings(self._file, self._environ())) as gateway:
                return await question(gateway)

        return asyncio.run(ask())

    def refused(self, code: str, question: Callable[[Portcall], Awaitable[object]]) -> PortcallError:
        """Return the error that a question about an image ends with; it has this code, a place and a next step."""
        error = self.failed(question)
        assert (error.code, error.registry) == (code, self._host)
        assert parse_reference(error.reference or "").registry == self._host
        return error

    def failed(self, question: Callable[[Portcall], Awaitable[object]]) -> PortcallError:
        """Return the error that the question ends with; it says what and what next, and no secret."""
        with pytest.raises(PortcallError) as refused:
            self(question)
        error = refused.value
        assert error.message
        assert error.hint
        assert SECRET not in f"{error} {error.hint} {error!r}"
        return error

    def _environ(self) -> dict[str, str]:
        login = {"username": self.user, "password_env": "CONTRACT_PASSWORD"} if self.user else {}
        return {
            "PORTCALL_REGISTRIES": json.dumps({self._host: {**self._entry, **login}}),
            "PORTCALL_NETWORK__PROXY": "none",
            "PORTCALL_NETWORK__TIMEOUT": str(self.timeout),
            "CONTRACT_PASSWORD": SECRET,
            **self._more,
        }
