"""A Dockerfile put together again from an image's history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.documents.dockerfile import read_instructions
from portcall.images.dockerfile.instructions import Writer, shell_words
from portcall.images.dockerfile.layout import comment
from portcall.images.history.command import read_command
from portcall.images.history.foundation import begins_from_scratch, named_base, system_of, system_steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from portcall.oci.config import BuildStep, ImageConfig
    from portcall.reference import Reference

#: Windows paths end in what Dockerfiles usually continue a line with.
_ESCAPES = {"windows": "`"}
_HEAD = (
    "Reconstructed from the history of {}: not the original file.",
    "Names of stages, mounts, comments, and what was never used, are not in a history.",
)
#: Official images of distributions: their own first steps are known.
_SYSTEMS = frozenset({"library/debian", "library/ubuntu", "library/alpine", "library/busybox"})


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """A Dockerfile that may have built an image.

    Args:
        content: Its text.
        unclear: How many steps are shown as comments, for no instruction of a Dockerfile made them.
    """

    content: str
    unclear: int


@dataclass(frozen=True, slots=True)
class _Block:
    """The lines of one step."""

    text: str
    is_instruction: bool

    def as_comment(self) -> str:
        """Return a step of the base, which is not to be taken again."""
        return comment(f"in the base: {self.text.removeprefix('# ')}")


def reconstruct(config: ImageConfig, subject: str, base: Reference | None = None) -> Reconstruction | None:
    """Return what a history reads like as a Dockerfile; ``None`` where there is no history.

    Args:
        config: The image's configuration.
        subject: The image, as people write it: it stands in the first line.
        base: What the image says that it is built on.
    """
    steps = [step for step in config.history if (step.command or "").strip() or (step.comment or "").strip()]
    if not steps:
        return None
    escape = _ESCAPES.get(config.platform.os, "\\")
    below, base, note = _foundation(steps, base)
    blocks = list(_blocks(steps, Writer(config, escape)))
    head = [f"# escape={escape}"] if escape != "\\" else []
    head += [comment(line.format(subject)) for line in _HEAD]
    start = [block.as_comment() for block in blocks[:below]]
    start.append(f"FROM {base.familiar if base else 'scratch'}")
    start += [comment(note)] if note else []
    own = blocks[below:]
    text = "\n\n".join(("\n".join(head), "\n".join(start), "\n".join(block.text for block in own))).rstrip()
    return Reconstruction(f"{text}\n", sum(not block.is_instruction for block in own))


def _foundation(steps: Sequence[BuildStep], base: Reference | None) -> tuple[int, Reference | None, str]:
    """Return how many steps are the base's for certain, the base, and what the reader has to know of it."""
    below, named = named_base(steps)
    if named is not None:
        return below, named, ""
    if base is not None and base.registry == "docker.io" and base.repository in _SYSTEMS:
        below = system_steps(steps)
        if below:
            return below, base, ""
    if base is not None:
        return 0, base, "The first of these steps are the base's own; the history does not tell where they end."
    system = system_of(steps)
    if system is not None:
        return 0, None, f"The first of these steps make the file system that {system.name} has, too."
    if begins_from_scratch(steps):
        return 0, None, ""
    return 0, None, "What it is built on is not told: the first of these steps may be a base's own."


def _blocks(steps: Sequence[BuildStep], writer: Writer) -> Iterator[_Block]:
    shell: tuple[str, ...] | None = None
    for step in steps:
        command = read_command(step, shell)
        if command.keyword == "SHELL":
            shell = tuple(shell_words(command.arguments)) or None
        lines = writer.write(command) if command.keyword else []
        text = "\n".join(lines)
        # Whatever was read wrongly must not become another instruction than it is.
        if lines and _is_sound(lines, writer.escape):
            yield _Block(text, is_instruction=True)
        else:
            yield _Block(_described(step), is_instruction=False)


def _is_sound(lines: Sequence[str], escape: str) -> bool:
    head = f"# escape={escape}\n"
    return all(
        line.startswith("# ") or len(read_instructions(f"{head}{line}\n#\nUSER nobody\n")) == 2 for line in lines
    )


def _described(step: BuildStep) -> str:
    words = ((step.command or "").strip().removesuffix("# buildkit").strip(" #"), (step.comment or "").strip())
    return comment(" · ".join(word for word in words if word) or "a step that says nothing")
