"""The scanner that the tests of untrusted text rely on sees what a Markdown reader sees."""

from __future__ import annotations

import pytest
from tests.core.render.markdown_scanner import outside_code


@pytest.mark.parametrize(
    ("text", "outside"),
    [
        ("plain", "plain"),
        ("a `b` c", "a ▮ c"),
        ("a ``b ` c`` d", "a ▮ d"),
        ("a ` b", "a ` b"),
        ("a `b`` c", "a `b`` c"),
        ("a `b`` c` d", "a ▮ d"),
        (r"a \`b` c`", r"a \`b▮"),
        ("a `b\nc` d", "a ▮ d"),
        ("a `b\n\nc` d", "a `b\nc` d"),
        ("```text\n# x\n```\ny", "\n▮\ny"),
        ("````\n```\nx\n````", "\n▮\n"),
        ("```\nx\n``` y\nz", "\n▮\n"),
        ("    ```\nx", "    ```\nx"),
    ],
)
def test_what_is_code_is_found(text: str, outside: str):
    assert outside_code(text).strip("\n") == outside.strip("\n")
