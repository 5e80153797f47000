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

Every error says what failed and where (``message``) and the next step (``hint``); where whoever raises one knows
no better step, it is its kind's usual one. None of them ever carries a secret, a traceback, or more of a refused
argument than its name.
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
        hint: The next step to take, whole sentences; by default the usual one of its kind.
        registry: The registry's name, e.g. ``"docker.io"``.
        reference: The image reference that was asked about, in its familiar form.
        retry_after: Seconds until another try makes sense, where the registry said so.
        candidates: Names that were probably meant; only names that may be trusted.
    """

    code: ClassVar[ErrorCode] = "internal"
    usual_hint: ClassVar[str] = ""
    """The next step where nothing more is known; empty where there is none that always helps."""

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
        self.hint = hint or self.usual_hint
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
        candidates: What was probably meant.
    """

    code: ClassVar[ErrorCode] = "invalid_reference"
    usual_hint: ClassVar[str] = "Write an image as host/name:tag, such as nginx:1.27."

    def __init__(
        self, message: str, *, position: int | None = None, hint: str = "", candidates: Sequence[str] = ()
    ) -> None:
        where = "" if position is None else f", at position {position}"
        super().__init__(f"{message}{where}", hint=hint, candidates=candidates)
        self.position = position


class InvalidArgumentError(PortcallError):
    """An argument that is unknown, of the wrong type, out of range, or contradicts another."""

    code: ClassVar[ErrorCode] = "invalid_argument"


class NotFoundError(PortcallError):
    """The registry answered, and has no such thing, or hides it from these credentials."""

    code: ClassVar[ErrorCode] = "not_found"
    usual_hint: ClassVar[str] = "Check the name; search_images and search_tags show what there is."


class HiddenError(NotFoundError):
    """The registry does not tell whether there is such a thing, or whether these credentials may see it."""


class UnauthorizedError(PortcallError):
    """Credentials are needed, or those sent were refused."""

    code: ClassVar[ErrorCode] = "unauthorized"
    usual_hint: ClassVar[str] = "Check the credentials: list_registries tells where they come from."


class ForbiddenError(PortcallError):
    """The registry knows who asks, and refuses."""

    code: ClassVar[ErrorCode] = "forbidden"
    usual_hint: ClassVar[str] = "Ask whoever runs the registry for access."


class BlockedError(PortcallError):
    """Local policy refused before, or while, a connection was made."""

    code: ClassVar[ErrorCode] = "blocked"
    usual_hint: ClassVar[str] = "Ask the operator to allow it."


class RateLimitedError(PortcallError):
    """The registry asks for a pause; ``retry_after`` says how long, in seconds, where it told."""

    code: ClassVar[ErrorCode] = "rate_limited"
    usual_hint: ClassVar[str] = "Wait before asking again, or log in: registries give known callers more."


class UnreachableError(PortcallError):
    """No connection: the name does not resolve, nothing listens, TLS fails, or the line broke."""

    code: ClassVar[ErrorCode] = "unreachable"
    usual_hint: ClassVar[str] = "Try again later; list_registries with probe=true tells whether it answers."


class DeadlineExceededError(PortcallError):
    """The time for the whole call ran out."""

    code: ClassVar[ErrorCode] = "timeout"
    usual_hint: ClassVar[str] = "Try again later, or ask for less at once."


class UpstreamError(PortcallError):
    """The registry answered with a fault of its own, or with something that makes no sense."""

    code: ClassVar[ErrorCode] = "upstream_error"
    usual_hint: ClassVar[str] = "Try again later; if it stays so, tell whoever runs the registry."


class UnavailableError(UpstreamError):
    """The registry answered 5xx: it may work again later."""


class UnsupportedError(PortcallError):
    """This registry, or this kind of content, has no such thing."""

    code: ClassVar[ErrorCode] = "unsupported"
    usual_hint: ClassVar[str] = "list_registries tells what each registry can do."


class TooLargeError(PortcallError):
    """A body is over its ceiling; nothing past the ceiling was read."""

    code: ClassVar[ErrorCode] = "too_large"
    usual_hint: ClassVar[str] = "Ask for something smaller."


class DigestMismatchError(PortcallError):
    """The bytes received are not those that the digest names."""

    code: ClassVar[ErrorCode] = "digest_mismatch"
    usual_hint: ClassVar[str] = "Do not use it; tell whoever runs the registry."


class ReadOnlyError(PortcallError):
    """A tool that writes was called where writing is off."""

    code: ClassVar[ErrorCode] = "read_only"
    usual_hint: ClassVar[str] = "The operator can allow it: --allow-write."


class ConfigurationError(PortcallError):
    """A configuration that cannot be used; the message names file (or variable), key and reason."""

    code: ClassVar[ErrorCode] = "invalid_argument"


class InternalError(PortcallError):
    """A fault in portcall or in a plugin; the log holds the details."""

    code: ClassVar[ErrorCode] = "internal"
    usual_hint: ClassVar[str] = "This is a bug in portcall or a plugin; the log holds the details."
