"""What is reviewed: a text that was given, or an image's Dockerfile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from portcall.documents import MAX_BYTES as MOST_OF_OTHERS
from portcall.documents import find_references
from portcall.documents.dockerfile import KEYWORDS, read_instructions
from portcall.documents.dockerfile_from import base_of
from portcall.documents.dockerfile_images import is_dockerfile
from portcall.documents.fence import fence_around
from portcall.errors import InvalidArgumentError, NotFoundError, TooLargeError, UpstreamError
from portcall.models import DockerfileInfo

if TYPE_CHECKING:
    from portcall.documents import DocumentKind

#: Bytes of UTF-8. The largest Dockerfiles have a fifth of it; reading a megabyte takes seconds.
MAX_BYTES = 256 * 1024

_KINDS: dict[DocumentKind, str] = {
    "compose": "a compose file",
    "kubernetes": "Kubernetes YAML",
    "helm": "Helm values",
    "workflow": "a workflow",
    "yaml": "YAML or JSON",
    "list": "a list",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """The Dockerfile that is reviewed.

    Attributes:
        text: Its lines, as they are numbered in the answer: without a fence around them.
        image: The image that it was taken from, if it was.
        origin: Where that has it from.
        exact: Whether it is its origin's to the letter; ``None`` of a text that was given.
        warnings: What is known of it beforehand.
    """

    text: str
    image: str | None = None
    origin: Literal["provenance", "source", "history"] | None = None
    exact: bool | None = None
    warnings: tuple[str, ...] = ()

    @property
    def is_source(self) -> bool:
        """Whether somebody wrote it so: a reconstruction is nobody's."""
        return self.exact is not False


def subject_of(content: str | DockerfileInfo) -> Subject:
    """Return what is to be reviewed.

    Raises:
        InvalidArgumentError: The text is no Dockerfile; the hint says what it looks like.
        TooLargeError: It is larger than ``MAX_BYTES``.
        NotFoundError: The text of an image's Dockerfile is not known.
        UpstreamError: What an image's origin calls its Dockerfile is none.
    """
    if isinstance(content, DockerfileInfo):
        return _of_image(content)
    text = _bounded(content)
    if not _reads_as_dockerfile(text):
        raise _no_dockerfile(text)
    return Subject(text)


def _of_image(found: DockerfileInfo) -> Subject:
    if not found.content:
        raise NotFoundError(
            "the Dockerfile's text is not known", hint="Give it as content, if you have it from elsewhere."
        )
    text = _bounded(found.content)
    if not _reads_as_dockerfile(text):
        raise UpstreamError(
            "what this image's origin calls its Dockerfile is none", hint="get_dockerfile shows what it is."
        )
    warnings = list(found.warnings)
    if not found.exact:
        warnings.append(
            "this is a reconstruction from the image's history: lines and findings are about it, "
            "and how the Dockerfile is written is not judged"
        )
    if found.claimed:
        warnings.append("that this Dockerfile is the image's is what an unsigned source says")
    return Subject(text, found.image or found.repo, found.origin, found.exact, tuple(warnings))


def _bounded(text: str) -> str:
    """Return the text without what an editor or Markdown puts around it."""
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise TooLargeError(
            f"a Dockerfile larger than {MAX_BYTES // 1024} KiB is not reviewed",
            hint="Give the part that is meant; files belong beside a Dockerfile, not into its heredocs.",
        )
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    fence = fence_around(lines)
    return "\n".join(lines[fence[0] + 1 : fence[1]] if fence else lines)


def _reads_as_dockerfile(text: str) -> bool:
    """Return whether a text is a Dockerfile, or was meant as one: its first word may be mistyped."""
    if is_dockerfile(text):
        return True
    instructions = read_instructions(text)
    known = [instruction.keyword for instruction in instructions if instruction.keyword in KEYWORDS]
    # Not by its FROM alone, which other languages have, too: `from x import y`.
    has_base = any(each.keyword == "FROM" and base_of(each) is not None for each in instructions)
    is_varied = "FROM" in known and len(set(known)) > 1
    return (has_base or is_varied) and 2 * len(known) >= len(instructions)


def _no_dockerfile(text: str) -> InvalidArgumentError:
    kind = _KINDS.get(_kind(text))
    if kind is None:
        return InvalidArgumentError(
            "content is no Dockerfile: it does not consist of instructions such as FROM and RUN",
            hint="Give the Dockerfile's text, or the image whose Dockerfile is meant as image_name.",
        )
    return InvalidArgumentError(
        f"content is no Dockerfile: it reads like {kind}",
        hint="check_images looks at the images of such a text; this tool takes a Dockerfile.",
    )


def _kind(text: str) -> DocumentKind:
    if len(text.encode("utf-8", "surrogatepass")) > MOST_OF_OTHERS:
        return "unknown"
    try:
        return find_references(text).kind
    except InvalidArgumentError:
        return "yaml"  # broken, but nothing else is refused
