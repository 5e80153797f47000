"""What the double was asked, in order, whichever of its services was asked."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Literal

from portcall.testing import RecordedRequest, Request
from portcall.testing.auth import basic_credentials

ServiceName = Literal["api", "index", "registry", "auth"]

_SECRET_FIELDS = ("secret", "password", "login_2fa_token", "code")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(RecordedRequest):
    """One request as it was answered.

    Attributes:
        service: Which of the four addresses it came to.
        hostile: Whether its path held what no honest client sends: ``%2F``, ``..``, an empty segment.
    """

    service: ServiceName
    hostile: bool = False

    @classmethod
    def at_service(cls, service: ServiceName, request: Request, status: int, *, hostile: bool) -> Asked:
        """Return the record of a request."""
        fields = {name: getattr(request, name) for name in Request.__slots__}
        return cls(**fields, status=status, at=time.monotonic(), service=service, hostile=hostile)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What a thief would have got: bearer tokens, passwords, and secrets in a JSON body."""
        found: list[str] = []
        scheme, _, value = (self.authorization or "").partition(" ")
        basic = basic_credentials(self)
        if basic is not None:
            found.append(basic[1])
        elif scheme:
            found.append(value)
        return (*found, *self._body_secrets())

    def _body_secrets(self) -> list[str]:
        try:
            document = json.loads(self.body or b"null")
        except ValueError:
            return []
        told = document if isinstance(document, dict) else {}
        return [str(told[name]) for name in _SECRET_FIELDS if told.get(name)]


@dataclass(slots=True)
class Journal:
    """Requests, and what was wrong with them.

    Attributes:
        requests: Every request, in the order of answering.
        violations: ``"GET /v2/…: unknown parameter 'limit'"``: what the real service does not document.
    """

    requests: list[Asked] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def forget(self) -> None:
        """Start anew."""
        self.requests.clear()
        self.violations.clear()
