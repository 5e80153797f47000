"""``portcall dockerfile``, ``review`` and ``base``: how images are built."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from portcall.cli.images import ImageArgument, PlatformOption, content_of
from portcall.cli.running import BAD_USAGE, FAILED, ConfigOption, JsonOption, ask, refuse, tell_notes
from portcall.errors import InvalidArgumentError

_DOCKERFILE = "Dockerfile"


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
    """Print an image's Dockerfile. Where none is known, it is rebuilt from the image's history."""
    from portcall.cli.output import show

    answer = ask(config, lambda portcall, _: portcall.get_dockerfile(image, "", platform), as_json=as_json)
    if as_json or sys.stdout.isatty():
        show(answer, as_json=as_json)
        return
    # Into a file goes the Dockerfile, and nothing else.
    sys.stdout.write(answer.content or "")
    tell_notes(answer.warnings)


def review(
    file: Annotated[
        str | None,
        typer.Argument(metavar="FILE", help="A Dockerfile; - is stdin.", show_default=_DOCKERFILE),
    ] = None,
    image: Annotated[
        str, typer.Option("--image", "-i", metavar="IMAGE", help="Instead of FILE: the Dockerfile of this image.")
    ] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Review a Dockerfile: its bases as they are now, its faults. Exit with status 1 on errors in it."""
    from portcall.cli.output import show

    content = _reviewed(file, image, as_json=as_json)
    answer = ask(
        config,
        lambda portcall, progress: portcall.analyze_dockerfile(content, image, progress=progress),
        as_json=as_json,
    )
    show(answer, as_json=as_json)
    if any(finding.severity == "error" for finding in answer.findings):
        raise typer.Exit(FAILED)


def _reviewed(file: str | None, image: str, *, as_json: bool) -> str:
    """Return the text of the Dockerfile; nothing where it is an image's. Bad usage ends the program."""
    if image and file is not None:
        raise typer.BadParameter("a file and an image are two Dockerfiles; give one of them")
    if image:
        return ""
    content = content_of(file or _DOCKERFILE, as_json=as_json)
    if not content.strip():
        empty = InvalidArgumentError(
            "the Dockerfile is empty", hint="Name another file, or an image: --image IMAGE."
        )
        refuse(empty, BAD_USAGE, as_json=as_json)
    return content


def base(
    image: ImageArgument,
    platform: PlatformOption = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what an image was built on, and whether that moved on."""
    from portcall.cli.output import show

    answer = ask(config, lambda portcall, _: portcall.check_base_image(image, "", platform), as_json=as_json)
    show(answer, as_json=as_json)
