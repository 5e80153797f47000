"""Dockerfiles that were found, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.render.quantity import counted, day, size
from portcall.render.untrusted import code, fenced, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.models import DockerfileInfo, DockerfileList


_ORIGINS = {
    "provenance": "from its build provenance",
    "source": "from its source repository",
    "history": "from its history",
}


def dockerfiles_text(answer: DockerfileList) -> str:
    """Return one row for each Dockerfile, with the lines that match fenced below it."""
    title = (
        f"# {counted(len(answer.dockerfiles), 'Dockerfile')} by way of {answer.registry} for {code(answer.query)}"
    )
    found = ["\n".join(_entry(info)) for info in answer.dockerfiles]
    return "\n\n".join((title, *(found or ["Every word has to be there: try fewer."])))


def _entry(found: DockerfileInfo) -> Iterator[str]:
    facts = [f"- {code(found.repo, 300)}"]
    if found.path:
        facts.append(code(found.path, 300))
    if found.size is not None:
        facts.append(size(found.size))
    if found.last_updated:
        facts.append(f"updated {day(found.last_updated)}")
    if found.web_url:
        facts.append(code(found.web_url, 600))
    yield " · ".join(facts)
    words = found.excerpt or found.content
    if words:
        yield fenced(visible(words), "dockerfile")


def dockerfile_text(found: DockerfileInfo) -> str:
    """Return whether it is the real one first, then the whole of it."""
    title = f"# Dockerfile of {code(found.image or found.repo, 600)}: {origin_of(found)}"
    facts = "\n".join([f"- {fact}" for fact in _origin(found)])
    content = found.content or ""
    body = fenced(visible(content, len(content)).removesuffix("\n"), "dockerfile")
    return "\n\n".join([part for part in (title, facts, body) if part])


def origin_of(found: DockerfileInfo) -> str:
    """Return where a Dockerfile is from, and whether it is the real one."""
    exact = "to the letter" if found.exact else "a reconstruction, not the file itself"
    return f"{_ORIGINS[found.origin]}, {exact}"


def _origin(found: DockerfileInfo) -> Iterator[str]:
    if found.platform:
        yield f"platform: {code(found.platform)}"
    if found.origin != "history":
        where = f" {code(found.path, 300)}" if found.path else ""
        at = f" at {code(found.revision, 100)}" if found.revision else ""
        yield f"from: {code(found.repo, 300)}{where}{at}"
    if found.claimed:
        yield "that it built this image is the publisher's word; nobody signed it"
    if found.web_url:
        yield f"web page: {code(found.web_url, 600)}"
