"""The tools' separate ``tag`` argument beside ``image_name``: SPEC, "Tools"."""

from __future__ import annotations

import pytest
from tests.core.reference_cases import OTHER_SHA256, SHA256, SHA512

from portcall.errors import InvalidArgumentError
from portcall.reference import parse_reference, with_tag_argument


@pytest.mark.parametrize(
    ("image_name", "tag", "meaning"),
    [
        ("nginx", "", "nginx"),
        ("nginx:1.27", "", "nginx:1.27"),
        (f"nginx:1.27@{SHA256}", "", f"nginx:1.27@{SHA256}"),
        ("nginx", "1.27", "nginx:1.27"),
        ("nginx", "latest", "nginx:latest"),
        ("nginx", SHA512, f"nginx@{SHA512}"),
        ("nginx:1.27", "1.27", "nginx:1.27"),
        ("nginx:1.27", "latest", "nginx:1.27"),
        (f"nginx@{SHA256}", "latest", f"nginx@{SHA256}"),
        (f"nginx:1.27@{SHA256}", "latest", f"nginx:1.27@{SHA256}"),
        ("nginx:1.27", SHA256, f"nginx:1.27@{SHA256}"),
        (f"nginx@{SHA256}", SHA256, f"nginx@{SHA256}"),
        (f"nginx:1.27@{SHA256}", SHA256, f"nginx:1.27@{SHA256}"),
        (f"nginx:1.27@{SHA256}", "1.27", f"nginx:1.27@{SHA256}"),
        ("nginx", " 1.27\n", "nginx:1.27"),
        ("nginx:1.27", "  ", "nginx:1.27"),
    ],
)
def test_tag_argument_completes_the_reference(image_name: str, tag: str, meaning: str):
    assert with_tag_argument(parse_reference(image_name), tag).familiar == meaning


@pytest.mark.parametrize(
    ("image_name", "tag"),
    [
        ("nginx:1.27", "1.28"),
        ("nginx:latest", "1.28"),
        (f"nginx@{SHA256}", "1.27"),
        (f"nginx@{SHA256}", OTHER_SHA256),
        (f"nginx:1.27@{SHA256}", OTHER_SHA256),
        (f"nginx:1.27@{SHA256}", "1.28"),
    ],
)
def test_tag_argument_that_contradicts_the_reference_is_refused(image_name: str, tag: str):
    with pytest.raises(InvalidArgumentError, match="`tag` contradicts") as caught:
        with_tag_argument(parse_reference(image_name), tag)
    assert caught.value.reference == image_name
    assert caught.value.hint


@pytest.mark.parametrize("image_name", ["nginx", "nginx:1.27", f"nginx@{SHA256}"])
@pytest.mark.parametrize(
    ("tag", "fault"),
    [
        ("../1.27", "unexpected '/' in the tag, at position 2"),
        ("-1.27", "unexpected '-' in the first place of the tag, at position 0"),
        (" a b", "unexpected U+0020 in the tag, at position 2"),
        ("\ud800", "unexpected U+D800 in the tag, at position 0"),
        ("a" * 129, "the tag is longer than 128 characters, at position 128"),
        ("a" * 4097, "the text is longer than 4096 characters, at position 4096"),
        ("sha256:abc", "the digest has 3 digits, not 64, at position 10"),
        (":1.27", "a digest of an algorithm that is not registered, at position 0"),
    ],
)
def test_malformed_tag_argument_is_refused_by_name(image_name: str, tag: str, fault: str):
    with pytest.raises(InvalidArgumentError) as caught:
        with_tag_argument(parse_reference(image_name), tag)
    assert caught.value.message == f"the argument `tag`: {fault}"


def test_contradiction_does_not_repeat_the_argument():
    with pytest.raises(InvalidArgumentError) as caught:
        with_tag_argument(parse_reference("nginx:1.27"), "hunter2")
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"
