"""What every backend has to do, as tests: subclass the contracts in your plugin's own suite.

::

    from portcall.testing.contract import BackendContract


    class TestHarbor(BackendContract):
        backend = "harbor"

That is all: pytest finds the tests. They need the plugin installed (``pip install -e .``), and ask a
:class:`portcall.testing.FakeRegistry` over HTTP, through the gateway, as an agent would.

A plugin whose registry knows more (searches, lists, people, scans) subclasses :class:`DiscoveryContract`, too,
with a double of that registry: the first contract would be kept by what falls back to the protocol alone.
"""

import pytest

# Before they are imported: else a test that fails tells nothing but "AssertionError".
for _module in ("backend", "discovery", "pages", "scans", "subject"):
    pytest.register_assert_rewrite(f"{__name__}.{_module}")

from portcall.testing.contract.backend import BackendContract  # noqa: E402
from portcall.testing.contract.discovery import DiscoveryContract  # noqa: E402
from portcall.testing.contract.place import Place  # noqa: E402

__all__ = ["BackendContract", "DiscoveryContract", "Place"]
