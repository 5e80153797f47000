"""What every backend has to do that knows more than images: searches, lists, people, Dockerfiles, scans.

What a registry cannot be asked, it has to say: each tool answers, or is ``unsupported`` and names what works.
"""

# ruff: noqa: D102 - what a test claims, its name says.

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portcall.testing.contract.pages import OUTAGES, PageContract
from portcall.testing.contract.scans import DockerfileContract, ScanContract
from portcall.testing.contract.subject import HOSTILE, NOTHING

if TYPE_CHECKING:
    from portcall.testing.contract.asking import Asking
    from portcall.testing.contract.place import Place


class DiscoveryContract(PageContract, ScanContract, DockerfileContract):
    """What the tools that find images tell, the same for every backend that has them.

    ::

        class TestAcme(DiscoveryContract):
            host, repository = "registry.acme.example", "team/api"
            query, namespace, user = "api", "team", "ada"
            unsupported = frozenset({"dockerfiles", "vulnerabilities"})

            @contextmanager
            def serve(self):
                acme = AcmeDouble()  # a registry with its API, written for the tests
                with acme.serve() as address:
                    yield Place({"endpoint": address.url, "api": address.url}, acme.take_down)

    Attributes:
        host: The registry's name in references: ``"docker.io"``.
        repository: A path that it has: ``"library/nginx"``.
        query: Words that find it, and at least two others; each has one of them in its name or description.
        namespace: One that has at least three repositories, ``repository`` or others.
        user: A user or an organisation that it knows.
        image: An image in which its scanner found something, with its tag: ``"team/app:1.0"``.
        dockerfiles: Words that find a Dockerfile.
        unsupported: Capabilities that it does not have, of ``search``, ``repositories``, ``users``,
            ``dockerfiles``, ``vulnerabilities``.
        ignores_limit: Of ``search`` and ``repositories``, those whose pages have a size of their own, however few
            rows are wanted. The double needs more rows than one such page holds.
        timeout: Seconds that a call may take.
    """

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
        assert self.is_well_formed(told)
        assert told.reference == self.name
        assert told.readme is None

    def test_a_missing_repository_is_not_found(self, asking: Asking) -> None:
        path = f"{self.repository.rpartition('/')[0]}/no-such-thing-here".lstrip("/")
        asking.refused("not_found", lambda pc: pc.get_repository(f"{self.host}/{path}"))

    # Searches

    def test_a_search_finds_it_and_what_else_the_words_are_in(self, asking: Asking) -> None:
        self.needs("search")
        found = asking(lambda pc: pc.search_images(self.query, self.host, limit=100)).images
        words = self.query.lower().split()
        assert self.name in [each.reference for each in found]
        for each in found:
            text = f"{each.reference.removeprefix(self.host)} {each.description or ''}".lower()
            assert any(word in text for word in words)

    def test_a_search_that_finds_nothing_is_an_answer(self, asking: Asking) -> None:
        self.needs("search")
        found = asking(lambda pc: pc.search_images(NOTHING, self.host))
        assert (found.images, found.next_cursor) == ((), None)
        assert not found.total

    @pytest.mark.parametrize("query", HOSTILE)
    def test_a_hostile_query_is_words_like_any_other(self, asking: Asking, query: str) -> None:
        self.needs("search")
        found = self.answered(asking, lambda pc: pc.search_images(query, self.host))
        assert found is None or all(self.is_well_formed(each) for each in found.images)

    # Lists

    def test_a_namespace_is_listed(self, asking: Asking) -> None:
        self.needs("repositories")
        listed = asking(lambda pc: pc.list_repositories(self.namespace, self.host, limit=100)).repositories
        assert listed
        assert all(each.reference.startswith(f"{self.host}/{self.namespace}/") for each in listed)

    def test_a_missing_namespace_is_not_found(self, asking: Asking) -> None:
        self.needs("repositories")
        error = asking.failed(lambda pc: pc.list_repositories("no-such-namespace-here", self.host))
        assert error.code == "not_found"

    @pytest.mark.parametrize("namespace", HOSTILE)
    def test_a_hostile_namespace_never_leaves_its_path(self, asking: Asking, namespace: str) -> None:
        self.needs("repositories")
        listed = self.answered(asking, lambda pc: pc.list_repositories(namespace, self.host))
        rows = () if listed is None else listed.repositories
        assert [each.name for each in rows if not each.reference.startswith(f"{self.host}/{namespace}/")] == []

    # People

    def test_a_user_or_an_organisation_is_found(self, asking: Asking) -> None:
        self.needs("users")
        found = asking(lambda pc: pc.search_users(self.user, self.host)).users
        names = [each.username for each in found]
        assert self.user in names
        assert len(set(names)) == len(names)
        assert {each.registry for each in found} == {self.host}

    def test_a_name_that_nobody_has_finds_nobody(self, asking: Asking) -> None:
        self.needs("users")
        assert asking(lambda pc: pc.search_users(NOTHING, self.host)).users == ()

    @pytest.mark.parametrize("query", HOSTILE)
    def test_a_hostile_name_never_leaves_its_path(self, asking: Asking, query: str) -> None:
        self.needs("users")
        found = self.answered(asking, lambda pc: pc.search_users(query, self.host))
        assert found is None or query not in [each.username for each in found.users]

    # Outages

    def test_an_outage_is_never_an_absence(self, place: Place, asking: Asking) -> None:
        place.take_down()
        for capability in sorted(self.questions.keys() - self.unsupported):
            assert asking.failed(self.questions[capability]).code in OUTAGES
        assert asking.failed(lambda pc: pc.get_repository(self.name)).code in OUTAGES
