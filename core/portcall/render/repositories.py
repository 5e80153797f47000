"""Repositories and people as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.render.name import name_text
from portcall.render.paging import more
from portcall.render.prose import prose
from portcall.render.quantity import counted, day, size
from portcall.render.untrusted import code, fenced, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from portcall.models import DockerImage, DockerUser, ImageList, RepositoryList, SourceStatus, UserList

_LONGEST_DESCRIPTION = 200
_NO_MORE = "it is there: this registry tells no more of a repository"


def images_text(answer: ImageList) -> str:
    """Return how each registry fared, then one row for each repository."""
    total = f" of {answer.total:,}" if answer.total is not None and answer.total > len(answer.images) else ""
    title = f"# {counted(len(answer.images), 'image')}{total} for {code(answer.query)}"
    told = [f"- {name_text(source.registry)}: {fared(source, answer)}" for source in answer.sources]
    found = _rows(answer.images) or ("" if answer.next_cursor else _nothing(answer))
    return _joined(title, "\n".join(told), _none_official(answer), found, more(answer.next_cursor))


def repositories_text(answer: RepositoryList) -> str:
    """Return one row for each repository of a namespace."""
    total = answer.total if answer.total is not None else len(answer.repositories)
    shown = f"{len(answer.repositories):,} of " if len(answer.repositories) < total else ""
    registry = name_text(answer.registry)
    whose = f"{code(answer.namespace)} at {registry}" if answer.namespace else registry
    title = f"# {whose}: {shown}{counted(total, 'repository', 'repositories')}"
    return _joined(title, _rows(answer.repositories), more(answer.next_cursor))


def repository_text(answer: DockerImage) -> str:
    """Return what is told of one repository, its README fenced."""
    facts = [f"reference: {code(answer.reference, 600)}"]
    if answer.description:
        facts.append(f"description: {code(answer.description, 1000)}")
    facts += _facts(answer)
    if len(facts) == 1 and answer.readme is None and not answer.warnings:
        facts.append(_NO_MORE)
    if answer.web_url:
        facts.append(f"web page: {code(answer.web_url, 600)}")
    if answer.readme == "":
        facts.append("it has no README")
    readme = fenced(visible(answer.readme), "markdown") if answer.readme else ""
    return _joined(f"# {name_text(answer.name)}", "\n".join([f"- {fact}" for fact in facts]), readme)


def users_text(answer: UserList) -> str:
    """Return one row for each account."""
    title = f"# {counted(len(answer.users), 'account')} at {name_text(answer.registry)} for {code(answer.query)}"
    return _joined(title, "\n".join(" · ".join(_person(user)) for user in answer.users))


def _none_official(answer: ImageList) -> str:
    """Return that none is official, where Docker Hub told so of each of its own."""
    told = [image.is_official for image in answer.images if image.registry == "docker.io"]
    return "None of these is a Docker Official Image." if told and all(each is False for each in told) else ""


def _nothing(answer: ImageList) -> str:
    """Return the next step where nothing was found."""
    others = "" if answer.sources else ', or registry="all"'
    return f"Try fewer or other words{others}."


def fared(source: SourceStatus, answer: ImageList) -> str:
    """Return how many rows a registry has in all; where it does not tell, how many of them stand here."""
    if source.error:
        return prose(source.error)
    if source.total is not None:
        return f"{source.total:,} found"
    return f"{sum(image.registry == source.registry for image in answer.images):,} shown"


def _rows(images: Iterable[DockerImage]) -> str:
    return "\n".join(" · ".join(_row(image)) for image in images)


def _row(image: DockerImage) -> Iterator[str]:
    yield f"- {code(image.name)}"
    yield from _facts(image)
    if image.description:
        yield code(image.description, _LONGEST_DESCRIPTION)


def _facts(image: DockerImage) -> Iterator[str]:
    if image.is_official:
        yield "official"
    elif image.is_verified:
        yield f"verified publisher {code(image.publisher, 100)}" if image.publisher else "verified publisher"
    if image.is_private:
        yield "private"
    if image.pulls is not None:
        yield f"{image.pulls:,} pulls"
    # Registries tell none where they do not count any.
    if image.stars:
        yield counted(image.stars, "star")
    if image.size is not None:
        yield size(image.size)
    if image.last_updated:
        yield f"updated {day(image.last_updated)}"


def _person(user: DockerUser) -> Iterator[str]:
    yield f"- {code(user.username)}"
    if user.is_organization is not None:
        yield "organisation" if user.is_organization else "user"
    for told in dict.fromkeys((user.full_name, user.company, user.location)):
        if told and told != user.username:
            yield code(told, 100)
    if user.image_count is not None:
        yield counted(user.image_count, "image")
    if user.web_url:
        yield code(user.web_url, 300)


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)
