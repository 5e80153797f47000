"""Dockerfiles that were found, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.render.quantity import counted, size, to_the_second
from portcall.render.untrusted import code, fenced, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.models import DockerfileInfo, DockerfileList


def dockerfiles_text(answer: DockerfileList) -> str:
    """Return one row for each Dockerfile, with the lines that match fenced below it."""
    title = f"# {counted(len(answer.dockerfiles), 'Dockerfile')} behind {answer.registry} for {code(answer.query)}"
    found = ["\n".join(_entry(info)) for info in answer.dockerfiles]
    return "\n\n".join((title, *(found or ["Every word has to be there: try fewer."])))


def _entry(found: DockerfileInfo) -> Iterator[str]:
    facts = [f"- {code(found.repo, 300)}"]
    if found.path:
        facts.append(code(found.path, 300))
    if found.size is not None:
        facts.append(size(found.size))
    if found.last_updated:
        facts.append(f"updated {to_the_second(found.last_updated)}")
    if found.web_url:
        facts.append(code(found.web_url, 600))
    yield " · ".join(facts)
    words = found.excerpt or found.content
    if words:
        yield fenced(visible(words), "dockerfile")
