"""Which requests stay open: a client that listens is no client that keeps us busy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS

from portcall.server.asgi.authority import header_values

if TYPE_CHECKING:
    from starlette.types import Scope

_LISTEN = "subscriptions/listen"


def is_listen(scope: Scope) -> bool:
    """Tell whether a request opens a stream of notifications.

    Its headers say so, and the SDK holds them against the body; but for older versions of the protocol, which
    have no such streams, nobody does, and so their word does not count.
    """
    versions = header_values(scope, b"mcp-protocol-version")
    methods = header_values(scope, b"mcp-method")
    return methods == [_LISTEN] and len(versions) == 1 and versions[0] not in HANDSHAKE_PROTOCOL_VERSIONS
