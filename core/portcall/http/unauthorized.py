"""What to say when it is the credentials that are wrong, or wanting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.errors import UnauthorizedError

if TYPE_CHECKING:
    from portcall.http.upstream import Upstream


def needed_credentials(upstream: Upstream) -> UnauthorizedError:
    """Return the error for a registry that asks for credentials where there are none."""
    return UnauthorizedError(
        f"{upstream.registry} wants a user name and a password",
        hint=f'Configure username and password_env under [registries."{upstream.registry}"].',
        registry=upstream.registry,
    )


def refused_credentials(upstream: Upstream) -> UnauthorizedError:
    """Return the error for credentials that are refused, where asking anonymously did not help."""
    source = upstream.credentials.source if upstream.credentials else "configuration"
    return UnauthorizedError(
        f"{upstream.registry} refused the credentials from the {source}, and anonymous callers get no answer",
        hint="Check user name and password; they may have expired or been revoked.",
        registry=upstream.registry,
    )
