"""Docker Hub's recorded answers, beside the checkout, and how to compare a double's answer with one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.doubles.dockerhub.contract import DOCUMENT

_FOLDER = DOCUMENT.parent

#: For tests that need what lies in the shared folder.
needs_recordings = pytest.mark.skipif(not DOCUMENT.is_file(), reason=f"{_FOLDER} is not here")


def recorded(name: str) -> Any:
    """Return a recorded document by its file's name, ``oci/…`` for what other registries share."""
    folder = _FOLDER.parent if "/" in name else _FOLDER
    return json.loads((folder / name).read_text(encoding="utf-8"))


def recorded_error(request: str) -> dict[str, Any]:
    """Return the recorded error whose request holds a text."""
    (found,) = (entry for entry in recorded("recorded-hub-errors.json") if request in entry["request"])
    return dict(found)


def assert_same_shape(expected: Any, answered: Any, at: str = "$") -> None:
    """Compare keys in their order, and types; a recorded null stands for anything, as does an empty list."""
    if expected is None:
        return
    assert type(answered) is type(expected), f"{at}: {answered!r} is not like {expected!r}"
    if isinstance(expected, dict):
        assert list(answered) == list(expected), at
        for key, value in expected.items():
            assert_same_shape(value, answered[key], f"{at}.{key}")
    elif isinstance(expected, list) and expected:
        for number, row in enumerate(answered):
            assert_same_shape(expected[0], row, f"{at}[{number}]")
