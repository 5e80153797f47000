"""Mode ``token``: callers are let in by a token of the operator's own."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from portcall.auth.caller_token import CallerToken
from portcall.auth.token_table import TokenTable
from portcall.auth.tokens_file import TokensFile
from portcall.errors import ConfigurationError
from portcall.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Self

    from portcall.auth.tokens_file import Stamp
    from portcall.settings import Settings

__all__ = ["TokenTable", "TokenVerifierByTable"]

#: Seconds between two looks at whether the file has changed.
_LOOK_EVERY = 1.0

_log = get_logger("portcall.auth.tokens")


class TokenVerifierByTable:
    """Verifies tokens by a table; where that is a file's, by what the file says at the time.

    Args:
        table: Whose tokens are whose.
        file: Where the table came from, and is read again when that has changed.
        clock: Where the time comes from, in seconds; never set back.
    """

    def __init__(
        self, table: TokenTable, file: TokensFile | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._table = table
        self._file = file
        self._clock = clock
        self._stamp: Stamp | None = None
        self._look_at = clock()
        self._problem = ""

    @classmethod
    def reading(cls, path: str | Path, *, clock: Callable[[], float] = time.monotonic) -> Self:
        """Return the verifier by a file.

        Raises:
            ConfigurationError: It cannot be used.
        """
        file = TokensFile(path)
        reading = file.read()
        table = TokenTable.parse(reading.text, file.where).required(file.where)
        if reading.is_open:
            # No reason to stop: Kubernetes' secrets are so by default, and a hash lets nobody in.
            _log.warning("tokens_file_readable_by_all", file=file.where, advice="chmod o-r")
        return cls(table, file, clock=clock)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the verifier that the configuration asks for.

        Raises:
            ConfigurationError: There are no tokens, two sources of them, or some that cannot be used.
        """
        file, single = settings.auth.tokens_file, settings.surroundings.auth_token
        if file and single is not None:
            raise ConfigurationError(
                "auth.tokens_file and PORTCALL_AUTH_TOKEN exclude each other",
                hint="Unset the variable; a line in the file can hold its hash: portcall token NAME.",
            )
        if file:
            return cls.reading(file)
        if single is None:
            raise ConfigurationError(
                'auth.mode is "token", and there is no token',
                hint="Set auth.tokens_file, whose lines come from portcall token NAME; or PORTCALL_AUTH_TOKEN.",
            )
        return cls(TokenTable.of_single(single.get_secret_value()))

    async def check(self) -> None:
        """Return where the file of now counts.

        Raises:
            ConfigurationError: It cannot be used, so that only tokens of before are good.
        """
        self._look()
        if self._problem:
            raise ConfigurationError(self._problem, hint="Mend the file: it is read again by itself.")

    async def verify_token(self, token: str) -> CallerToken | None:
        """Return whose token it is; ``None`` where it is nobody's."""
        self._look()
        caller = self._table.find(token)
        if caller is None:
            return None
        return CallerToken.of(caller, token, client_id=caller.identity)

    def _look(self) -> None:
        """Read the file again if it has changed: a token is good, or no longer, a second after its line is."""
        now = self._clock()
        if self._file is None or now < self._look_at:
            return
        self._look_at = now + _LOOK_EVERY
        if not self._file.is_as_at(self._stamp):
            self._read(self._file)

    def _read(self, file: TokensFile) -> None:
        """Read the file; one that cannot be used lets nobody new in, and is told of once."""
        text = ""
        try:
            reading = file.read()
            self._stamp, text = reading.stamp, reading.text
            table = TokenTable.parse(text, file.where)
        except ConfigurationError as error:
            if error.message != self._problem:
                _log.error("tokens_file_not_used", reason=error.message, advice="only tokens of before are good")
            self._problem = error.message
            if text:
                # Whoever took a line away meant it, whatever else they did to the file.
                self._table = self._table.within(text)
            return
        self._problem = ""
        if table.lines == self._table.lines:
            return
        self._table = table
        _log.info("tokens_file_read", file=file.where, tokens=len(table.lines))
        if not table.lines:
            # Unlike at the start, where it is a mistake: somebody has taken the last token away, and means it.
            _log.warning("tokens_file_empty", file=file.where, advice="nobody is let in")
