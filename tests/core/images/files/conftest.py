"""An image that was pushed, to be looked into."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portcall.testing import FakeRegistry, image, layer
from portcall.testing.images import Layer

HOST = "registry.test"

#: Pushes an image of these layers, the lowest first, and returns its name.
Push = Callable[..., str]


@pytest.fixture
def push(registry: FakeRegistry) -> Push:
    def pushed(*layers: Any, **fields: Any) -> str:
        built = [each if isinstance(each, Layer) else layer(each) for each in layers]
        registry.push("team/app", image(built, **fields), tags=["1.0"])
        return f"{HOST}/team/app:1.0"

    return pushed
