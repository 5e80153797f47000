"""Which authorities the tests trust: one that signed nothing, where a system has a hundred and fifty.

OpenSSL reads all of them anew for every gateway that a test makes, which takes longer than most tests. What asks
the real internet (pip, Go) is given the system's own again, by ``of_the_system``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.testbed.certificates import write_server_certificate

if TYPE_CHECKING:
    from pathlib import Path

#: Where OpenSSL, and Go as well, look for what is trusted.
_NAMES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
#: What the machine itself says there, read before any test has begun.
_SYSTEM = {name: os.environ[name] for name in _NAMES if name in os.environ}


def little_trust(folder: Path) -> dict[str, str]:
    """Return variables with which nothing is trusted but an authority made here and now.

    Args:
        folder: An empty folder, which has to last as long as the variables.
    """
    authority = write_server_certificate(folder).ca
    return {"SSL_CERT_FILE": str(authority), "SSL_CERT_DIR": str(authority.parent)}


def of_the_system() -> dict[str, str]:
    """Return this process's environment, with the machine's own trust in it."""
    return {name: value for name, value in os.environ.items() if name not in _NAMES} | _SYSTEM
