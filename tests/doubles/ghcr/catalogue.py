"""What there is on GitHub: accounts, packages with their versions, repositories, tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from tests.doubles.ghcr.repository import Repository

if TYPE_CHECKING:
    from tests.doubles.ghcr.credential import Credential

AccountKind = Literal["Organization", "User"]
Visibility = Literal["public", "private"]

_BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user or an organisation; ``members`` read what is private in an organisation."""

    id: int
    login: str
    kind: AccountKind
    name: str | None = None
    description: str | None = None
    members: frozenset[str] = frozenset()


@dataclass(slots=True, kw_only=True)
class Version:
    """A manifest of a package; one that was deleted has ``deleted_at``."""

    id: int
    digest: str
    tags: list[str]
    created_at: str
    updated_at: str
    deleted_at: str | None = None


@dataclass(slots=True, kw_only=True)
class Package:
    """A container package; ``repository`` is the ``owner/name`` that it is linked to."""

    id: int
    owner: str
    name: str
    visibility: Visibility = "public"
    repository: str | None = None
    versions: list[Version] = field(default_factory=list)
    created_at: str
    updated_at: str

    @property
    def active(self) -> list[Version]:
        """Versions that were not deleted, newest first."""
        return self._newest_first(deleted=False)

    @property
    def deleted(self) -> list[Version]:
        """Versions that were, newest first."""
        return self._newest_first(deleted=True)

    def _newest_first(self, *, deleted: bool) -> list[Version]:
        # [U] in apis.md; a script that relies on it says "ordered by created_at DESC" (#fs-1728192157).
        chosen = [version for version in self.versions if (version.deleted_at is not None) == deleted]
        return sorted(chosen, key=lambda version: (version.created_at, version.id), reverse=True)


class Catalogue:
    """Everything, by name; logins and repositories whatever their case, packages in lower case."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.packages: dict[tuple[str, str], Package] = {}
        self.repositories: dict[str, Repository] = {}
        self.credentials: dict[str, Credential] = {}
        self._last_id = 1000
        self._hours = 0

    # Filling it

    def add_account(self, login: str, kind: AccountKind, **fields: Any) -> Account:
        """Add a user or an organisation."""
        account = Account(id=self.next_id(), login=login, kind=kind, **fields)
        self.accounts[login.lower()] = account
        return account

    def add_repository(self, full_name: str, **fields: Any) -> Repository:
        """Add a repository to an account that exists."""
        owner, _, name = full_name.partition("/")
        repository = Repository(id=self.next_id(), owner=self.accounts[owner.lower()].login, name=name, **fields)
        self.repositories[full_name.lower()] = repository
        return repository

    def add_package(
        self, path: str, *, visibility: Visibility = "public", repository: str | None = None
    ) -> Package:
        """Add a package without versions; ``path`` is what stands after ``ghcr.io/``."""
        owner, _, name = path.partition("/")
        now = self.tick()
        package = Package(
            id=self.next_id(),
            owner=self.accounts[owner].login,
            name=name,
            visibility=visibility,
            repository=repository,
            created_at=now,
            updated_at=now,
        )
        self.packages[owner, name] = package
        return package

    def next_id(self) -> int:
        """Return a number that nothing has yet."""
        self._last_id += 1
        return self._last_id

    def tick(self) -> str:
        """Return a time an hour after the last one: the same ones in every run."""
        self._hours += 1
        return (_BEGINNING + timedelta(hours=self._hours)).strftime("%Y-%m-%dT%H:%M:%SZ")

    # Asking it

    def package(self, path: str) -> Package | None:
        """Return the package at ``owner/name``, both in lower case as ghcr.io has them."""
        owner, _, name = path.partition("/")
        return self.packages.get((owner, name))

    def belongs(self, owner: str, login: str | None) -> bool:
        """Tell whether somebody is an owner, or a member of the organisation that is."""
        account = self.accounts.get(owner.lower())
        return account is not None and login is not None and (login == account.login or login in account.members)

    def may_read(self, package: Package, credential: Credential | None) -> bool:
        """Tell whether a token, or nobody, reads a package."""
        if package.visibility == "public":
            return True
        return (
            credential is not None and credential.reads_packages and self.belongs(package.owner, credential.user)
        )

    def may_see(self, repository: Repository, credential: Credential | None) -> bool:
        """Tell whether a token, or nobody, sees a repository."""
        if not repository.private:
            return True
        return (
            credential is not None
            and credential.reads_private_repositories
            and self.belongs(repository.owner, credential.user)
        )
