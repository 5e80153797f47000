"""New tokens, and the file that they are added to."""

from __future__ import annotations

import os
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from portcall.auth.minting import append, mint
from portcall.auth.token_line import TokenLine
from portcall.auth.token_table import TokenTable
from portcall.errors import ConfigurationError, InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def line(name: str) -> TokenLine:
    return mint(name, ["read"]).line


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_token_is_256_random_bits_that_people_know_by_their_beginning() -> None:
    tokens = {mint("ci", ["read"]).token for _ in range(100)}
    assert len(tokens) == 100
    assert all(re.fullmatch(r"pc_[A-Za-z0-9_-]{43}", token) for token in tokens)


def test_its_line_lets_it_in_and_does_not_hold_it() -> None:
    minted = mint("ci", ["write", "read"])
    table = TokenTable.parse(str(minted.line), "")
    caller = table.find(minted.token)
    assert caller is not None
    assert (caller.name, caller.scopes) == ("ci", {"read", "write"})
    assert minted.token not in f"{minted.line} {minted!r}"


@pytest.mark.parametrize("name", ["", "c i", "-ci", "#ci", "c\nada read sha256:00", "pc_abc", "x" * 65, "josé"])
def test_a_name_that_could_not_stand_in_the_file_is_refused(name: str) -> None:
    with pytest.raises(InvalidArgumentError):
        mint(name, ["read"])


class TestAppending:
    def test_a_file_is_made_for_its_owner_alone(self, tmp_path: Path) -> None:
        before = os.umask(0)
        try:
            append(line("ci"), tmp_path / "tokens")
        finally:
            os.umask(before)
        assert mode(tmp_path / "tokens") == 0o600
        assert [each.name for each in TokenTable.read(tmp_path / "tokens").lines] == ["ci"]

    @pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
    def test_what_was_there_stays_to_the_letter(self, write: Callable[..., Path], ending: str) -> None:
        there = f"# ours\n{line('ada')}  # until May{ending}"
        path = write(there, 0o640)
        append(added := line("ci"), path)
        separator = "" if ending else "\n"
        assert path.read_bytes().decode() == f"{there}{separator}{added}\n"
        assert mode(path) == 0o640
        assert list(path.parent.iterdir()) == [path]

    def test_a_taken_name_is_refused_and_nothing_changed(self, write: Callable[..., Path]) -> None:
        path = write(f"{line('ci')}\n")
        before = path.read_bytes()
        with pytest.raises(InvalidArgumentError, match="has a token of that name"):
            append(line("ci"), path)
        assert path.read_bytes() == before

    def test_a_file_that_the_server_could_not_use_is_not_touched(self, write: Callable[..., Path]) -> None:
        path = write("ci read canary\n")
        with pytest.raises(ConfigurationError) as refused:
            append(line("ada"), path)
        assert refused.value.message == f"{path}, line 1: the hash is not written sha256:<64 hexadecimal digits>"
        assert path.read_text() == "ci read canary\n"

    def test_a_file_that_would_be_too_long_then_is_not_touched(self, write: Callable[..., Path]) -> None:
        path = write("#\n" * 10_000)
        with pytest.raises(ConfigurationError, match="more than 10000 lines"):
            append(line("ada"), path)
        assert path.stat().st_size == 20_000

    def test_a_link_stays_one(self, write: Callable[..., Path], tmp_path: Path) -> None:
        path = write("")
        (tmp_path / "link").symlink_to("tokens")
        append(line("ci"), tmp_path / "link")
        assert (tmp_path / "link").is_symlink()
        assert TokenTable.read(path).lines

    def test_a_folder_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="cannot be written: No such file or directory"):
            append(line("ci"), tmp_path / "none" / "tokens")

    def test_those_who_add_at_the_same_time_all_find_their_line(self, tmp_path: Path) -> None:
        names = [f"n{number}" for number in range(40)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda name: append(line(name), tmp_path / "tokens"), names))
        assert sorted(each.name for each in TokenTable.read(tmp_path / "tokens").lines) == sorted(names)

    def test_a_reader_never_finds_half_a_file(self, tmp_path: Path) -> None:
        path = tmp_path / "tokens"
        append(line("first"), path)
        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(lambda: [append(line(f"n{number}"), path) for number in range(40)])
            counts = [len(TokenTable.read(path).lines)]
            while not writing.done():
                counts.append(len(TokenTable.read(path).lines))
            writing.result()
        assert counts == sorted(counts)
