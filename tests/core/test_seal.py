"""The seal, and the key that it rests on."""

from __future__ import annotations

import hashlib
import hmac
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from tests.core.http.asking import settings, unhurried
from tests.core.http.stores.questions import ADA, BOB, KEY

from portcall import Portcall
from portcall.errors import ConfigurationError
from portcall.http.stores import open_seal
from portcall.http.upstream import Credentials
from portcall.seal import Seal

if TYPE_CHECKING:
    from pathlib import Path

SEAL = Seal.from_text(KEY)


@unhurried
@given(st.text(), st.binary())
def test_what_is_sealed_under_a_name_is_opened_under_it(name: str, data: bytes):
    assert SEAL.open(name, SEAL.close(name, data)) == data


@unhurried
@given(st.binary())
def test_any_bytes_that_were_not_sealed_are_none(data: bytes):
    assert SEAL.open("name", data) is None


@unhurried
@given(st.binary(min_size=1), st.data())
def test_any_change_is_noticed(content: bytes, data: st.DataObject):
    sealed = bytearray(SEAL.close("name", content))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    assert SEAL.open("name", bytes(sealed)) is None


def test_another_name_or_another_key_does_not_open_it():
    sealed = SEAL.close("name", b"data")
    assert SEAL.open("another", sealed) is None
    assert Seal.from_text("another text of an operator").open("name", sealed) is None


def test_same_data_is_never_sealed_alike():
    assert SEAL.close("name", b"data") != SEAL.close("name", b"data")


def test_owner_has_one_name_in_every_process():
    program = (
        "import sys; from portcall.seal import Seal;"
        "print(Seal.from_text(sys.argv[1]).partition(bytes.fromhex(sys.argv[2])))"
    )
    arguments = [sys.executable, "-c", program, KEY, ADA.fingerprint.hex()]
    said = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout
    assert said.strip() == SEAL.partition(ADA.fingerprint)


def test_owners_name_depends_on_all_of_the_credentials_and_on_the_key():
    names = {
        SEAL.partition(ADA.fingerprint),
        SEAL.partition(BOB.fingerprint),
        SEAL.partition(Credentials("ada", "another password").fingerprint),
        SEAL.partition(Credentials("ada", ADA.secret, identity_token="token").fingerprint),
        Seal.from_text("another text of an operator").partition(ADA.fingerprint),
    }
    assert len(names) == 5
    assert all(len(bytes.fromhex(name)) == 32 for name in names)


@unhurried
@given(st.text(), st.text())
def test_every_purpose_has_a_key_of_its_own(one: str, other: str):
    assert len(SEAL.derived(one)) == 32
    assert (SEAL.derived(one) == SEAL.derived(other)) == (one == other)


def test_key_for_a_purpose_is_the_same_in_every_process_and_another_under_another_secret():
    program = "import sys; from portcall.seal import Seal; print(Seal.from_text(sys.argv[1]).derived('é').hex())"
    said = subprocess.run([sys.executable, "-c", program, KEY], check=True, capture_output=True, text=True).stdout
    assert said.strip() == SEAL.derived("é").hex()
    assert SEAL.derived("é") != Seal.from_text("another text of an operator").derived("é")


@pytest.mark.parametrize("purpose", ["entries", "owners", "portcall store 1: entries", "portcall store 1: owners"])
def test_key_for_a_purpose_is_none_of_those_that_the_seal_itself_uses(purpose: str):
    """Whoever is handed one, to sign cookies with, can neither open an entry nor tell whose it is."""
    key = SEAL.derived(purpose)
    name_of_ada = hmac.new(key, ADA.fingerprint, hashlib.sha256).hexdigest()
    assert name_of_ada != SEAL.partition(ADA.fingerprint)
    sealed = SEAL.close("name", b"data")
    with pytest.raises(InvalidTag):
        AESGCM(key).decrypt(sealed[:12], sealed[12:], b"name")
    assert Seal(key).open("name", sealed) is None


def test_key_is_in_no_repr():
    assert KEY not in repr(SEAL)
    assert not hasattr(SEAL, "__dict__") or KEY not in repr(vars(SEAL))


# The operator's text


def test_line_end_after_the_key_is_no_part_of_it():
    assert Seal.from_text(f"{KEY}\n").open("name", SEAL.close("name", b"data")) == b"data"


