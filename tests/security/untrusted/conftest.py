"""What these tests have beside the others': a parser that does not log each of its steps."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from tests.security.untrusted.strangers import Strangers


@pytest.fixture(scope="session", autouse=True)
def _quiet_parser() -> None:
    logging.getLogger("markdown_it").setLevel(logging.WARNING)


@pytest.fixture(scope="module")
def strangers() -> Iterator[Strangers]:
    """Registries whose every word is a stranger's; tests read only."""
    with Strangers().serve() as made:
        yield made
