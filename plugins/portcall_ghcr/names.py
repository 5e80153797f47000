"""Names at GitHub: checked before they are put into a path or a search."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: The registry of github.com itself; another one is a GitHub Enterprise server's.
HOME = "ghcr.io"
#: An underscore is in the logins of companies' managed users alone (docs.github.com, "Enterprise Managed Users").
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}\Z")
_REPOSITORY = re.compile(r"[A-Za-z0-9._-]{1,100}\Z")
_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_PACKAGE_PATH = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})+\Z")
_LONGEST = 255


def is_login(text: object) -> bool:
    """Tell whether a user or an organisation may be called so."""
    return isinstance(text, str) and _LOGIN.match(text) is not None


def is_package_path(text: str) -> bool:
    """Tell whether ``text`` can be what stands after ``ghcr.io/``: an owner, and a name that may have slashes."""
    return len(text) <= _LONGEST and _PACKAGE_PATH.match(text) is not None


@dataclass(frozen=True, slots=True)
class SourceName:
    """A repository of source code by its owner and its name, as GitHub writes them."""

    owner: str
    name: str

    @classmethod
    def parse(cls, text: object) -> SourceName | None:
        """Read ``acme/app``; ``None`` for what cannot be a repository's name."""
        if not isinstance(text, str):
            return None
        owner, _, name = text.partition("/")
        possible = is_login(owner) and _REPOSITORY.match(name) is not None and name.strip(".") != ""
        return cls(owner, name) if possible else None

    @property
    def full(self) -> str:
        """``acme/app``."""
        return f"{self.owner}/{self.name}"

    @property
    def api_path(self) -> tuple[str, ...]:
        """Its path in the API, in segments."""
        return ("repos", self.owner, self.name)

    @property
    def package_path(self) -> str | None:
        """The package of the same name, if there can be one: repositories may be called what no image may."""
        path = self.full.lower()
        return path if is_package_path(path) else None
