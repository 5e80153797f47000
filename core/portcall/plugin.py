"""The face that plugins are written against.

This module, ``portcall.models``, ``portcall.errors`` and ``portcall.testing`` are all that a plugin, built
in or not, may import.

Provisional until the first third-party plugin has used it; see :mod:`portcall.hookspecs`.
"""

from portcall.api import ApiClient
from portcall.backend import BackendContext, BackendRegistration, RegistryBackend
from portcall.digest import is_digest
from portcall.hookspecs import hookimpl
from portcall.http.jwt import own_lifetime
from portcall.http.reply import Reply
from portcall.http.upstream import Credentials, TokenService, Upstream
from portcall.oci.descriptor import Descriptor
from portcall.oci.document import count, listing, mapping, parse_object, text
from portcall.oci.manifest import Index, Manifest, StoredManifest
from portcall.oci.problem import refusal
from portcall.pages import DockerfilePage, RepositoryPage, ScanReport, TagPage, UserPage
from portcall.platform import Platform
from portcall.reference import is_tag, parse_reference
from portcall.timestamp import from_seconds, to_rfc3339

__all__ = [
    "ApiClient",
    "BackendContext",
    "BackendRegistration",
    "Credentials",
    "Descriptor",
    "DockerfilePage",
    "Index",
    "Manifest",
    "Platform",
    "RegistryBackend",
    "Reply",
    "RepositoryPage",
    "ScanReport",
    "StoredManifest",
    "TagPage",
    "TokenService",
    "Upstream",
    "UserPage",
    "count",
    "from_seconds",
    "hookimpl",
    "is_digest",
    "is_tag",
    "listing",
    "mapping",
    "own_lifetime",
    "parse_object",
    "parse_reference",
    "refusal",
    "text",
    "to_rfc3339",
]
