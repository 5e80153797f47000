"""Subscriptions: who listens for an image's tag hears when it moves (``subscriptions/listen``, 2026 protocol).

A request to listen comes to the `gate`, which proves that its caller may see the tags, and has the `watcher` look
at each with a `poller`, as that caller. What moved goes over the `bus` to that caller's streams alone, and over a
`wire` to other replicas, which share a `board`: there it says who looks at a tag, and what was seen last.
A message that is lost costs half an interval, a store that is lost costs more looks; neither costs an event.
"""

from __future__ import annotations

from portcall.server.subscriptions.bus import CallerBus
from portcall.server.subscriptions.faces import Partition, Recheck, Tags, Who
from portcall.server.subscriptions.gate import ListenGate
from portcall.server.subscriptions.redis_wire import RedisWire
from portcall.server.subscriptions.service import INTERVAL, Subscriptions
from portcall.server.subscriptions.watcher import TagWatcher
from portcall.server.subscriptions.wire import LocalWire, Wire

__all__ = [
    "INTERVAL",
    "CallerBus",
    "ListenGate",
    "LocalWire",
    "Partition",
    "Recheck",
    "RedisWire",
    "Subscriptions",
    "TagWatcher",
    "Tags",
    "Who",
    "Wire",
]
