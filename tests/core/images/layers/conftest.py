"""A registry, served, to push images to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.core.images.layers.desk import REPOSITORY

from portcall.testing import BuiltImage, FakeRegistry, Layer, image

Push = Callable[..., BuiltImage]


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    registry = FakeRegistry()
    with registry.serve():
        yield registry


@pytest.fixture
def push(registry: FakeRegistry) -> Push:
    """Push an image of these layers as ``shop/api:1``, or another tag."""

    def pushed(*layers: Layer, tag: str = "1", **fields: Any) -> BuiltImage:
        built = image(layers, **fields)
        registry.push(REPOSITORY, built, tags=[tag])
        return built

    return pushed
