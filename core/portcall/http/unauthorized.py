"""What to say when it is the credentials that are wrong, or wanting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.errors import UnauthorizedError

if TYPE_CHECKING:
    from portcall.http.upstream import Upstream


def needed_credentials(upstream: Upstream) -> UnauthorizedError:
    """Return the error for a registry that asks for user and password, where there are none to show."""
    message = f"{upstream.registry} wants a user name and a password"
    if upstream.credentials is not None:
        message += f", where {_source(upstream)} holds an identity token alone"
    if upstream.withheld:
        message += f"; {upstream.withheld}"
    return UnauthorizedError(message, hint=f"{_ways(upstream)}.", registry=upstream.registry)


def unanswered(upstream: Upstream, reason: str) -> UnauthorizedError:
    """Return the error for a registry that was asked anonymously, for a ``reason``, and told nothing."""
    return UnauthorizedError(
        reason,
        hint=f"Anonymous callers get no answer. {_ways(upstream)}.",
        registry=upstream.registry,
    )


def refused(upstream: Upstream) -> str:
    """Return that the credentials are refused, as a clause."""
    return (
        f"{upstream.registry} refused the credentials from {_source(upstream)}; "
        "they may have expired or been revoked"
    )


def expired(upstream: Upstream) -> str:
    """Return that the credentials' time is over, as a clause."""
    return f"the credentials for {upstream.registry} from {_source(upstream)} have expired"


def _source(upstream: Upstream) -> str:
    source = upstream.credentials.source if upstream.credentials else "configuration"
    return f"the {source}" if source == "configuration" else source


def _ways(upstream: Upstream) -> str:
    """Return how a login comes about: over HTTP nobody can run a command here, and stored logins do not count."""
    host, section = upstream.registry, f'[registries."{upstream.registry}"]'
    if upstream.login_by == "here":
        return f"Run docker login {host}, or configure username and password_env under {section}"
    if upstream.login_by == "caller":
        return f"Sign in to portcall again, with a login that {host} takes"
    if upstream.withheld:
        return f"Only the operator can change that: shared = true under {section}"
    return f"Only the operator can log in: username, password_env and shared = true under {section}"
