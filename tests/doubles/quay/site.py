"""One Quay: what it holds, whom it knows, how it is set up, and what time it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.doubles.quay.accounts import READING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.doubles.quay.accounts import Accounts, Caller
    from tests.doubles.quay.catalogue import Catalogue, QuayRepository
    from tests.doubles.quay.options import Options


@dataclass(slots=True)
class Site:
    """What every answer is made from.

    Attributes:
        scanner_down: Clair is out of reach: ``/security`` answers 520.
    """

    catalogue: Catalogue
    accounts: Accounts
    options: Options
    clock: Callable[[], float]
    scanner_down: bool = False

    def may_read(self, caller: Caller, path: str) -> bool:
        """Tell whether a repository exists and a caller may read it.

        The permission is looked at before the repository is: whoever may read nothing of that name cannot
        tell a private repository from a missing one (q: endpoints/api/__init__.py).
        """
        repository = self.catalogue.repositories.get(path)
        if repository is None:
            return False
        if repository.public:
            return self.options.anonymous_access or not caller.is_anonymous
        return self._may_read_private(caller, repository)

    def _may_read_private(self, caller: Caller, repository: QuayRepository) -> bool:
        if caller.kind == "robot":
            return repository.path in caller.reads
        if caller.is_anonymous or (caller.scopes is not None and not caller.scopes & READING):
            return False
        if caller.superuser and self.options.superusers_full_access:
            return True
        return self.is_member(caller, repository.namespace)

    def is_member(self, caller: Caller, namespace: str) -> bool:
        """Tell whether a user owns a namespace or is a member of it."""
        found = self.catalogue.namespaces.get(namespace)
        if found is None or caller.kind != "user":
            return False
        return caller.name == found.name or caller.name in found.members

    def readable(self, caller: Caller) -> Iterator[QuayRepository]:
        """Yield what a caller may read, in the order of creation."""
        for path, repository in list(self.catalogue.repositories.items()):
            if self.may_read(caller, path):
                yield repository
