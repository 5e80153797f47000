"""One row of Quay's answers as one of portcall's models; ``None`` for a row that makes no sense."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from portcall.errors import InvalidReferenceError
from portcall.models import DockerImage, DockerUser, Tag
from portcall.plugin import (
    count,
    from_seconds,
    is_digest,
    is_tag,
    mapping,
    parse_reference,
    text,
    to_rfc3339,
)
from portcall_quay.names import is_name

if TYPE_CHECKING:
    from collections.abc import Mapping

_PARAGRAPHS = re.compile(r"\n[ \t]*\n")
#: A line that a second one underlines.
_UNDERLINED = re.compile(r"^[^\n]+\n(?:=+|-+)[ \t]*$", re.MULTILINE)
#: How lines begin that tell nothing of what is in the image: headings, badges, pictures, markup, rules.
_ORNAMENTS = ("#", "![", "[![", "<", "---", "***", "___", "===")
#: Characters of a README that are looked at for its first words.
_BEGINNING = 20_000


@dataclass(frozen=True, slots=True)
class Rows:
    """Reads the rows of one Quay.

    Args:
        registry: Its name in references.
        site: Where its pages are: ``"https://quay.io"``.
    """

    registry: str
    site: str

    def page(self, repository: str) -> str:
        """Return a repository's page."""
        return f"{self.site}/repository/{repository}"

    def image(self, row: object) -> DockerImage | None:
        """Return a repository, from a search, a list, or told in full."""
        told = mapping(row)
        namespace, name = _owner(told.get("namespace")), text(told.get("name"))
        if namespace is None or name is None:
            return None
        try:
            reference = parse_reference(f"{self.registry}/{namespace}/{name}")
        except InvalidReferenceError:
            return None
        if reference.tag or reference.digest or reference.repository != f"{namespace}/{name}":
            return None
        public = told.get("is_public")
        return DockerImage(
            name=reference.familiar_name,
            description=summary(told.get("description")),
            stars=count(told.get("stars")),
            last_updated=_moment(told.get("last_modified")),
            registry=self.registry,
            reference=reference.name,
            is_private=not public if isinstance(public, bool) else None,
            web_url=self.page(reference.repository),
        )

    def account(self, row: object) -> DockerUser | None:
        """Return a user or an organisation; robots and teams are neither."""
        told = mapping(row)
        kind, name = told.get("kind"), text(told.get("name"))
        if kind not in {"user", "organization"} or name is None or not is_name(name) or told.get("is_robot"):
            return None
        return DockerUser(
            username=name,
            is_organization=kind == "organization",
            registry=self.registry,
            web_url=f"{self.site}/{kind}/{name}",
        )


def tag(row: object) -> Tag | None:
    """Return a tag of ``…/tag/``; a manifest list has no size there."""
    told = mapping(row)
    name, digest = text(told.get("name")), text(told.get("manifest_digest"))
    if name is None or not is_tag(name):
        return None
    return Tag(
        name=name,
        digest=digest if digest and is_digest(digest) else None,
        last_updated=from_rfc2822(told.get("last_modified")) or _moment(told.get("start_ts")),
        size=count(told.get("size")),
    )


def summary(description: object) -> str | None:
    """Return a README's first paragraph on one line, without headings and badges; else its heading."""
    readme = (text(description) or "")[:_BEGINNING].replace("\r\n", "\n")
    for paragraph in _PARAGRAPHS.split(_UNDERLINED.sub("", readme)):
        lines = (line.strip() for line in paragraph.splitlines())
        if words := " ".join(line for line in lines if line and not line.startswith(_ORNAMENTS)):
            return words
    headings = (line.strip(" #\t") for line in readme.splitlines())
    return next((heading for heading in headings if heading), None)


def from_rfc2822(written: object) -> str | None:
    """Return ``"Thu, 02 May 2024 10:00:00 -0000"`` in RFC 3339; ``None`` for what is no date."""
    if not isinstance(written, str) or len(written) > 64:
        return None
    try:
        moment = parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # Quay's "-0000" says that the clock was UTC's: the date is then told without a zone, and read so.
    return to_rfc3339(moment.isoformat())


def _moment(seconds: object) -> str | None:
    known = count(seconds)
    return from_seconds(known) if known else None


def _owner(namespace: Any) -> str | None:
    """Return a namespace's name: text in lists, an object in searches."""
    name: Mapping[str, Any] = mapping(namespace)
    return text(namespace) or text(name.get("name"))
