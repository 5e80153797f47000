"""What every backend has to do that knows more than images: searches, lists, people, Dockerfiles, scans.

What a registry cannot be asked, it has to say: each tool answers, or is ``unsupported`` and names what works.
"""

# ruff: noqa: D102 - what a test claims, its name says.

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from portcall.errors import PortcallError
from portcall.reference import parse_reference
from portcall.testing.contract.asking import Asking

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from portcall.gateway import Portcall
    from portcall.models import DockerImage

    Question = Callable[[Portcall], Awaitable[Any]]

#: What a question may end with that is badly put, or about nothing.
_REFUSALS = {"invalid_argument", "invalid_reference", "not_found", "unsupported"}
HOSTILE = (
    "../../admin",
    "a/../../b",
    "%2e%2e/x",
    "nginx?page=9",
    "x#y",
    "a\x00b",
    "a b/c",
    "..",
    "\u202eevil",
    "é" * 200,
)


@dataclass(frozen=True, slots=True)
class Place:
    """A double of the registry, as it is served.

    Args:
        entry: What stands under ``[registries."host"]`` so that the double is asked, and nobody else.
        take_down: Makes everything that it is asked from now on an outage.
        environ: More of the environment: a token of the API's, say.
    """

    entry: Mapping[str, Any]
    take_down: Callable[[], None]
    environ: Mapping[str, str] = field(default_factory=dict)


