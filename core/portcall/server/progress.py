"""Progress of a call, as MCP wants it: every report above the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcp.server.mcpserver import Context

    from portcall.progress import Progress


def progress_to(context: Context[Any, Any]) -> Progress:
    """Return what long work reports to; it says nothing to a client that did not ask.

    Work in several parts counts each from one again. Its reports go on where the part before ended, for the
    protocol wants them to rise.
    """
    before = last = 0.0

    async def report(done: float, total: float | None, message: str) -> None:
        nonlocal before, last
        if before + done <= last:
            before = last
        last = before + done
        await context.report_progress(last, None if total is None else before + total, message)

    return report
