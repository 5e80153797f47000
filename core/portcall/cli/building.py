"""``portcall dockerfile``, ``review`` and ``base``: how images are built."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from portcall.cli.images import ImageArgument, PlatformOption, content_of
from portcall.cli.running import FAILED, ConfigOption, JsonOption, ask, tell_notes


def add_to(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(dockerfile)
    app.command()(review)
    app.command()(base)


def dockerfile(
    image: ImageArgument,
    platform: PlatformOption = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print an image's Dockerfile: the real one where it is known, else one rebuilt from its history."""
    from portcall.cli.output import show

    answer = ask(config, lambda portcall, _: portcall.get_dockerfile(image, "", platform), as_json=as_json)
    if as_json or sys.stdout.isatty():
        show(answer, as_json=as_json)
        return
    # Into a file goes the Dockerfile, and nothing else.
    sys.stdout.write(answer.content or "")
    tell_notes(answer.warnings)


def review(
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="A Dockerfile; - is stdin.")] = "Dockerfile",
    image: Annotated[
        str, typer.Option("--image", "-i", metavar="IMAGE", help="Instead of FILE: the Dockerfile of this image.")
    ] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Review a Dockerfile: its bases as they are now, and what to change; exit with status 1 on errors in it."""
    from portcall.cli.output import show

    content = "" if image else content_of(file)
    answer = ask(
        config,
        lambda portcall, progress: portcall.analyze_dockerfile(content, image, progress=progress),
        as_json=as_json,
    )
    show(answer, as_json=as_json)
    if any(finding.severity == "error" for finding in answer.findings):
        raise typer.Exit(FAILED)


def base(
    image: ImageArgument,
    platform: PlatformOption = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what an image was built on, and whether that has moved on since."""
    from portcall.cli.output import show

    answer = ask(config, lambda portcall, _: portcall.check_base_image(image, "", platform), as_json=as_json)
    show(answer, as_json=as_json)
