"""``portcall layers``, ``files``, ``read`` and ``compare``: what is inside images."""

from __future__ import annotations

import base64
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from portcall.cli.images import ImageArgument, PlatformOption  # noqa: TC001 - typer reads the annotations
from portcall.cli.running import ConfigOption, JsonOption, ask, tell_notes
from portcall.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from portcall.cli.progress import ShellProgress
    from portcall.gateway import Portcall
    from portcall.models import FileContent
    from portcall.progress import Progress

#: Bytes of a file that are asked for at a time, at most and at least.
_PART, _LEAST = 1 << 20, 8


def add_to(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(layers)
    app.command()(files)
    app.command()(read)
    app.command()(compare)


def layers(
    image: ImageArgument,
    deep: Annotated[
        bool, typer.Option("--deep", help="Look inside every layer: what is wasted, left behind, largest.")
    ] = False,
    platform: PlatformOption = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what each layer weighs, and which step made it."""
    from portcall.cli.output import show

    answer = ask(
        config,
        lambda portcall, progress: portcall.analyze_layers(image, "", platform, deep, progress=progress),
        as_json=as_json,
    )
    show(answer, as_json=as_json)


def files(
    image: ImageArgument,
    path: Annotated[str, typer.Argument(metavar="PATH", help="A directory or file in the image.")] = "/",
    pattern: Annotated[
        str,
        typer.Option("--pattern", "-p", metavar="GLOB", help="All that matches below PATH: *.conf, usr/**/py*."),
    ] = "",
    platform: PlatformOption = "",
    limit: Annotated[int, typer.Option(metavar="NUMBER", min=1, max=1000, help="Most rows.")] = 200,
    cursor: Annotated[str, typer.Option(metavar="CURSOR", help="Where the page before ended.")] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List files inside an image, as a container would see them."""
    from portcall.cli.output import show

    answer = ask(
        config,
        lambda portcall, progress: portcall.list_files(
            image, path, pattern, "", platform, limit, cursor, progress=progress
        ),
        as_json=as_json,
    )
    show(answer, as_json=as_json)


def read(
    image: ImageArgument,
    path: Annotated[str, typer.Argument(metavar="PATH", help="A file in the image: /etc/os-release.")],
    platform: PlatformOption = "",
    offset: Annotated[int, typer.Option(metavar="NUMBER", min=0, help="First byte wanted.")] = 0,
    max_bytes: Annotated[
        int | None,
        typer.Option("--max-bytes", metavar="NUMBER", min=_LEAST, help="Most bytes wanted; all by default."),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print one file inside an image, like cat. Where it came from goes to stderr."""
    from portcall.cli.output import print_json

    if as_json:
        part = ask(
            config,
            lambda portcall, progress: portcall.read_file(
                image, path, "", platform, offset, min(max_bytes or _PART, _PART), progress=progress
            ),
            as_json=True,
        )
        print_json(part.model_dump(mode="json"))
        return

    async def all_parts(portcall: Portcall, progress: ShellProgress) -> None:
        first = True
        async for part in _parts(portcall, image, path, platform, offset, max_bytes, progress):
            if first:
                progress.clear()
                _require_readable(part, is_asked_for=bool(offset or max_bytes))
                _tell_origin(part)
            first = False
            _print(part)

    ask(config, all_parts)


async def _parts(
    portcall: Portcall,
    image: str,
    path: str,
    platform: str,
    offset: int,
    max_bytes: int | None,
    progress: Progress,
) -> AsyncIterator[FileContent]:
    """Yield one part after the other, up to the file's end, or as far as is wanted."""
    at: int | None = offset
    while at is not None and (max_bytes is None or at < offset + max_bytes):
        most = _PART if max_bytes is None else max(min(_PART, offset + max_bytes - at), _LEAST)
        part = await portcall.read_file(image, path, "", platform, at, most, progress=progress)
        yield part
        # What was read first is what is read on, though the tag may have moved meanwhile.
        image, at = part.reference, part.next_offset


def _require_readable(part: FileContent, *, is_asked_for: bool) -> None:
    """Keep what is no text from a terminal, unless a part of it was asked for."""
    if part.encoding == "base64" and sys.stdout.isatty() and not is_asked_for:
        raise InvalidArgumentError(
            f"the file is binary, {part.size:,} bytes",
            hint="Redirect it into a file, or ask for a part of it: --max-bytes 64.",
        )


def _tell_origin(part: FileContent) -> None:
    """Tell where a file is from, for people; for scripts, only what makes it less than certain."""
    from rich.console import Console
    from rich.text import Text

    from portcall.render.quantity import size

    doubt = "what was read is no whole that a digest names, so it is not verified"
    tell_notes(part.warnings if part.verified else (*part.warnings, doubt))
    if sys.stderr.isatty():
        told = f"{size(part.size)} from layer {part.layer}, fetched {size(part.bytes_fetched)}"
        Console(stderr=True, highlight=False, soft_wrap=True).print(Text(told, "dim"))


def _print(part: FileContent) -> None:
    """Print a part as it is; to a terminal, which obeys what it reads, with all that hides written out."""
    from portcall.render.untrusted import visible

    raw = base64.b64decode(part.content) if part.encoding == "base64" else part.content.encode()
    if sys.stdout.isatty():
        sys.stdout.write(visible(raw.decode(errors="replace"), len(raw)))
    else:
        sys.stdout.buffer.write(raw)
    sys.stdout.flush()


def compare(
    image_a: Annotated[str, typer.Argument(metavar="IMAGE", help="The one before.")],
    image_b: Annotated[str, typer.Argument(metavar="IMAGE", help="The one after; of any registry.")],
    files: Annotated[bool, typer.Option("--files", help="Compare all their files, too.")] = False,
    platform: PlatformOption = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is different between two images. Layers, configuration, labels; files on demand."""
    from portcall.cli.output import show

    answer = ask(
        config,
        lambda portcall, progress: portcall.compare_images(image_a, image_b, platform, files, progress=progress),
        as_json=as_json,
    )
    show(answer, as_json=as_json)
