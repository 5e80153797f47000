"""Origins: scheme, host and port, the unit to which credentials and exemptions belong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
#: An authority that every URL parser reads alike: where two of them disagree on the host, the one that
#: checks it and the one that connects to it are fooled separately.
_AUTHORITY = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?\Z")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a URL leads, e.g. ``https://registry.example:443``; the host is lower-case, without brackets."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Origin | None:
        """Return the origin of ``url``, or ``None`` where it is no plain http(s) URL.

        User information makes it none: ``https://registry.example@evil.example/`` misleads whoever reads it.
        So do zones, percent signs, and letters beyond ASCII in the host.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return None
        if parts.scheme not in _PORTS or port == 0 or not _AUTHORITY.match(parts.netloc):
            return None
        host = (parts.hostname or "").rstrip(".")
        return cls(parts.scheme, host, port or _PORTS[parts.scheme]) if host else None

    @property
    def netloc(self) -> str:
        """Host and port as people write them: the port only where it is not the scheme's own."""
        return self._host if self.port == _PORTS[self.scheme] else f"{self._host}:{self.port}"

    @property
    def names(self) -> frozenset[str]:
        """All that a configuration may call it: the host, and the host with its port."""
        return frozenset({self._host, f"{self._host}:{self.port}"})

    def is_named_by(self, entry: str) -> bool:
        """Tell whether ``host`` or ``host:port`` in a configuration means this origin.

        Without a port it means the scheme's own: a listed host is not a licence for its every port.
        """
        return entry.lower() in {self.netloc, f"{self._host}:{self.port}"}

    @property
    def _host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}"