@pytest.mark.parametrize("text", ["", "canary-short", " " * 40, "canary-canary-1\n"])
def test_short_key_is_refused_and_not_repeated(text: str):
    with pytest.raises(ConfigurationError) as refused:
        Seal.from_text(text)
    assert "16 characters" in refused.value.message
    assert "canary" not in f"{refused.value.message} {refused.value.hint}"


# The key file


def test_key_file_is_made_for_its_owner_alone_and_read_again(tmp_path: Path):
    path = tmp_path / "portcall" / "store.key"
    sealed = Seal.from_file(path).close("name", b"data")
    assert Seal.from_file(path).open("name", sealed) == b"data"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["store.key"]
    assert path.stat().st_size == 32


def test_two_key_files_are_two_keys(tmp_path: Path):
    one, other = Seal.from_file(tmp_path / "one"), Seal.from_file(tmp_path / "other")
    assert one.partition(b"") != other.partition(b"")


def test_processes_that_make_it_at_once_end_with_one_key(tmp_path: Path):
    program = (
        "import sys, pathlib; from portcall.seal import Seal; sys.stdin.read(1);"
        "print(Seal.from_file(pathlib.Path(sys.argv[1])).partition(b''))"
    )
    arguments = [sys.executable, "-c", program, str(tmp_path / "store.key")]
    started = [
        subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    said = {process.communicate("x")[0] for process in started}
    assert len(said) == 1
    assert len(said.pop()) == 65


def test_threads_that_make_it_at_once_end_with_one_key(tmp_path: Path):
    for number in range(20):
        path = tmp_path / f"{number}.key"
        with ThreadPoolExecutor(8) as threads:
            seals = threads.map(lambda _, path=path: Seal.from_file(path).partition(b""), range(8))
            assert len(set(seals)) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_key_file_that_others_may_read_is_refused(tmp_path: Path, mode: int):
    path = tmp_path / "store.key"
    Seal.from_file(path)
    path.chmod(mode)
    with pytest.raises(ConfigurationError, match=r"store\.key.* others"):
        Seal.from_file(path)


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33])
def test_file_that_is_no_key_is_refused_and_left_alone(tmp_path: Path, content: bytes):
    path = tmp_path / "store.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ConfigurationError, match="no key"):
        Seal.from_file(path)
    assert path.read_bytes() == content


def test_link_folder_or_pipe_is_no_key(tmp_path: Path):
    Seal.from_file(tmp_path / "real")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("link", "folder", "pipe"):
        with pytest.raises(ConfigurationError, match=name):
            Seal.from_file(tmp_path / name)


@pytest.mark.parametrize("text", ["/proc/nowhere/cache", "file/cache"])
def test_folder_that_cannot_be_made_has_no_seal_which_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
):
    (tmp_path / "file").touch()
    folder = tmp_path / text
    assert open_seal(f"disk://{folder}", None) is None
    (record,) = caplog.records
    assert record.message == "cache_not_sealed"
    assert vars(record)["path"] == str(folder / "key")
    assert "cache.url" in vars(record)["hint"]


def test_folder_that_cannot_be_made_does_not_keep_portcall_from_starting(tmp_path: Path):
    (tmp_path / "file").touch()
    Portcall(settings(environ={"PORTCALL_CACHE__URL": f"disk://{tmp_path}/file/cache"}))


@pytest.mark.parametrize("url", ["disk://", "redis://cache.example/0"])
def test_nothing_is_loaded_for_a_store_before_it_is_used(tmp_path: Path, url: str):
    """The two packages take longer to load than all else at the start."""
    program = (
        "import os, sys; from portcall import Portcall; from portcall.settings import load_settings;"
        "Portcall(load_settings(os.devnull, os.environ));"
        "sys.exit(' '.join({'redis', 'cryptography'} & set(sys.modules)) or 0)"
    )
    place = f"{url}{tmp_path}" if url == "disk://" else url
    environ = {**os.environ, "PORTCALL_CACHE__URL": place, "PORTCALL_STORE_KEY": KEY}
    ended = subprocess.run(
        [sys.executable, "-c", program], env=environ, capture_output=True, check=False, text=True, timeout=60
    )
    assert (ended.returncode, ended.stderr) == (0, "")
