"""How many layer bytes one call may fetch."""

from __future__ import annotations

from portcall.errors import TooLargeError


class Budget:
    """Counts what a call fetches.

    Args:
        most: Bytes that it may fetch: ``limits.max_fetch_bytes``.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        #: Bytes fetched so far.
        self.spent = 0

    def require(self, planned: int) -> None:
        """Let what is known beforehand pass, if there is enough for it.

        Raises:
            TooLargeError: There is not; nothing of it was fetched.
        """
        if self.spent + planned > self._most:
            raise TooLargeError(
                f"this takes {self.spent + planned:,} bytes of layers, over the {self._most:,} of one call",
                hint="Raise limits.max_fetch_bytes in the configuration, or ask for less: one file, say.",
            )

    def spend(self, count: int) -> None:
        """Count bytes that were fetched.

        Raises:
            TooLargeError: They are more than the call may fetch.
        """
        self.spent += count
        self.require(0)
