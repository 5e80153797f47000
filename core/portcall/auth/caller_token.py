"""A bearer token that was verified, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp.server.auth.provider import AccessToken
from pydantic import Field, PrivateAttr

from portcall.caller import SCOPES, Caller

if TYPE_CHECKING:
    from typing import Self


class CallerToken(AccessToken):
    """The SDK's verified token, with our caller in it.

    The caller is private to pydantic: neither the token's dump nor its ``repr`` shows the registry logins that it
    holds. Nor does the ``repr`` show the token itself.
    """

    token: str = Field(repr=False)
    _caller: Caller = PrivateAttr()

    @property
    def caller(self) -> Caller:
        """Return whoever presented the token."""
        return self._caller

    @classmethod
    def of(
        cls,
        caller: Caller,
        token: str,
        *,
        client_id: str,
        expires_at: int | None = None,
        resource: str | None = None,
    ) -> Self:
        """Return ``token`` as ``caller``'s, good for what the caller may do.

        Args:
            caller: Whom the token was proved to belong to.
            token: As presented.
            client_id: The OAuth client it was issued to; the caller's own identity where there is none.
            expires_at: In seconds since the epoch; None for one that does not expire.
            resource: What it was issued for, as the SDK compares it; None where the verifier itself has checked.
        """
        verified = cls(
            token=token,
            client_id=client_id,
            scopes=[scope for scope in SCOPES if caller.may(scope)],
            expires_at=expires_at,
            resource=resource,
            subject=caller.identity,
        )
        verified._caller = caller
        return verified
