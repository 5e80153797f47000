"""``portcall demo``: the main job, with no internet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer


def add_to(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command()(demo)


def demo() -> None:
    """Start a registry with small real images and an MCP session against it; print what an agent reads."""
    import asyncio

    from portcall.demo.session import run_demo

    asyncio.run(run_demo())
