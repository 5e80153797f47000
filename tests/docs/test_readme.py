"""What the README and the guide for contributors lead to is there; ``test_pages.py`` follows their blocks."""

from __future__ import annotations

import re

import pytest
from docs.hooks import slug
from tests.docs.blocks import ROOT, without_blocks

from portcall.hosts import HOSTS
from portcall.tools import TOOLS

_LINK = re.compile(r"\]\((?!https?:)([^)\s#]*)(?:#([^)\s]+))?\)")


def test_every_tool_is_in_the_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [tool.name for tool in TOOLS if f"`{tool.name}`" not in text] == []


def test_every_host_is_in_its_guide():
    text = (ROOT / "docs" / "how-to" / "hosts.md").read_text(encoding="utf-8")
    assert [
        host.name for host in HOSTS if f"`{host.name}`" not in text and f"config {host.name}" not in text
    ] == []


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", "examples/README.md", "examples/deploy/README.md"]
)
def test_every_link_leads_somewhere(page: str):
    links = _LINK.findall(without_blocks(page))
    assert links
    for target, anchor in links:
        file = (ROOT / page).parent / target if target else ROOT / page
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", without_blocks(str(file.relative_to(ROOT))), re.MULTILINE)
            assert anchor in {slug(heading) for heading in headings}, f"{target}#{anchor}"
