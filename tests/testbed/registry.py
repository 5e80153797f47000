"""Debian's ``docker-registry`` (distribution 2.8.2) on loopback, in four set-ups.

Each starts in some 60 ms, on a port that the kernel picks, with its storage in the folder it is given.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.testbed.certificates import write_server_certificate
from tests.testbed.process import Service, require_binary
from tests.testbed.token_server import ISSUER, SERVICE, USERS, TokenServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REALM = "portcall test registry"
WRITER, READER = "writer", "reader"

# bcrypt (cost 4) of each user's password in USERS: ready-made, so that no test needs htpasswd
_HTPASSWD = """\
writer:$2y$04$vsLdtCPWHv43v8W./B87aOQDlMv5ODn38ZxIXKrSqocNWIRVaAbEm
reader:$2y$04$23YNoNOW62odkZo5tPpmp.YQaIqN0XTDm9I/XUa2A8adVIAm9qq4S
"""
_LISTENING = re.compile(r"listening on 127\.0\.0\.1:(\d+)")


@dataclass(frozen=True, slots=True)
class RealRegistry:
    """Where a registry listens and how to get in.

    Attributes:
        name: ``plain``, ``basic``, ``token``, ``tls`` or ``oci11``.
        netloc: ``127.0.0.1:PORT``, as it stands in references.
        url: ``netloc`` with its scheme, no slash at the end.
        username: Who may do all; ``None`` where nobody is asked. ``reader`` may only read.
        password: Of ``username``.
        ca_file: PEM of the CA to trust, alone in its folder, where the registry speaks TLS.
        token_netloc: ``127.0.0.1:PORT`` of the token server, where there is one.
    """

    name: str
    netloc: str
    url: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    token_netloc: str | None = None

    def reference(self, name: str) -> str:
        """Return the full reference of ``"demo/app:1.0"`` in this registry."""
        return f"{self.netloc}/{name}"

    def as_user(self, username: str | None) -> RealRegistry:
        """Return the same registry as seen by another of its users, or by nobody (``None``)."""
        password = USERS[username].password if username else None
        return RealRegistry(self.name, self.netloc, self.url, username, password, self.ca_file, self.token_netloc)


@contextmanager
def plain(folder: Path) -> Iterator[RealRegistry]:
    """Run a registry that speaks http and asks nobody who they are."""
    with _serving(folder, {}) as netloc:
        yield RealRegistry("plain", netloc, f"http://{netloc}")


@contextmanager
def basic(folder: Path) -> Iterator[RealRegistry]:
    """Run a registry with Basic authentication, for ``writer`` and ``reader`` (who may write too)."""
    folder.mkdir(parents=True, exist_ok=True)
    passwords = folder / "htpasswd"
    passwords.write_text(_HTPASSWD)
    settings = {"auth": {"htpasswd": {"realm": REALM, "path": str(passwords)}}}
    with _serving(folder, settings) as netloc:
        yield RealRegistry("basic", netloc, f"http://{netloc}", WRITER, USERS[WRITER].password)


@contextmanager
def token(folder: Path, server: TokenServer) -> Iterator[RealRegistry]:
    """Run a registry that takes the bearer tokens of ``server``."""
    folder.mkdir(parents=True, exist_ok=True)
    certificate = folder / "token.crt"
    certificate.write_bytes(server.key.certificate_pem)
    trust = {"realm": server.realm, "service": SERVICE, "issuer": ISSUER, "rootcertbundle": str(certificate)}
    with _serving(folder, {"auth": {"token": trust}}) as netloc:
        yield RealRegistry(
            "token", netloc, f"http://{netloc}", WRITER, USERS[WRITER].password, token_netloc=server.netloc
        )


@contextmanager
def tls(folder: Path) -> Iterator[RealRegistry]:
    """Run a registry that speaks https, with a certificate from a CA of its own."""
    files = write_server_certificate(folder)
    settings = {"http": {"tls": {"certificate": str(files.certificate), "key": str(files.key)}}}
    with _serving(folder, settings) as netloc:
        yield RealRegistry("tls", netloc, f"https://{netloc}", ca_file=files.ca)


def storage(folder: Path) -> Path:
    """Return where a registry that runs in ``folder`` keeps what was pushed."""
    return folder / "storage"


@contextmanager
def _serving(folder: Path, settings: dict[str, Any]) -> Iterator[str]:
    """Run a registry with its defaults and ``settings``; its log is ``folder/log``."""
    program = require_binary("docker-registry")
    storage(folder).mkdir(parents=True, exist_ok=True)  # or full already
    defaults: dict[str, Any] = {
        "version": "0.1",
        # at level info it tells the port that port 0 became: no race for a free one
        "log": {"level": "info", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(storage(folder))},
            "delete": {"enabled": True},
            "maintenance": {"uploadpurging": {"enabled": False}},
        },
        # a foreign layer is refused (by a 500) unless its URL is allowed
        "validation": {"manifests": {"urls": {"allow": [r"^https://example\.com/"]}}},
        "http": {"addr": "127.0.0.1:0", "secret": "portcall-testbed"},
    }
    http = defaults["http"] | settings.get("http", {})
    configuration = folder / "config.yml"
    configuration.write_text(json.dumps(defaults | settings | {"http": http}))  # JSON is YAML
    # REGISTRY_* variables would override the file, so none of ours is passed on
    environment = {"PATH": os.environ.get("PATH", ""), "OTEL_TRACES_EXPORTER": "none"}
    with Service([program, "serve", str(configuration)], folder / "log", environment) as service:
        told = service.wait_for(lambda: _LISTENING.search(service.log.read_text()), "docker-registry")
        yield f"127.0.0.1:{told[1]}"
