"""Loads the test bed's fixtures for every test, and hides this machine's own logins and trust from them all."""

from __future__ import annotations

import os

import pytest
from tests.testbed.trust import little_trust

pytest_plugins = ["tests.testbed.fixtures"]

#: Where tools store logins, and what else would be taken for one.
_LOGINS = ("DOCKERHUB_USERNAME", "DOCKERHUB_TOKEN", "DOCKER_AUTH_CONFIG", "REGISTRY_AUTH_FILE")
_TOKENS = ("GITHUB_TOKEN", "QUAY_TOKEN", "XDG_RUNTIME_DIR")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Let ``-n auto`` be a worker more than there are cores, for tests wait, too: for pauses, and for children."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (cores or 1) + 1


@pytest.fixture(autouse=True, scope="session")
def _no_logins_of_this_machine(tmp_path_factory: pytest.TempPathFactory) -> None:
    empty = str(tmp_path_factory.mktemp("nobody"))
    for name in (*_LOGINS, *_TOKENS):
        os.environ.pop(name, None)
    os.environ |= {"DOCKER_CONFIG": empty, "XDG_CONFIG_HOME": empty}


@pytest.fixture(autouse=True, scope="session")
def _no_trust_of_this_machine(tmp_path_factory: pytest.TempPathFactory) -> None:
    os.environ |= little_trust(tmp_path_factory.mktemp("trust"))
