"""The double of api.github.com, served, and who asks it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from tests.doubles.ghcr import OCTO_TOKEN, GitHubDouble, Places
from tests.doubles.ghcr.extract import EXTRACT

CONTAINERS = "packages?package_type=container"

needs_extract = pytest.mark.skipif(not EXTRACT.is_file(), reason="the extract is not beside this checkout")


@pytest.fixture
def github() -> GitHubDouble:
    return GitHubDouble()


@pytest.fixture
def places(github: GitHubDouble) -> Iterator[Places]:
    with github.serve() as places:
        yield places


@pytest.fixture
def api(places: Places) -> Iterator[httpx.Client]:
    """Asks with octo's token."""
    headers = {"Authorization": f"Bearer {OCTO_TOKEN}", "X-GitHub-Api-Version": "2022-11-28"}
    with httpx.Client(base_url=places.api.url, headers=headers, trust_env=False) as client:
        yield client


@pytest.fixture
def anybody(places: Places) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=places.api.url, trust_env=False) as client:
        yield client


def token(value: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {value}"}