class DiscoveryContract:
    """What the tools that find images tell, the same for every backend that has them.

    Attributes:
        host: The registry's name in references: ``"docker.io"``.
        repository: A path that it has, with tags: ``"library/nginx"``.
        query: Words that find it.
        namespace: One that has repositories, ``repository`` or others.
        user: A user or an organisation that it knows.
        image: An image that its scanner looked at, with its tag: ``"team/app:1.0"``.
        dockerfiles: Words that find a Dockerfile.
        unsupported: Capabilities that it does not have, of ``search``, ``repositories``, ``users``,
            ``dockerfiles``, ``vulnerabilities``.
        timeout: Seconds that a call may take.
    """

    host: ClassVar[str]
    repository: ClassVar[str]
    query: ClassVar[str] = ""
    namespace: ClassVar[str] = ""
    user: ClassVar[str] = ""
    image: ClassVar[str] = ""
    dockerfiles: ClassVar[str] = ""
    unsupported: ClassVar[frozenset[str]] = frozenset()
    timeout: ClassVar[float] = 20

    def serve(self) -> AbstractContextManager[Place]:
        """Serve a double of the registry."""
        raise NotImplementedError

    @pytest.fixture
    def place(self) -> Iterator[Place]:
        """The double, served."""
        with self.serve() as place:
            yield place

    @pytest.fixture
    def asking(self, place: Place, tmp_path: Path) -> Asking:
        """Asks a new gateway, which knows the double as the registry, one question."""
        return Asking(self.host, place.entry, tmp_path, timeout=self.timeout, environ=place.environ)

    @property
    def name(self) -> str:
        """The known repository, as an ``image_name``."""
        return f"{self.host}/{self.repository}"

    @property
    def questions(self) -> dict[str, Question]:
        """One question for each capability, with an answer that is not empty where the registry has it."""
        return {
            "search": lambda pc: pc.search_images(self.query or "x", self.host),
            "repositories": lambda pc: pc.list_repositories(self.namespace or "x", self.host),
            "users": lambda pc: pc.search_users(self.user or "x", self.host),
            "dockerfiles": lambda pc: pc.search_dockerfiles(self.dockerfiles or "x", self.host),
            "vulnerabilities": lambda pc: pc.get_vulnerabilities(f"{self.host}/{self.image or self.repository}"),
        }

    def needs(self, capability: str) -> None:
        """Skip the test where the registry has no such capability."""
        if capability in self.unsupported:
            pytest.skip(f"{self.host} has no {capability}, and says so")

    # What it can be asked

    def test_its_capabilities_are_told(self, asking: Asking) -> None:
        (info, *_) = asking(lambda pc: pc.list_registries(self.host)).registries
        assert {"tags", "manifests", "details", "repository"} <= set(info.capabilities)
        assert set(info.capabilities) & set(self.questions) == set(self.questions) - self.unsupported

    def test_what_it_does_not_have_is_unsupported_and_what_works_is_named(self, asking: Asking) -> None:
        for capability in self.unsupported:
            error = asking.failed(self.questions[capability])
            assert (error.code, error.registry) == ("unsupported", self.host)
            assert "list_registries" in error.hint

    # Repositories

    def test_a_repository_is_told(self, asking: Asking) -> None:
        told = asking(lambda pc: pc.get_repository(self.name))
        assert _is_well_formed(told, self.host)
        assert told.reference == self.name
        assert told.readme is None

    def test_a_missing_repository_is_not_found(self, asking: Asking) -> None:
        path = f"{self.repository.rpartition('/')[0]}/no-such-thing-here".lstrip("/")
        asking.refused("not_found", lambda pc: pc.get_repository(f"{self.host}/{path}"))

    # Searches

    def test_a_search_finds_it(self, asking: Asking) -> None:
        self.needs("search")
        found = asking(lambda pc: pc.search_images(self.query, self.host, limit=100))
        assert self.name in [each.reference for each in found.images]
        assert all(_is_well_formed(each, self.host) for each in found.images)

    def test_a_search_keeps_to_its_limit_and_pages_repeat_and_lose_nothing(self, asking: Asking) -> None:
        self.needs("search")
        whole = asking(lambda pc: pc.search_images(self.query, self.host, limit=4)).images
        assert len(whole) <= 4
        paged = _paged(asking, lambda pc, at: pc.search_images(self.query, self.host, 1, at), 4)
        assert paged == [each.reference for each in whole]

    def test_a_search_that_finds_nothing_is_an_answer(self, asking: Asking) -> None:
        self.needs("search")
        found = asking(lambda pc: pc.search_images("zzz-no-such-image-zzz", self.host))
        assert found.images == ()
        assert found.next_cursor is None

    @pytest.mark.parametrize("query", HOSTILE)
    def test_a_hostile_query_is_words_like_any_other(self, asking: Asking, query: str) -> None:
        self.needs("search")
        _answers_or_refuses(asking, lambda pc: pc.search_images(query, self.host))

    # Lists

    def test_a_namespace_is_listed(self, asking: Asking) -> None:
        self.needs("repositories")
        listed = asking(lambda pc: pc.list_repositories(self.namespace, self.host))
        assert listed.repositories
        assert all(_is_well_formed(each, self.host) for each in listed.repositories)
        assert all(each.reference.startswith(f"{self.host}/{self.namespace}/") for each in listed.repositories)

    def test_a_list_keeps_to_its_limit_and_pages_repeat_and_lose_nothing(self, asking: Asking) -> None:
        self.needs("repositories")
        whole = asking(lambda pc: pc.list_repositories(self.namespace, self.host, limit=4)).repositories
        paged = _paged(asking, lambda pc, at: pc.list_repositories(self.namespace, self.host, 1, at), 4)
        assert paged == [each.reference for each in whole]

    def test_a_missing_namespace_is_not_found(self, asking: Asking) -> None:
        self.needs("repositories")
        error = asking.failed(lambda pc: pc.list_repositories("no-such-namespace-here", self.host))
        assert error.code == "not_found"

    @pytest.mark.parametrize("namespace", HOSTILE)
    def test_a_hostile_namespace_never_leaves_its_path(self, asking: Asking, namespace: str) -> None:
        self.needs("repositories")
        _answers_or_refuses(asking, lambda pc: pc.list_repositories(namespace, self.host))

    # People

    def test_a_user_or_an_organisation_is_found(self, asking: Asking) -> None:
        self.needs("users")
        found = asking(lambda pc: pc.search_users(self.user, self.host))
        assert self.user in [each.username for each in found.users]
        assert {each.registry for each in found.users} == {self.host}

    @pytest.mark.parametrize("query", HOSTILE)
    def test_a_hostile_name_never_leaves_its_path(self, asking: Asking, query: str) -> None:
        self.needs("users")
        _answers_or_refuses(asking, lambda pc: pc.search_users(query, self.host))

    # Scans and Dockerfiles

    def test_a_scan_is_told_worst_first(self, asking: Asking) -> None:
        self.needs("vulnerabilities")
        told = asking(lambda pc: pc.get_vulnerabilities(f"{self.host}/{self.image}"))
        assert told.status == "scanned"
        assert told.counts is not None
        assert sum(told.counts.values()) == told.total
        severities = [list(told.counts).index(each.severity) for each in told.vulnerabilities]
        assert severities == sorted(severities)

    def test_a_dockerfile_is_found(self, asking: Asking) -> None:
        self.needs("dockerfiles")
        found = asking(lambda pc: pc.search_dockerfiles(self.dockerfiles, self.host)).dockerfiles
        assert found
        assert {each.origin for each in found} == {"source"}

    # Bad input, for every question

    @pytest.mark.parametrize("limit", [0, -1, 1_000_000])
    def test_a_limit_out_of_range_is_refused(self, asking: Asking, limit: int) -> None:
        questions: tuple[Question, ...] = (
            lambda pc: pc.search_images("x", self.host, limit),
            lambda pc: pc.list_repositories("x", self.host, limit),
            lambda pc: pc.search_users("x", self.host, limit),
            lambda pc: pc.search_dockerfiles("x", self.host, limit),
        )
        assert {asking.failed(question).code for question in questions} == {"invalid_argument"}

    @pytest.mark.parametrize("query", ["", "   ", "x" * 10_000])
    def test_a_query_that_is_none_is_refused(self, asking: Asking, query: str) -> None:
        questions: tuple[Question, ...] = (
            lambda pc: pc.search_images(query, self.host),
            lambda pc: pc.search_users(query, self.host),
            lambda pc: pc.search_dockerfiles(query, self.host),
        )
        assert {asking.failed(question).code for question in questions} == {"invalid_argument"}

    @pytest.mark.parametrize("cursor", ["x", "W10", "WyJhYmMiLDFd", "9" * 5000])
    def test_a_forged_cursor_is_refused(self, asking: Asking, cursor: str) -> None:
        if "search" not in self.unsupported:
            error = asking.failed(lambda pc: pc.search_images(self.query, self.host, 10, cursor))
            assert error.code == "invalid_argument"
        if "repositories" not in self.unsupported:
            error = asking.failed(lambda pc: pc.list_repositories(self.namespace, self.host, 10, cursor))
            assert error.code == "invalid_argument"

    # Outages

    def test_an_outage_is_never_an_absence(self, place: Place, asking: Asking) -> None:
        place.take_down()
        for capability in self.questions.keys() - self.unsupported:
            assert asking.failed(self.questions[capability]).code in {"upstream_error", "unreachable", "timeout"}
        error = asking.failed(lambda pc: pc.get_repository(self.name))
        assert error.code in {"upstream_error", "unreachable", "timeout"}


def _is_well_formed(image: DockerImage, host: str) -> bool:
    """Tell whether a row's name can be asked about, and is this registry's."""
    reference = parse_reference(image.name)
    return (reference.registry, reference.name, image.registry) == (host, image.reference, host)


def _paged(asking: Asking, ask: Callable[..., Awaitable[Any]], wanted: int) -> list[str]:
    """Return the references of so many rows, each page asked for by the cursor of the one before."""
    told: list[str] = []
    cursor = ""
    while len(told) < wanted:
        page = asking(partial(ask, at=cursor))
        told += [each.reference for each in page.rows]
        cursor = page.next_cursor or ""
        if not cursor:
            break
    return told


def _answers_or_refuses(asking: Asking, question: Question) -> None:
    """See that a question is answered, or refused as badly put: neither a crash, nor somebody else's answer."""
    code = ""
    try:
        asking(question)
    except PortcallError as error:
        code = error.code
    assert code in {"", *_REFUSALS}
