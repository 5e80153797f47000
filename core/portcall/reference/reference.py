"""An image reference as a value."""

from __future__ import annotations

from dataclasses import dataclass, replace

from portcall.reference.host import DOCKER_HUB, is_host, written_host
from portcall.reference.name import Name, check_digest, check_length, check_path, check_tag, reads_as_digest
from portcall.reference.span import Span

_LIBRARY = "library"
_DEFAULT_TAG = "latest"


@dataclass(frozen=True, slots=True)
class Reference:
    """Which image, at which registry, normalised as Docker does. Built by `parse_reference`.

    Args:
        registry: Lower-case host with its port, e.g. ``"docker.io"``, ``"localhost:5000"``,
            ``"[2001:db8::1]:5000"``.
        repository: Path at that registry, e.g. ``"library/nginx"``.
        tag: The tag that was given; ``None`` if none was, never a default.
        digest: The digest that was given, ``algorithm:hex``. It wins over the tag.
    """

    registry: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    def __str__(self) -> str:
        return self.familiar

    @property
    def name(self) -> str:
        """Registry and repository, e.g. ``"docker.io/library/nginx"``."""
        return f"{written_host(self.registry)}/{self.repository}"

    @property
    def familiar_name(self) -> str:
        """The shortest name that means this repository: ``"nginx"``, ``"ghcr.io/acme/app"``.

        Docker's familiar name, but for the few that Docker itself would read back as something else:
        ``docker.io/foo.example/app`` keeps its host, ``library/<64 hexadecimal digits>`` its namespace.
        """
        if self.registry != DOCKER_HUB:
            return self.name
        namespace, _, rest = self.repository.partition("/")
        if namespace == _LIBRARY and "/" not in rest and not reads_as_digest(rest):
            return rest
        return self.name if is_host(namespace) else self.repository

    @property
    def familiar(self) -> str:
        """The familiar name with tag and digest as given; parsing it gives this reference again."""
        return f"{self.familiar_name}{self._suffix}"

    @property
    def canonical(self) -> str:
        """The full name with the one thing that decides, e.g. ``"docker.io/library/nginx:latest"``."""
        return f"{self.name}{'@' if self.digest else ':'}{self.identifier}"

    @property
    def identifier(self) -> str:
        """What one asks the registry for: the digest, else the tag, else ``"latest"``."""
        return self.digest or self.tag or _DEFAULT_TAG

    def pinned(self, digest: str) -> str:
        """Return the familiar name pinned to ``digest``, without a tag, e.g. ``"nginx@sha256:…"``.

        Raises:
            InvalidReferenceError: ``digest`` is none.
        """
        return replace(self, tag=None).with_digest(digest).familiar

    def with_tag(self, tag: str) -> Reference:
        """Return this repository at ``tag``; a digest is dropped, since it would win over the tag.

        Raises:
            InvalidReferenceError: ``tag`` is none.
        """
        return replace(self, tag=check_tag(Span(tag)), digest=None)

    def with_digest(self, digest: str) -> Reference:
        """Return this reference pinned to ``digest``; its tag stays, to be read by people.

        Raises:
            InvalidReferenceError: ``digest`` is none.
        """
        return replace(self, digest=check_digest(Span(digest)))

    @property
    def _suffix(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{tag}@{self.digest}" if self.digest else tag


def reference_of(registry: str, name: Name) -> Reference:
    """Return the reference to ``name`` at ``registry``, every part of it checked and normalised.

    Raises:
        InvalidReferenceError: a part breaks the grammar; with its place in the text as given.
    """
    repository = check_path(name.path)
    if registry == DOCKER_HUB and len(name.path) == 1:
        repository = f"{_LIBRARY}/{repository}"
    check_length(repository, name.path)
    tag = None if name.tag is None else check_tag(name.tag)
    digest = None if name.digest is None else check_digest(name.digest)
    return Reference(registry, repository, tag, digest)
