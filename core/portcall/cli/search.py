"""``portcall search``: images by words, in one registry or in all."""

from __future__ import annotations

from typing import Annotated

import typer

from portcall.cli.running import ConfigOption, JsonOption, ask


def add_to(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command()(search)


def search(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Words to search for.")],
    registry: Annotated[
        str,
        typer.Option("--registry", "-r", metavar="REGISTRY", help="One; several, with commas between; or all."),
    ] = "docker.io",
    limit: Annotated[int, typer.Option(metavar="NUMBER", min=1, max=1000, help="Most rows.")] = 10,
    cursor: Annotated[str, typer.Option(metavar="CURSOR", help="Where the page before ended.")] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Search images, the best of each registry in turn."""
    from portcall.cli.output import show

    answer = ask(
        config, lambda portcall, _: portcall.search_images(query, registry, limit, cursor), as_json=as_json
    )
    show(answer, as_json=as_json)
