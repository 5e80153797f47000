"""What a Quay holds: namespaces, repositories, and the whole history of their tags."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from portcall.testing.store import Repository, Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.doubles.quay.scans import Scan

    from portcall.testing import BuiltManifest

State = Literal["NORMAL", "READ_ONLY", "MIRROR"]


@dataclass(slots=True, kw_only=True)
class Namespace:
    """A user or an organisation.

    Attributes:
        members: Users who may read all repositories of an organisation.
        admins: Those of them who administer it.
        enabled: A disabled one gives 405 ``DENIED`` to those who pull.
    """

    name: str
    kind: Literal["user", "organization"] = "organization"
    email: str = ""
    members: frozenset[str] = frozenset()
    admins: frozenset[str] = frozenset()
    teams: tuple[str, ...] = ()
    enabled: bool = True


@dataclass(slots=True, kw_only=True)
class TagRow:
    """One line of a tag's history; a tag that moved or was deleted leaves a dead one.

    Attributes:
        start: When it began, in seconds since 1970.
        end: When it ends or ended; ``None``: never.
        reversion: Whether it was brought back from the history.
    """

    name: str
    digest: str
    start: int
    end: int | None = None
    reversion: bool = False

    def is_alive(self, now: float) -> bool:
        """Tell whether the tag names the manifest at a time."""
        return self.end is None or self.end > now


@dataclass(slots=True, kw_only=True)
class QuayRepository:
    """A repository: what the registry's own shelf does not know of it.

    Attributes:
        description: Markdown; ``None`` where nobody wrote one.
        popularity: Sum of recent pulls and pushes, which also orders what a search finds.
        rows: The history of its tags, in the order of pushing.
        labels: Labels by manifest digest.
        builds: Lines of ``…/build/``.
    """

    namespace: str
    name: str
    description: str | None = ""
    public: bool = True
    state: State = "NORMAL"
    popularity: int = 0
    stars: int = 0
    rows: list[TagRow] = field(default_factory=list)
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    builds: list[dict[str, Any]] = field(default_factory=list)

    @property
    def path(self) -> str:
        """``namespace/name``; the name may have slashes of its own."""
        return f"{self.namespace}/{self.name}"

    def alive(self, now: float) -> list[TagRow]:
        """Return the tags of the moment, oldest first."""
        return [row for row in self.rows if row.is_alive(now)]

    def find(self, tag: str, now: float) -> TagRow | None:
        """Return a tag of the moment."""
        return next((row for row in self.alive(now) if row.name == tag), None)

    def had(self, tag: str) -> bool:
        """Tell whether there ever was such a tag."""
        return any(row.name == tag for row in self.rows)

    def last_modified(self, now: float) -> int | None:
        """Return when the newest of today's tags was pushed; ``None`` where there are none."""
        return max((row.start for row in self.alive(now)), default=None)


class Catalogue:
    """Everything in a Quay; ``store`` has the manifests and blobs.

    ::

        catalogue = Catalogue()
        catalogue.organization("acme", members={"ada"})
        catalogue.repository("acme/api", description="The API")
        catalogue.push("acme/api", image([layer({"app": "…"})]), ["1.0", "latest"], at=1_700_000_000)
    """

    def __init__(self) -> None:
        self.store = Store()
        self.namespaces: dict[str, Namespace] = {}
        self.repositories: dict[str, QuayRepository] = {}
        self.scans: dict[str, Scan] = {}

    def organization(self, name: str, **fields: Any) -> Namespace:
        """Add an organisation."""
        return self._add(Namespace(name=name, **fields))

    def user(self, name: str, **fields: Any) -> Namespace:
        """Add a user."""
        return self._add(Namespace(name=name, kind="user", **fields))

    def _add(self, namespace: Namespace) -> Namespace:
        self.namespaces[namespace.name] = namespace
        return namespace

    def repository(self, path: str, **fields: Any) -> QuayRepository:
        """Add a repository to a namespace that exists.

        Raises:
            KeyError: there is no such namespace.
        """
        namespace, _, name = path.partition("/")
        added = QuayRepository(namespace=self.namespaces[namespace].name, name=name, **fields)
        self.repositories[path] = added
        self.store.repositories.setdefault(path, Repository())
        return added

    def push(
        self, path: str, built: BuiltManifest, tags: Iterable[str] = (), *, at: int, ends: int | None = None
    ) -> str:
        """Store a manifest and let tags name it from a moment on; return its digest.

        A tag that exists ends at that moment, and stays in the history.
        """
        digest = self.store.push(path, built)
        repository = self.repositories[path]
        for tag in tags:
            for row in repository.rows:
                if row.name == tag and row.is_alive(at):
                    row.end = at
            repository.rows.append(TagRow(name=tag, digest=digest, start=at, end=ends))
        return digest

    def delete_tag(self, path: str, tag: str, *, at: int) -> None:
        """End a tag at a moment; the history keeps it."""
        for row in self.repositories[path].rows:
            if row.name == tag and row.is_alive(at):
                row.end = at

    def scan(self, digest: str, scan: Scan) -> None:
        """Say what the scanner knows of a manifest."""
        self.scans[digest] = scan

    def of(self, namespace: str) -> Iterator[QuayRepository]:
        """Yield a namespace's repositories."""
        return (one for one in self.repositories.values() if one.namespace == namespace)

    def is_disabled(self, path: str) -> bool:
        """Tell whether a repository's namespace exists and is disabled."""
        namespace = self.namespaces.get(path.partition("/")[0])
        return namespace is not None and not namespace.enabled
