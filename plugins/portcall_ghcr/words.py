"""What people type into a search, made into words that GitHub takes for nothing else.

A search there knows qualifiers (``user:acme``, ``is:private``), phrases and operators. Whatever somebody
typed, or had an agent type, must not become one: it would search elsewhere than was asked, with a token's rights.

Source: docs.github.com, "Understanding the search syntax".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from portcall.errors import InvalidArgumentError
from portcall_ghcr.names import SourceName, is_package_path

#: Characters that GitHub reads of a query ("longer than 256 characters"), less our own qualifiers.
_MOST = 160
#: Characters of a name or an address that are looked at.
_LONGEST_NAME = 300
# An at sign would be an owner.
_NOT_IN_WORDS = re.compile(r"[^\w./+#-]+")
_OPERATORS = frozenset({"AND", "OR", "NOT"})
_HOSTS = re.compile(r"(?:(?:https?|docker|oci)://)?(?:(?:www\.)?github\.com/|ghcr\.io/)", re.IGNORECASE)
_BEHIND_NAME = re.compile(r"(?:\.git)?(?:[:@#?].*)?\Z")


@dataclass(frozen=True, slots=True)
class Words:
    """A query.

    Args:
        text: Its words, with a blank between them; empty where it has none.
        is_cut: Whether there were more than GitHub reads.
    """

    text: str
    is_cut: bool = False

    @classmethod
    def of(cls, query: str) -> Words:
        """Read what somebody typed."""
        known = [_plain(word) for word in _NOT_IN_WORDS.split(query[: 10 * _MOST])]
        text = " ".join(word for word in known if word)
        if len(text) <= _MOST:
            return cls(text, len(query) > 10 * _MOST)
        cut = text[: _MOST + 1].rpartition(" ")[0] or text[:_MOST]
        return cls(cut, is_cut=True)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the reader has to know of it."""
        return (f"only the first {len(self.text)} characters of the query were looked for",) if self.is_cut else ()

    def required(self) -> Words:
        """Return them, if there are any.

        Raises:
            InvalidArgumentError: There are none.
        """
        if not self.text:
            raise InvalidArgumentError(
                "the argument `query` holds no word to search for", hint="Give a name, or words of a description."
            )
        return self


def _plain(word: str) -> str:
    # A dash before a word would exclude it.
    bare = word.strip("-")
    return bare.lower() if bare in _OPERATORS else bare


def named_package(query: str) -> str | None:
    """Return the package that a query names, as ``owner/name``, an image or an address; else ``None``."""
    name = _named(query)
    return name.lower() if name and is_package_path(name.lower()) else None


@dataclass(frozen=True, slots=True)
class NamedSource:
    """A repository that a query names.

    Args:
        name: The repository.
        rest: The words around it.
        is_certain: Whether it is an address, and not a first word that may mean anything: ``"linux/amd64"``.
    """

    name: SourceName
    rest: str
    is_certain: bool


def named_source(query: str) -> NamedSource | None:
    """Return the repository that a query names, by its first word or by an address."""
    words = query[: 10 * _MOST].split()
    for place, word in enumerate(words):
        name = SourceName.parse("/".join(_named(word).split("/")[:2]))
        is_address = _HOSTS.match(word) is not None
        if name is not None and (not place or is_address):
            return NamedSource(name, " ".join((*words[:place], *words[place + 1 :])), is_address)
    return None


def _named(word: str) -> str:
    """Return ``owner/name`` out of one word: ``ghcr.io/acme/app:1.0``, ``https://github.com/acme/app``."""
    bare = _HOSTS.sub("", word.strip()[:_LONGEST_NAME], count=1)
    return _BEHIND_NAME.sub("", bare, count=1).strip("/")
