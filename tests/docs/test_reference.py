"""``docs/reference``: what the code offers, told page by page; written by this test, and checked by it."""

from __future__ import annotations

import pytest
from tests.agents.snapshot import assert_all_current, assert_matches
from tests.docs.blocks import ROOT
from tests.docs.reference.commands import commands_page
from tests.docs.reference.configuration import configuration_page
from tests.docs.reference.errors import error_texts, errors_page
from tests.docs.reference.example import CALLS, examples
from tests.docs.reference.hooks import hooks_page
from tests.docs.reference.plugin_api import plugin_api_page
from tests.docs.reference.resources import offered, resources_page
from tests.docs.reference.tools import toolset_pages

from portcall.tools import TOOLS

FOLDER = ROOT / "docs" / "reference"

pytestmark = pytest.mark.anyio


def test_the_configuration_page_is_what_the_settings_say():
    assert_matches(FOLDER / "configuration.md", configuration_page())


def test_the_hooks_page_is_what_the_specifications_say():
    assert_matches(FOLDER / "hooks.md", hooks_page())


def test_the_plugin_api_page_is_what_may_be_imported():
    assert_matches(FOLDER / "plugin-api.md", plugin_api_page())


def test_the_commands_page_is_what_the_shell_offers():
    assert_matches(FOLDER / "commands.md", commands_page())


async def test_the_errors_page_is_what_an_agent_reads_when_something_is_wrong():
    assert_matches(FOLDER / "errors.md", errors_page(await error_texts()))


async def test_the_resources_page_is_what_a_client_is_told_of():
    assert_matches(FOLDER / "resources.md", resources_page(await offered()))


async def test_the_tools_pages_are_what_an_agent_is_offered_and_reads():
    assert [spec.name for spec in TOOLS if spec.name not in CALLS] == []
    pages = toolset_pages(await examples())
    for path, text in pages.items():
        assert_matches(FOLDER / path, text)
    assert_all_current(FOLDER / "tools", [path.partition("/")[2] for path in pages])
