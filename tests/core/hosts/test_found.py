"""Which hosts are found on a machine, and which of them know portcall."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from portcall.hosts import Machine, host_named, survey

if TYPE_CHECKING:
    from pathlib import Path


def machine(home: Path) -> Machine:
    return Machine("linux", {"HOME": str(home)})


def test_a_host_is_found_by_its_program_its_folder_or_its_file(tmp_path: Path) -> None:
    here = machine(tmp_path)
    cursor, code = host_named("cursor"), host_named("claude-code")
    found = survey([cursor, code], here, "portcall", lambda name: "/bin/claude" if name == "claude" else None)
    assert [one.is_here for one in found] == [False, True]
    (tmp_path / ".cursor").mkdir()
    assert [one.is_here for one in survey([cursor, code], here, "portcall", lambda _: None)] == [True, False]
    (tmp_path / ".claude.json").write_text(json.dumps({"projects": {}}))
    assert survey([code], here, "portcall", lambda _: None)[0].is_here


def test_a_failure_to_look_is_never_none(tmp_path: Path) -> None:
    (tmp_path / ".cursor").mkdir()
    (tmp_path / ".cursor" / "mcp.json").write_text("{")
    (found,) = survey([host_named("cursor")], machine(tmp_path), "portcall", lambda _: None)
    assert (found.is_here, found.has_entry) == (True, None)
    assert "a key is missing" in found.problem
    (homeless,) = survey([host_named("cursor")], Machine("linux", {}), "portcall", lambda _: None)
    assert (homeless.file, homeless.has_entry) == (None, None)
    assert "HOME is not set" in homeless.problem
