"""``portcall demo``: the main job, with no internet."""

from __future__ import annotations

from typing import Annotated

import typer

from portcall.cli.running import BAD_USAGE


def add_to(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command()(demo)


def demo(
    serve: Annotated[
        int | None,
        typer.Option(
            "--serve", metavar="PORT", min=0, max=65535, help="Only serve the demo's registry, on localhost:PORT."
        ),
    ] = None,
) -> None:
    """Start a small registry, and an MCP session against it. What an agent reads is printed."""
    if serve is not None:
        _serve(serve)
        return
    import asyncio

    from portcall.demo.session import run_demo

    asyncio.run(run_demo())


def _serve(port: int) -> None:
    """Serve the registry until interrupted, for trying the other commands."""
    import sys
    import threading

    from portcall.testing import demo_registry
    from portcall.testing import serve as serving

    try:
        with serving(demo_registry(), port=port) as address:
            name = f"localhost:{address.port}"
            sys.stdout.write(
                f"serving {name}/ shop/api, shop/gateway, shop/worker, base/debian, charts/shop; Ctrl-C ends it\n"
                f"try: portcall inspect {name}/shop/api:1.4\n"
            )
            sys.stdout.flush()
            threading.Event().wait()
    except OSError as error:
        sys.stderr.write(f"port {port} cannot be used: {error.strerror}\n")
        raise typer.Exit(BAD_USAGE) from None
    except KeyboardInterrupt:
        return
