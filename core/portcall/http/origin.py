"""Origins: scheme, host and port, the unit to which credentials and exemptions belong."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


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
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return None
        if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
            return None
        return cls(parts.scheme, parts.hostname.rstrip("."), port or _PORTS[parts.scheme])

    @property
    def netloc(self) -> str:
        """Host and port as people write them: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def is_named_by(self, entry: str) -> bool:
        """Tell whether ``host`` or ``host:port`` in a configuration means this origin.

        Without a port it means the scheme's own: a listed host is not a licence for its every port.
        """
        return entry.lower() in {self.netloc, f"{self.netloc}:{self.port}"}

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}"
