"""The MCP server for the person at this machine: everything but what tells callers apart."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from portcall.caller import ANYBODY
from portcall.seal import KEY_BYTES, Seal
from portcall.server.app import build_server
from portcall.server.callers import Callers
from portcall.server.subscriptions import Subscriptions
from portcall.server.tags import GatewayTags

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portcall.gateway import Portcall
    from portcall.server.app import PortcallServer


def server_here(portcall: Portcall, toolsets: Sequence[str] = ()) -> tuple[PortcallServer, Subscriptions]:
    """Return the server, and what watches tags for its client while it serves.

    Args:
        portcall: The gateway that answers; the server closes it when it ends.
        toolsets: Which to offer; all of them by default.

    Raises:
        InvalidArgumentError: There is no toolset of that name.
    """
    callers = Callers(portcall, ANYBODY)
    listening = Subscriptions(
        GatewayTags(portcall, callers),
        callers.at_hand,
        lambda caller: caller.identity,
        Seal(secrets.token_bytes(KEY_BYTES)),
        interval=portcall.settings.server.watch_interval,
    )
    server = build_server(portcall, toolsets, subscriptions=listening.bus, middleware=[listening.gate])
    return server, listening
