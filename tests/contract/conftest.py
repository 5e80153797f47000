"""Acme's plugin, installed for these tests: hand-made metadata in a folder on ``sys.path``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


# Whoever is tested after these modules, in the same process, has no such plugin.
@pytest.fixture(scope="module")
def acme_is_installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("site-packages")
    info = folder / "portcall_acme-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: portcall-acme\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[portcall.plugins]\nacme = tests.contract.liars\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield
