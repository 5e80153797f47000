"""The face that plugins are written against.

This module, ``portcall.models`` and ``portcall.errors`` are all that a plugin, built in or not, imports, beside
the type :class:`portcall.Portcall` of what its tools are given. What is promised, and the hooks, are in
:mod:`portcall.hookspecs`.
"""

from portcall.api import ApiClient, left_out, read_rows
from portcall.backend import BackendContext, BackendRegistration, RegistryBackend
from portcall.call_event import CallFinished
from portcall.cursor import bad_cursor
from portcall.digest import is_digest
from portcall.hookspecs import hookimpl
from portcall.http.jwt import own_lifetime
from portcall.http.reply import Reply
from portcall.http.stream import BlobStream
from portcall.http.upstream import Credentials, TokenService, Upstream
from portcall.oci.descriptor import Descriptor
from portcall.oci.document import count, listing, mapping, parse_list, parse_object, text
from portcall.oci.manifest import Index, Manifest, StoredManifest
from portcall.oci.problem import refusal
from portcall.pages import DockerfilePage, RepositoryPage, ScanReport, TagPage, UserPage
from portcall.platform import Platform
from portcall.plugin_tool import PluginTool
from portcall.progress import Progress
from portcall.reference import is_tag, parse_reference
from portcall.render.untrusted import code, fenced, visible
from portcall.timestamp import from_seconds, to_rfc3339

__all__ = [
    "ApiClient",
    "BackendContext",
    "BackendRegistration",
    "BlobStream",
    "CallFinished",
    "Credentials",
    "Descriptor",
    "DockerfilePage",
    "Index",
    "Manifest",
    "Platform",
    "PluginTool",
    "Progress",
    "RegistryBackend",
    "Reply",
    "RepositoryPage",
    "ScanReport",
    "StoredManifest",
    "TagPage",
    "TokenService",
    "Upstream",
    "UserPage",
    "bad_cursor",
    "code",
    "count",
    "fenced",
    "from_seconds",
    "hookimpl",
    "is_digest",
    "is_tag",
    "left_out",
    "listing",
    "mapping",
    "own_lifetime",
    "parse_list",
    "parse_object",
    "parse_reference",
    "read_rows",
    "refusal",
    "text",
    "to_rfc3339",
    "visible",
]
