"""Which layers could not be read is told in a line, however many they are."""

from __future__ import annotations

from tests.core.images.files.memory_reader import opened

from portcall.errors import PortcallError, UnsupportedError
from portcall.images.files.unread import unreadable_layers


def unread(count: int, reasons: dict[int, str]) -> str:
    errors: dict[int, PortcallError] = {number: UnsupportedError(why) for number, why in reasons.items()}
    return unreadable_layers(opened(count), errors)


def test_one_layer_is_named():
    assert unread(3, {2: "it is encrypted"}) == "layer 2 of 3 (it is encrypted)"


def test_layers_with_the_same_reason_are_told_together():
    assert unread(302, dict.fromkeys(range(2, 302), "it is away")) == "layers 2–301 of 302 (it is away)"
    assert unread(9, {1: "a", 2: "b", 3: "a", 4: "a"}) == "layers 1, 3–4 of 9 (a), layer 2 of 9 (b)"


def test_many_reasons_and_scattered_layers_are_told_in_part():
    told = unread(300, {number: f"reason {number}" for number in range(1, 301)})
    assert told.endswith("layer 3 of 300 (reason 3), and 297 more for other reasons")
    assert unread(300, dict.fromkeys(range(1, 301, 2), "x")) == (
        "layers 1, 3, 5, 7, 9, 11 and 144 more of 300 (x)"
    )
