"""Everything that can go wrong, as one tree.

::

    PortcallError
    ├── InvalidReferenceError   invalid_reference
    ├── InvalidArgumentError    invalid_argument
    ├── NotFoundError           not_found
    │   └── HiddenError         not_found, or hidden from whoever asks
    ├── UnauthorizedError       unauthorized
    ├── ForbiddenError          forbidden
    ├── BlockedError            blocked
    ├── RateLimitedError        rate_limited
    ├── UnreachableError        unreachable
    ├── DeadlineExceededError   timeout
    ├── UpstreamError           upstream_error
    │   └── UnavailableError    upstream_error, and worth another try
    ├── UnsupportedError        unsupported
    ├── TooLargeError           too_large
    ├── DigestMismatchError     digest_mismatch
    ├── ReadOnlyError           read_only
    ├── ConfigurationError      invalid_argument, at start-up: file, key, reason
    └── InternalError           internal

Every error says what failed and where (``message``) and the next step (``hint``). None of them ever
carries a secret, a traceback or the value of an argument.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

ErrorCode = Literal[
    "invalid_reference",
    "invalid_argument",
    "not_found",
    "unauthorized",
    "forbidden",
    "blocked",
    "rate_limited",
    "unreachable",
    "timeout",
    "upstream_error",
    "unsupported",
    "too_large",
    "digest_mismatch",
    "read_only",
    "internal",
]


class PortcallError(Exception):
    """The base of every error that portcall answers with.

    Args:
        message: What failed, and where; a clause without its full stop.
        hint: The next step to take, whole sentences; empty where there is none.
        registry: The registry's name, e.g. ``"docker.io"``.
        reference: The image reference that was asked about, in its familiar form.
        retry_after: Seconds until another try makes sense, where the registry said so.
        candidates: Names that were probably meant; only names that may be trusted.
    """

    code: ClassVar[ErrorCode] = "internal"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        registry: str | None = None,
        reference: str | None = None,
        retry_after: float | None = None,
        candidates: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.registry = registry
        self.reference = reference
        self.retry_after = retry_after
        self.candidates = tuple(candidates)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class InvalidReferenceError(PortcallError):
    """An image reference that cannot be read.

    Args:
        message: What is wrong.
        position: Index of the offending character in the text as given, from 0; ``None`` where the
            fault has no place (an empty text, say).
        hint: The next step.
    """

    code: ClassVar[ErrorCode] = "invalid_reference"

    def __init__(self, message: str, *, position: int | None = None, hint: str = "") -> None:
        where = "" if position is None else f", at position {position}"
        super().__init__(f"{message}{where}", hint=hint)
        self.position = position


class InvalidArgumentError(PortcallError):
    """An argument that is unknown, of the wrong type, out of range, or contradicts another."""

    code: ClassVar[ErrorCode] = "invalid_argument"


class NotFoundError(PortcallError):
    """The registry answered, and has no such thing, or hides it from these credentials."""

    code: ClassVar[ErrorCode] = "not_found"


class HiddenError(NotFoundError):
    """The registry does not tell whether there is such a thing, or whether these credentials may see it."""


class UnauthorizedError(PortcallError):
    """Credentials are needed, or those sent were refused."""

    code: ClassVar[ErrorCode] = "unauthorized"


class ForbiddenError(PortcallError):
    """The registry knows who asks, and refuses."""

    code: ClassVar[ErrorCode] = "forbidden"


class BlockedError(PortcallError):
    """Local policy refused before, or while, a connection was made."""

    code: ClassVar[ErrorCode] = "blocked"


class RateLimitedError(PortcallError):
    """The registry asks for a pause; ``retry_after`` says how long, in seconds, where it told."""

    code: ClassVar[ErrorCode] = "rate_limited"


class UnreachableError(PortcallError):
    """No connection: the name does not resolve, nothing listens, TLS fails, or the line broke."""

    code: ClassVar[ErrorCode] = "unreachable"


class DeadlineExceededError(PortcallError):
    """The time for the whole call ran out."""

    code: ClassVar[ErrorCode] = "timeout"


class UpstreamError(PortcallError):
    """The registry answered with a fault of its own, or with something that makes no sense."""

    code: ClassVar[ErrorCode] = "upstream_error"


class UnavailableError(UpstreamError):
    """The registry answered 5xx: it may work again later."""


class UnsupportedError(PortcallError):
    """This registry, or this kind of content, has no such thing."""

    code: ClassVar[ErrorCode] = "unsupported"


class TooLargeError(PortcallError):
    """A body is over its ceiling; nothing past the ceiling was read."""

    code: ClassVar[ErrorCode] = "too_large"


class DigestMismatchError(PortcallError):
    """The bytes received are not those that the digest names."""

    code: ClassVar[ErrorCode] = "digest_mismatch"


class ReadOnlyError(PortcallError):
    """A tool that writes was called where writing is off."""

    code: ClassVar[ErrorCode] = "read_only"


class ConfigurationError(PortcallError):
    """A configuration that cannot be used; the message names file (or variable), key and reason."""

    code: ClassVar[ErrorCode] = "invalid_argument"


class InternalError(PortcallError):
    """A fault in portcall or in a plugin; the log holds the details."""

    code: ClassVar[ErrorCode] = "internal"
