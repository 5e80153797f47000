"""``portcall tags``, ``inspect`` and ``check``: questions about images."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from portcall.cli.running import BAD_USAGE, FAILED, ConfigOption, JsonOption, ask, refuse
from portcall.errors import InvalidArgumentError

ImageArgument = Annotated[str, typer.Argument(metavar="IMAGE", help="nginx:1.27, ghcr.io/org/app, or a web page.")]
PlatformOption = Annotated[str, typer.Option("--platform", metavar="OS/ARCH", help="For example linux/arm64.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(tags)
    app.command()(inspect)
    app.command()(check)


def tags(
    image: ImageArgument,
    pattern: Annotated[
        str, typer.Argument(metavar="PATTERN", help="Substring, glob, re:REGEX, or version:>=1.2 <2.")
    ] = "",
    order: Annotated[str, typer.Option(metavar="ORDER", help="version, updated or name.")] = "version",
    limit: Annotated[int, typer.Option(metavar="NUMBER", min=1, max=1000, help="Most rows.")] = 25,
    cursor: Annotated[str, typer.Option(metavar="CURSOR", help="Where the page before ended.")] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List an image's tags, newest version first. With a tag in IMAGE, the other names of that image."""
    from portcall.cli.output import show

    answer = ask(
        config,
        lambda portcall, progress: portcall.search_tags(image, pattern, order, limit, cursor, progress=progress),
        as_json=as_json,
    )
    show(answer, as_json=as_json)


def inspect(
    image: ImageArgument,
    tag: Annotated[str, typer.Option(metavar="TAG", help="Tag or digest, if not in IMAGE.")] = "",
    platform: PlatformOption = "",
    raw: Annotated[bool, typer.Option("--raw", help="The manifest as stored, as JSON.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one image without pulling it. Digest, platforms, configuration, layers."""
    from portcall.cli.output import print_json, show

    if raw:
        manifest = ask(config, lambda portcall, _: portcall.get_manifest(image, tag, platform), as_json=True)
        print_json(manifest.manifest)
        return
    answer = ask(config, lambda portcall, _: portcall.get_image_details(image, tag, platform), as_json=as_json)
    show(answer, as_json=as_json)


def check(
    images: Annotated[list[str] | None, typer.Argument(metavar="IMAGE", help="References to check.")] = None,
    file: Annotated[
        str,
        typer.Option("--file", "-f", metavar="FILE", help="A Dockerfile, compose or Kubernetes file; - is stdin."),
    ] = "",
    platform: PlatformOption = "",
    newer: Annotated[bool, typer.Option("--newer", help="Name newer releases too.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check that images exist. Exit with status 1 where one does not, or could not be looked at."""
    from portcall.cli.output import show

    content = content_of(file, as_json=as_json) if file else ""
    answer = ask(
        config,
        lambda portcall, progress: portcall.check_images(
            images or [], content, platform, newer, progress=progress
        ),
        as_json=as_json,
    )
    show(answer, as_json=as_json)
    if answer.failed:
        raise typer.Exit(FAILED)


def content_of(file: str, *, as_json: bool = False) -> str:
    """Return a file's text, of stdin for ``-``; what cannot be read ends the program."""
    from portcall.render.untrusted import plain_line

    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        unread = InvalidArgumentError(
            f"{plain_line(file)} cannot be read: {reason}", hint="Name a text file, or - for stdin."
        )
        refuse(unread, BAD_USAGE, as_json=as_json)
