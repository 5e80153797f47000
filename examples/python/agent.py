"""Pin an image by digest, over MCP: the client of the official SDK, and no framework.

It does what an agent would: it asks for the image that somebody named, reads the error if there is no such tag,
asks which version is the newest stable one, and takes that one's digest.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from contextlib import AsyncExitStack
from typing import Any

import httpx2
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client


class ToolError(Exception):
    """An answer that is an error: its text says what failed and what to do next, ``error`` the same in fields."""

    def __init__(self, text: str, error: dict[str, Any]) -> None:
        super().__init__(text)
        self.error = error


async def ask(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """Call a tool and return its structured content; a model would be given the text instead."""
    answer = await client.call_tool(tool, arguments)
    data: dict[str, Any] = answer.structured_content or {}
    if answer.is_error:
        text = "\n".join(block.text for block in answer.content if block.type == "text")
        raise ToolError(text, data.get("error", {}))
    return data


async def pin(client: Client, image: str, tag: str, platform: str) -> dict[str, Any]:
    """Return the details of ``image:tag``, or those of the newest stable version where there is no such tag."""
    try:
        return await ask(client, "get_image_details", image_name=image, tag=tag, platform=platform)
    except ToolError as error:
        if error.error.get("code") != "not_found":
            raise  # an outage is no reason to take another version
        print(error)
    tags = await ask(client, "search_tags", image_name=image)
    print(f"newest stable: {tags['newest_stable']} of {tags['total']} tags")
    if tags["newest_stable"] is None:
        raise ToolError(f"{image} has no stable version", {})
    return await ask(client, "get_image_details", image_name=image, tag=tags["newest_stable"], platform=platform)


async def connect(options: argparse.Namespace, stack: AsyncExitStack) -> Client:
    """Return a client of the team's server at ``--url``, else of a ``portcall serve`` of our own."""
    if options.url:
        token = os.environ["PORTCALL_TOKEN"]  # a command line could be read by everybody on the machine
        http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60)
        transport = streamable_http_client(options.url, http_client=await stack.enter_async_context(http))
    else:
        arguments = ["serve", "--toolsets", options.toolsets]
        if options.config:
            arguments += ["--config", options.config]
        transport = stdio_client(StdioServerParameters(command="portcall", args=arguments))
    return await stack.enter_async_context(Client(transport))


async def main(options: argparse.Namespace) -> str | None:
    """Pin the image that is named on the command line; return what went wrong, if anything did."""
    async with AsyncExitStack() as stack:
        client = await connect(options, stack)
        names = [tool.name for tool in (await client.list_tools()).tools]
        print(f"portcall offers {', '.join(names)}")
        try:  # in here: what leaves the client's `async with` is wrapped in groups of exceptions
            detail = await pin(client, options.image, options.tag, options.platform)
        except ToolError as error:
            return str(error)
        print(f"pinned for {options.platform}: {detail['reference']}")
    return None


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("image", nargs="?", default="localhost:5000/shop/gateway")
    parser.add_argument("tag", nargs="?", default="1.4.20")
    parser.add_argument("--platform", default="linux/arm64")
    parser.add_argument("--toolsets", default="inspect", help="which of portcall's tools; '' for all")
    parser.add_argument("--config", help="a configuration file of portcall's, for registries of your own")
    parser.add_argument("--url", help="a team's server, in place of one of our own; PORTCALL_TOKEN is the way in")
    options = parser.parse_args()
    if options.url and not os.environ.get("PORTCALL_TOKEN"):
        parser.error("--url wants the token in PORTCALL_TOKEN")
    return options


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main(arguments())))
    except KeyboardInterrupt:
        sys.exit(130)
