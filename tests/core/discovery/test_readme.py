"""Whoever asks for a README is told where none came."""

from __future__ import annotations

import pytest
from tests.core.discovery.conftest import HOSTS

from portcall import Portcall

pytestmark = pytest.mark.anyio


async def test_a_registry_that_has_none_to_tell_says_so_where_it_was_asked_for(pc: Portcall):
    told = await pc.get_repository(f"{HOSTS[0]}/team/app", readme=True)
    assert (told.readme, told.warnings) == (None, (f"{HOSTS[0]} tells of no README",))


async def test_nobody_hears_of_a_readme_that_was_not_asked_for(pc: Portcall):
    assert (await pc.get_repository(f"{HOSTS[0]}/team/app")).warnings == ()
