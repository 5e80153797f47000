"""What a discovery suite asks about: one registry's double, what it has, and how it is asked."""

# ruff: noqa: D102 - what a test claims, its name says.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from portcall.errors import PortcallError
from portcall.reference import parse_reference
from portcall.testing.contract.asking import Asking

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from portcall.gateway import Portcall
    from portcall.models import DockerImage
    from portcall.testing.contract.place import Place

    Question = Callable[[Portcall], Awaitable[Any]]

#: The attribute without which a capability cannot be asked about.
_NEEDED = {
    "search": "query",
    "repositories": "namespace",
    "users": "user",
    "dockerfiles": "dockerfiles",
    "vulnerabilities": "image",
}
#: What a question may end with that is badly put, or about nothing.
_REFUSALS = {"invalid_argument", "invalid_reference", "not_found", "unsupported"}
#: What no registry has, in searches of all kinds.
NOTHING = "zzz-no-such-thing-zzz"
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
    "a\ud800b",
    "é" * 200,
)


class Subject:
    """One registry, before a double of it; :class:`DiscoveryContract` says what each attribute is."""

    host: ClassVar[str] = ""
    repository: ClassVar[str] = ""
    query: ClassVar[str] = ""
    namespace: ClassVar[str] = ""
    user: ClassVar[str] = ""
    image: ClassVar[str] = ""
    dockerfiles: ClassVar[str] = ""
    unsupported: ClassVar[frozenset[str]] = frozenset()
    ignores_limit: ClassVar[frozenset[str]] = frozenset()
    timeout: ClassVar[float] = 20

    def serve(self) -> AbstractContextManager[Place]:
        """Serve a double of the registry."""
        raise NotImplementedError

    @pytest.fixture
    def place(self) -> Iterator[Place]:
        """The double, served; after the test, it was asked nothing that a name had led elsewhere."""
        if self._lacking():
            pytest.skip(f"{type(self).__name__} is not filled in")
        with self.serve() as place:
            yield place
            assert list(place.hostile()) == []

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

    def is_well_formed(self, image: DockerImage) -> bool:
        """Tell whether a row's name can be asked about, and is this registry's."""
        reference = parse_reference(image.name)
        return (reference.registry, reference.name, image.registry) == (self.host, image.reference, self.host)

    def answered(self, asking: Asking, question: Question) -> Any:
        """Return the answer, or nothing where the question is refused as badly put; no other error will do."""
        code = ""
        try:
            return asking(question)
        except PortcallError as error:
            code = error.code
        assert code in _REFUSALS
        return None

    def test_the_suite_is_filled_in(self) -> None:
        lacking = self._lacking()
        if lacking:
            told = f"{type(self).__name__} lacks {', '.join(lacking)}: see the example in DiscoveryContract"
            pytest.fail(f"{told}; what the registry does not have stands in `unsupported`", pytrace=False)
        assert self.unsupported <= _NEEDED.keys()
        assert self.ignores_limit <= {"search", "repositories"} - self.unsupported

    def _lacking(self) -> list[str]:
        """Return what a subclass has not said."""
        has_double = type(self).serve is not Subject.serve
        needed = ["host", "repository", *(_NEEDED[each] for each in _NEEDED if each not in self.unsupported)]
        return [*(() if has_double else ("serve()",)), *(name for name in needed if not getattr(self, name))]
