"""A repository of github.com: files by branch or tag."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.doubles.ghcr.git import Tree, commit_sha


@dataclass(slots=True, kw_only=True)
class Repository:
    """A repository.

    Attributes:
        owner: Login of whose it is, as its owner writes it.
        name: Its name, as its owner writes it.
        files: Content by path on the default branch; none: the repository is empty.
        refs: The same for other branches and tags.
        private: Whether only members see it.
        stars: How many like it.
        tree_limit: Entries after which a recursive tree is cut off (gh-spec: 100,000).
    """

    id: int
    owner: str
    name: str
    files: dict[str, bytes] = field(default_factory=dict, repr=False)
    refs: dict[str, dict[str, bytes]] = field(default_factory=dict, repr=False)
    description: str | None = None
    language: str | None = None
    topics: tuple[str, ...] = ()
    private: bool = False
    archived: bool = False
    fork: bool = False
    stars: int = 0
    default_branch: str = "main"
    tree_limit: int = 100_000
    created_at: str = "2024-01-01T00:00:00Z"
    updated_at: str = "2024-06-01T00:00:00Z"

    @property
    def full_name(self) -> str:
        """``owner/name``."""
        return f"{self.owner}/{self.name}"

    @property
    def head(self) -> str:
        """SHA of the default branch's commit: what ``org.opencontainers.image.revision`` would say."""
        return self.commit(self.default_branch)

    def commit(self, ref: str) -> str:
        """Return the SHA of the commit that a branch or tag names.

        Raises:
            KeyError: there is no such branch or tag.
        """
        return commit_sha(Tree(self.snapshots()[ref]), f"{self.full_name} {ref}")

    def snapshots(self) -> dict[str, dict[str, bytes]]:
        """Return files by branch and tag; nothing where nothing was ever committed."""
        return {self.default_branch: self.files, **self.refs} if self.files else {}

    def at(self, ref: str | None) -> Tree | None:
        """Return the files at a branch, a tag, or a commit's full SHA; ``HEAD`` is the default branch."""
        wanted = self.default_branch if ref in {None, "", "HEAD"} else str(ref)
        wanted = wanted.removeprefix("refs/").removeprefix("heads/").removeprefix("tags/")
        for name, files in self.snapshots().items():
            if wanted in {name, self.commit(name)}:
                return Tree(files)
        return None

    def tree(self, sha: str) -> Tree | None:
        """Return a tree by what :meth:`at` takes, or by its own SHA."""
        found = self.at(sha)
        if found is not None:
            return found
        below = (tree for files in self.snapshots().values() for tree in Tree(files).trees())
        return next((tree for tree in below if tree.sha == sha), None)
