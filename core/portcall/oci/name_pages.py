"""Lists of names, of tags or of repositories: their pages, and where the next one is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from portcall.errors import InvalidArgumentError
from portcall.http.origin import Origin
from portcall.oci.document import broken, parse_object
from portcall.oci.link import next_link

if TYPE_CHECKING:
    from collections.abc import Callable

    from portcall.http.reply import Reply
    from portcall.http.upstream import Upstream

#: Marks a cursor that the registry did not give.
_OWN = "#own"
_ANEW = "the registry begins its list anew instead of going on"
_CIRCLE = "the registry's list goes round in a circle"
_STRANGER = "the list was told by another host, whose next page was not followed"
_ELSEWHERE = "the registry's next page is on another host, which was not followed"


@dataclass(frozen=True, slots=True)
class NamePage:
    """One page of a list: names in the registry's own order.

    Args:
        names: Real names; ``null`` and whatever else registries mix in is left out.
        next: Path and query of the next page, as the registry wrote them, or ``None``; opaque to others.
        problem: Why there is no next page though the registry names one.
        malformed: How many rows were left out.
    """

    names: tuple[str, ...]
    next: str | None = None
    problem: str | None = None
    malformed: int = 0


@dataclass(frozen=True, slots=True)
class NameList:
    """One kind of list.

    Args:
        title: What it is called in messages: ``"tag list"``.
        field: Where in the answer the names are.
        marks: Fields of which every answer has one: nothing else is such a list.
        is_name: Tells real names from all others.
    """

    title: str
    field: str
    marks: frozenset[str]
    is_name: Callable[[str], bool]

    def page_url(self, upstream: Upstream, first: str, page_size: int | None, cursor: str | None) -> str:
        """Return the URL of a page: the first, or the one that ``cursor`` (a :attr:`NamePage.next`) names.

        Raises:
            InvalidArgumentError: The cursor leads to another host.
        """
        if cursor is None:
            return f"{first}?{urlencode({'n': page_size})}" if page_size else first
        # Not joined but appended: joined, "//evil.example/" would be another host.
        url = f"{upstream.origin}{cursor.removesuffix(_OWN)}"
        if not cursor.startswith("/") or Origin.of(url) != upstream.origin:
            raise InvalidArgumentError(
                f"a cursor of a {self.title} leads to another host",
                hint="Pass next_cursor of the page before, unchanged, or leave it out to start over.",
            )
        return url

    def read_page(
        self, reply: Reply, url: str, upstream: Upstream, page_size: int | None, cursor: str | None
    ) -> NamePage:
        """Read one page.

        Args:
            reply: The registry's answer.
            url: What was asked.
            upstream: The registry.
            page_size: How many names were wanted.
            cursor: Where the page before said that this one is.

        Raises:
            UpstreamError: It is no such list.
        """
        told = self._told(reply, upstream)
        names = tuple(name for name in told if isinstance(name, str) and self.is_name(name))
        target = next_link(reply.headers.get("link", ""), reply.url or url)
        malformed = len(told) - len(names)
        if cursor is not None and names:
            guessed = cursor.endswith(_OWN)
            last = _asked_after(url)
            # Some registries tell the very name again that a page was to follow: what is behind it is new.
            names = names[1:] if names[0] == last else names
            if not names or _is_known(names, last, guessed=guessed):
                ends = guessed or not (names or target)
                return NamePage((), problem=None if ends else _ANEW)
        if target is None:
            following, problem = _own_cursor(names, told, url, page_size), None
        else:
            following, problem = _led_on(target, reply, url, upstream)
        return NamePage(names, following, problem, malformed)

    def _told(self, reply: Reply, upstream: Upstream) -> list[Any]:
        what = f"the {self.title} of {upstream.registry}"
        document = parse_object(reply.body, what)
        told = document.get(self.field)
        # `null` for none (GHCR, docker-registry); nothing at all is an error document, or not a registry.
        if not isinstance(told, list | None) or not self.marks & document.keys():
            raise broken(what, f"it holds no {self.field}")
        return told or []


def _led_on(target: str, reply: Reply, url: str, upstream: Upstream) -> tuple[str | None, str | None]:
    """Return where the registry's Link leads, or why nobody goes there."""
    if reply.url and Origin.of(reply.url) != upstream.origin:
        # A stranger's page says where to go on: not even at home, where the credentials would be shown.
        return None, _STRANGER
    if Origin.of(target) != upstream.origin:
        return None, _ELSEWHERE
    following = _after_origin(target)
    return (None, _CIRCLE) if following == _after_origin(url) else (following, None)


def _own_cursor(names: tuple[str, ...], told: list[Any], url: str, page_size: int | None) -> str | None:
    """Return where to look on after a page without a Link that is exactly as long as was asked for.

    The specification lets a registry cut a list so; go-containerregistry's does.
    """
    if not names or len(told) != page_size:
        return None
    return f"{urlsplit(url).path}?{urlencode({'n': page_size, 'last': names[-1]})}{_OWN}"


def _asked_after(url: str) -> str:
    """Return the name that a page was to follow; empty where its address does not say."""
    return parse_qs(urlsplit(url).query).get("last", [""])[-1]


def _is_known(names: tuple[str, ...], last: str, *, guessed: bool) -> bool:
    """Tell whether a page is an old one: it ends with the very name that it was to follow.

    Some registries ignore ``last``. Where nobody said that there is a page, others begin anew.
    """
    return last != "" and (names[-1] == last or (guessed and _is_first(names[0], last)))


def _is_first(name: str, last: str) -> bool:
    """Tell whether a name stands before another: in Docker's registry, a slash sorts before all else."""
    return name <= last and name.replace("/", "\0") <= last.replace("/", "\0")


def _after_origin(url: str) -> str:
    """Return path and query of ``url`` to the letter: paging tokens are opaque."""
    rest = url.partition("://")[2].partition("#")[0]
    path = rest[len(urlsplit(url).netloc) :]
    return path if path.startswith("/") else f"/{path}"
