"""People and organisations that publish images."""

from __future__ import annotations

from typing import ClassVar

from portcall.models.base import Answer, Model


class DockerUser(Model):
    """One account; what its registry does not tell is ``None``."""

    username: str
    full_name: str | None = None
    location: str | None = None
    company: str | None = None
    image_count: int | None = None
    is_organization: bool | None = None
    registry: str
    web_url: str | None = None


class UserList(Answer):
    """Accounts that were found."""

    left_out: ClassVar[frozenset[str]] = Answer.left_out

    query: str
    registry: str
    users: tuple[DockerUser, ...] = ()
