"""The systemd unit: systemd itself finds no fault in it, and little that could still be taken from it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from tests.packaging.deploy.conftest import DEPLOY
from tests.testbed.process import require_binary
from tests.testbed.shell import Shell

from portcall.settings import load_settings
from portcall.settings.cache_location import DiskLocation, parse_location
from portcall.settings.state_location import SqliteLocation, parse_state_location

UNIT = DEPLOY / "portcall.service"


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that is here, for systemd looks whether it is."""
    file = tmp_path / "portcall.service"
    file.write_text(UNIT.read_text().replace("/opt/portcall/bin/portcall", sys.executable))
    return file


def test_systemd_finds_no_fault_in_it(unit: Path, shell: Shell):
    done = shell.run([require_binary("systemd-analyze"), "verify", str(unit)])
    assert (done.status, done.out, done.err) == (0, "", "")


def test_its_exposure_is_small(unit: Path, shell: Shell):
    """From 0, nothing can be reached, to 10; in tenths. The internet is what remains."""
    analyse = [require_binary("systemd-analyze"), "security", "--offline=true", "--threshold=12", str(unit)]
    done = shell.run(analyse)
    assert done.status == 0, done.out
    unit.write_text(unit.read_text().replace("PrivateUsers=yes", "PrivateUsers=no"))
    assert shell.run(analyse).status == 1


def test_it_keeps_everything_in_the_folders_that_systemd_makes_for_it(tmp_path: Path):
    text = UNIT.read_text().replace("%S", "/var/lib").replace("%C", "/var/cache")
    told = dict(re.findall(r"^Environment=(\w+)=(.+)$", text, re.MULTILINE))
    assert told.pop("PORTCALL_CONFIG") == "/etc/portcall/portcall.toml"
    settings = load_settings(DEPLOY / "portcall.toml", told)
    assert parse_state_location(settings.auth.store) == SqliteLocation(Path("/var/lib/portcall/state.db"))
    assert parse_location(settings.cache.url) == DiskLocation(Path("/var/cache/portcall"))
    folders = set(re.findall(r"^(\w+Directory)=portcall$", text, re.MULTILINE))
    assert folders == {"StateDirectory", "CacheDirectory"}


def test_what_is_commented_out_is_known_to_systemd_as_well(unit: Path, shell: Shell):
    text = unit.read_text()
    options = re.findall(r"^#(?=(\w+)=)", text, re.MULTILINE)
    assert options == ["LoadCredential", "Environment", "IPAddressAllow"]
    unit.write_text(re.sub(r"^#(?=\w+=)", "", text, flags=re.MULTILINE))
    done = shell.run([require_binary("systemd-analyze"), "verify", str(unit)])
    assert (done.status, done.out, done.err) == (0, "", "")


def test_it_listens_on_loopback_alone():
    (command,) = re.findall(r"^ExecStart=(.+)$", UNIT.read_text(), re.MULTILINE)
    assert command.endswith(" serve --transport http --host 127.0.0.1 --port 8000 --workers 4")
