"""Registries that portcall can ask, and plugins that did not load."""

from __future__ import annotations

from typing import ClassVar

from portcall.models.base import Answer, Model, QuietModel


class RateLimitInfo(QuietModel):
    """How much a registry said may be asked of it; on Docker Hub pulls are what counts."""

    left_out: ClassVar[frozenset[str]] = frozenset({"window", "resets_at"})

    counts: str = "requests"
    """What is counted: ``requests``, or ``pulls``."""
    limit: int | None = None
    remaining: int | None = None
    window: int | None = None
    """Seconds in which that many may be asked."""
    resets_at: str | None = None
    """When all of them are there again, RFC 3339."""


class RegistryInfo(QuietModel):
    """What one prefix routes to."""

    left_out: ClassVar[frozenset[str]] = frozenset(
        {"api_credentials", "reachable", "latency", "rate_limit", "problem", "hint"}
    )

    prefix: str
    backend: str
    plugin: str
    """``distribution:name`` of the plugin that serves it."""
    endpoint: str | None = None
    capabilities: tuple[str, ...] = ()
    credentials: str = "none"
    """Where credentials come from, never what they are."""
    api_credentials: str | None = None
    """Where those of the vendor's own API come from, if they are others."""
    configured: bool = False
    reachable: bool | None = None
    """With ``probe``: whether the registry answered."""
    latency: float | None = None
    """With ``probe``: seconds until it answered."""
    rate_limit: RateLimitInfo | None = None
    """With ``probe``: how much may be asked, where the registry told."""
    problem: str | None = None
    """With ``probe``: what went wrong."""
    hint: str | None = None
    """With ``probe``: the next step."""


class PluginFailure(Model):
    """A plugin, or a part of one, that did not load, and why."""

    plugin: str
    version: str | None = None
    reason: str


class RegistryList(Answer):
    """What every prefix routes to."""

    left_out: ClassVar[frozenset[str]] = Answer.left_out | {"failed"}

    registries: tuple[RegistryInfo, ...] = ()
    fallback: str = "oci"
    """The backend of every registry that is not listed here."""
    failed: tuple[PluginFailure, ...] = ()
