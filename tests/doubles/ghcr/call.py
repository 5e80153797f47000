"""A request to api.github.com that was understood: which operation, by whom, about what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.doubles.ghcr.refusals import RefusedError, api_refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.doubles.ghcr.catalogue import Catalogue
    from tests.doubles.ghcr.credential import Credential
    from tests.doubles.ghcr.settings import Settings

    from portcall.testing import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What an operation gets.

    Attributes:
        request: As it arrived.
        arguments: The path's parameters, decoded.
        credential: Whose token came along; ``None``: nobody's.
        catalogue: What there is.
        settings: How the service is set.
    """

    request: Request
    arguments: Mapping[str, str] = field(default_factory=dict)
    credential: Credential | None = None
    catalogue: Catalogue
    settings: Settings

    @property
    def base(self) -> str:
        """Where this api.github.com is, without a slash at the end."""
        return f"{self.request.scheme}://{self.request.host}"

    def number(self, name: str, default: int) -> int:
        """Return a query parameter as a number; the default where it is none, as GitHub does [U]."""
        text = self.request.parameter(name) or ""
        return int(text) if text.isdecimal() and int(text) > 0 else default

    def signed_in(self) -> Credential:
        """Return whose token it is.

        Raises:
            RefusedError: 401, there is none (gh-spec: requires_authentication).
        """
        if self.credential is None:
            raise RefusedError(api_refusal(401, "Requires authentication"))
        return self.credential
