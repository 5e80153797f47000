"""Another portcall that shares a store: ``python -m tests.core.http.stores.another_process TASK URL [KEY]``."""

from __future__ import annotations

import asyncio
import json
import sys

from tests.core.http.stores.questions import ADA, BOB, MIB, SECRET_BODY, by_digest, by_tag, reply_to

from portcall.http.cache import MemoryCache
from portcall.http.replies import ReplyCache
from portcall.http.stores import open_store
from portcall.seal import Seal

#: What ``fill`` writes, in all, into a store of one mebibyte.
FILLED_BYTES = 4 * MIB


async def keep(replies: ReplyCache) -> object:
    """Keep something by digest, by tag, and of Ada's."""
    for request, body in (
        (by_digest(b"kept elsewhere"), b"kept elsewhere"),
        (by_tag(), b"of a tag"),
        (by_digest(SECRET_BODY, ADA), SECRET_BODY),
    ):
        await replies.keep(request, reply_to(request, body))
    return {}


async def find(replies: ReplyCache) -> object:
    """Tell what of it is found."""
    found = {
        "digest": await replies.find(by_digest(b"kept elsewhere")),
        "tag": await replies.find(by_tag()),
        "ada": await replies.find(by_digest(SECRET_BODY, ADA)),
        "bob": await replies.find(by_digest(SECRET_BODY, BOB)),
        "anybody": await replies.find(by_digest(SECRET_BODY)),
    }
    return {what: [one.tier, one.reply.body.decode()] if one else None for what, one in found.items()}


async def fill(replies: ReplyCache) -> object:
    """Keep much more than there is room for."""
    size = 10_000
    for number in range(FILLED_BYTES // size):
        body = b"%010d" % number * (size // 10)
        request = by_digest(body)
        await replies.keep(request, reply_to(request, body))
        await replies.find(request)
    return {}


async def main(task: str, url: str, key: str = "") -> None:
    store = open_store(url, MIB)
    replies = ReplyCache(MemoryCache(0), store, Seal.from_text(key) if key else None)
    try:
        print(json.dumps(await {"keep": keep, "find": find, "fill": fill}[task](replies)))  # noqa: T201
    finally:
        await replies.aclose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
