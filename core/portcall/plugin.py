"""The face that plugins are written against.

This module, ``portcall.models``, ``portcall.errors`` and ``portcall.testing`` are all that a plugin, built
in or not, may import.

Provisional until the first third-party plugin has used it; see :mod:`portcall.hookspecs`.
"""

from portcall.api import ApiClient
from portcall.backend import BackendContext, BackendRegistration, RegistryBackend, RepositoryPage, TagPage
from portcall.hookspecs import hookimpl
from portcall.http.upstream import Credentials, TokenService, Upstream
from portcall.oci.descriptor import Descriptor
from portcall.oci.manifest import Index, Manifest, StoredManifest
from portcall.platform import Platform

__all__ = [
    "ApiClient",
    "BackendContext",
    "BackendRegistration",
    "Credentials",
    "Descriptor",
    "Index",
    "Manifest",
    "Platform",
    "RegistryBackend",
    "RepositoryPage",
    "StoredManifest",
    "TagPage",
    "TokenService",
    "Upstream",
    "hookimpl",
]
