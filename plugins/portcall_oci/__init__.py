"""Any OCI registry: the backend for every host that no other plugin claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.plugin import BackendRegistration, RegistryBackend, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator


@hookimpl
def portcall_backends() -> Iterator[BackendRegistration]:
    """Offer the distribution protocol as it is specified, under the name that routing falls back to."""
    yield BackendRegistration(name="oci", factory=RegistryBackend)
