"""Names at Docker Hub: which can exist, and what people call them."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: A path component of the distribution specification; namespaces are narrower still.
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*\Z")
_LONGEST = 255
OFFICIAL = "library"


def is_name(text: object) -> bool:
    """Tell whether a namespace or repository may be called so: nothing else is ever put into a path."""
    return isinstance(text, str) and len(text) <= _LONGEST and _COMPONENT.match(text) is not None


@dataclass(frozen=True, slots=True)
class HubName:
    """A repository's name, in its two parts: ``library`` and ``nginx``."""

    namespace: str
    repository: str

    @classmethod
    def parse(cls, text: object) -> HubName | None:
        """Read ``nginx``, ``library/nginx`` or ``grafana/grafana``; ``None`` for what cannot be a name."""
        if not isinstance(text, str):
            return None
        namespace, slash, repository = text.partition("/")
        if not slash:
            namespace, repository = OFFICIAL, text
        return cls(namespace, repository) if is_name(namespace) and is_name(repository) else None

    @property
    def path(self) -> str:
        """``library/nginx``."""
        return f"{self.namespace}/{self.repository}"

    @property
    def familiar(self) -> str:
        """``nginx``; ``grafana/grafana``."""
        return self.repository if self.is_official else self.path

    @property
    def is_official(self) -> bool:
        """Whether it is one of the official images, which share a namespace."""
        return self.namespace == OFFICIAL

    @property
    def api_path(self) -> list[str]:
        """Its path in the API, in segments."""
        return ["v2", "namespaces", self.namespace, "repositories", self.repository]
