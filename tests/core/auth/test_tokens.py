"""Mode ``token``: the file at the start, and while the server runs."""

from __future__ import annotations

import hashlib
import logging
import os
from typing import TYPE_CHECKING

import pytest

from portcall.auth.tokens import TokenTable, TokenVerifierByTable
from portcall.auth.tokens_file import Stamp, TokensFile
from portcall.errors import ConfigurationError
from portcall.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.core.auth.conftest import Clock

pytestmark = pytest.mark.anyio

ADAS, CIS = "pc_canary-of-ada", "pc_canary-of-ci"


def row(name: str, token: str, scopes: str = "read") -> str:
    return f"{name} {scopes} sha256:{hashlib.sha256(token.encode()).hexdigest()}\n"


def refusal(path: Path | str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as refused:
        TokenVerifierByTable.reading(path)
    return refused.value


async def names(verifier: TokenVerifierByTable, *tokens: str) -> list[str | None]:
    """Return who each token lets in."""
    found = [await verifier.verify_token(token) for token in tokens]
    return [each.caller.name if each else None for each in found]


class TestVerification:
    async def test_a_token_is_its_callers_and_never_expires(self, write: Callable[..., Path]) -> None:
        verifier = TokenVerifierByTable.reading(write(row("ada", ADAS, "read,write")))
        token = await verifier.verify_token(ADAS)
        assert token is not None
        assert (token.scopes, token.subject, token.client_id) == (["read", "write"], "token:ada", "token:ada")
        assert token.expires_at is None
        assert token.caller.may("write")

    async def test_the_wrong_token_is_nobodys(self, write: Callable[..., Path]) -> None:
        verifier = TokenVerifierByTable.reading(write(row("ada", ADAS)))
        assert await names(verifier, CIS, "", ADAS[:-1], "\ud800", "é" * 5000) == [None] * 5


class TestAtTheStart:
    def test_what_is_wrong_with_a_line_is_told_with_file_and_number(self, write: Callable[..., Path]) -> None:
        path = write(row("ada", ADAS) + f"ci read {CIS}\n")
        error = refusal(path)
        assert error.message == (
            f"auth.tokens_file {path}, line 2: the hash is not written sha256:<64 hexadecimal digits>"
        )
        assert error.hint == "Make one with: portcall token NAME"

    @pytest.mark.parametrize("text", ["", "\n\n", "# nobody yet\n"])
    def test_a_table_without_tokens_is_a_mistake(self, write: Callable[..., Path], text: str) -> None:
        assert refusal(write(text)).message.endswith("/tokens lists no token")
        with pytest.raises(ConfigurationError, match="lists no token"):
            TokenTable.read(write(text))

    def test_a_file_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        assert refusal(tmp_path / "none").message == (
            f"auth.tokens_file {tmp_path}/none cannot be read: No such file or directory"
        )

    def test_a_folder_or_a_pipe_is_no_file_and_nobody_waits_for_it(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        assert "cannot be read: it is no file" in refusal(tmp_path / "pipe").message
        assert "cannot be read: " in refusal(tmp_path).message

    @pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"ci read \xe9"])
    def test_what_is_no_text_is_told(self, write: Callable[..., Path], content: bytes) -> None:
        assert "it is no UTF-8 text" in refusal(write(content)).message

    def test_a_file_over_4_mib_is_refused(self, write: Callable[..., Path]) -> None:
        assert "it is over 4 MiB" in refusal(write(b"#" * ((4 << 20) + 1))).message

    @pytest.mark.parametrize("name", ["canary-pasted-token", "bad\0name", "canary\nx"])
    def test_a_token_that_was_pasted_in_place_of_the_path_is_not_repeated(self, name: str) -> None:
        error = refusal(name)
        assert error.message.startswith("the file that auth.tokens_file names cannot be read: ")
        assert "canary" not in f"{error} {error.hint}"

    def test_a_mark_of_byte_order_does_no_harm(self, write: Callable[..., Path]) -> None:
        assert TokenTable.read(write(b"\xef\xbb\xbf" + row("ada", ADAS).encode())).find(ADAS)

    def test_the_home_folder_is_found(self, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(write(row("ada", ADAS)).parent))
        assert TokenTable.read("~/tokens").find(ADAS)

    def test_a_file_that_all_may_read_is_used_with_a_warning(
        self, write: Callable[..., Path], caplog: pytest.LogCaptureFixture
    ) -> None:
        """Kubernetes mounts secrets so."""
        TokenVerifierByTable.reading(write(row("ada", ADAS), 0o640))
        assert caplog.messages == []
        TokenVerifierByTable.reading(write(row("ada", ADAS), 0o644))
        assert caplog.messages == ["tokens_file_readable_by_all"]

    def test_a_file_that_all_may_change_is_refused(self, write: Callable[..., Path]) -> None:
        assert "can be changed by anybody" in refusal(write(row("ada", ADAS), 0o602)).message


class TestWhileItRuns:
    """The file is looked at once a second at most; the test's clock says when."""

    async def test_a_token_that_is_added_is_good_a_second_later_and_one_taken_away_is_not(
        self, write: Callable[..., Path], clock: Clock
    ) -> None:
        verifier = TokenVerifierByTable.reading(write(row("ada", ADAS)), clock=clock)
        assert await names(verifier, ADAS, CIS) == ["ada", None]
        write(row("ci", CIS))
        clock.move(0.9)
        assert await names(verifier, ADAS, CIS) == ["ada", None]
        clock.move(0.1)
        assert await names(verifier, ADAS, CIS) == [None, "ci"]

    async def test_a_change_that_leaves_size_and_times_as_they_were_is_seen_within_the_next_looks(
        self, write: Callable[..., Path], clock: Clock
    ) -> None:
        """Two changes in one tick of the file system's clock look alike: what is new is read again."""
        path = write(row("aaa", ADAS))
        verifier = TokenVerifierByTable.reading(path, clock=clock)
        await names(verifier, ADAS)
        before = path.stat()
        write(row("bbb", ADAS))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert path.stat().st_size == before.st_size
        clock.move(1)
        assert await names(verifier, ADAS) == ["bbb"]

    def test_a_file_is_known_to_be_unchanged_once_its_times_can_tell(self, write: Callable[..., Path]) -> None:
        """Only then it need not be read again."""
        path = write(row("ada", ADAS))
        file, stamp = TokensFile(path), Stamp.of(path.stat())
        written = stamp.changed / 1e9
        assert [stamp.is_settled(written + seconds) for seconds in (0, 1.9, 2.1, 1e6)] == [
            False,
            False,
            True,
            True,
        ]
        assert file.read().stamp is None
        assert file.is_as_at(stamp)
        assert not file.is_as_at(None)
        write(row("ada", ADAS) + row("ci", CIS))
        assert not file.is_as_at(stamp)
        path.unlink()
        assert not file.is_as_at(stamp)

    @pytest.mark.parametrize(
        "broken",
        [b"\xff", row("ada", CIS) + row("ada", ADAS), f"a word too many here\n{row('ada', ADAS)}"],
        ids=str,
    )
    async def test_a_file_that_is_broken_leaves_the_tokens_of_before_good_and_is_told_once(
        self, write: Callable[..., Path], clock: Clock, broken: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        verifier = TokenVerifierByTable.reading(write(row("ada", ADAS)), clock=clock)
        write(broken)
        for _ in range(3):
            clock.move(1)
            assert await names(verifier, ADAS, CIS) == ["ada", None]
        assert caplog.messages == ["tokens_file_not_used"]
        assert "canary" not in str(vars(caplog.records[0]))
        write(row("ci", CIS))
        clock.move(1)
        assert await names(verifier, ADAS, CIS) == [None, "ci"]

    @pytest.mark.parametrize("broken", [f"ada read {ADAS}\n", "ada read", f"a typo\n{row('ci', CIS)}"], ids=str)
    async def test_a_line_that_was_taken_away_counts_no_more_whatever_else_is_wrong_with_the_file(
        self, write: Callable[..., Path], clock: Clock, broken: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        verifier = TokenVerifierByTable.reading(write(row("ada", ADAS) + row("ci", CIS)), clock=clock)
        write(broken)
        clock.move(1)
        assert await names(verifier, ADAS) == [None]
        assert caplog.messages == ["tokens_file_not_used"]

    async def test_a_file_that_is_gone_for_a_moment_locks_nobody_out(
        self, write: Callable[..., Path], clock: Clock, caplog: pytest.LogCaptureFixture
    ) -> None:
        path = write(row("ada", ADAS))
        verifier = TokenVerifierByTable.reading(path, clock=clock)
        path.unlink()
        clock.move(1)
        assert await names(verifier, ADAS) == ["ada"]
        assert caplog.messages == ["tokens_file_not_used"]

    async def test_whoever_takes_the_last_token_away_means_it(
        self, write: Callable[..., Path], clock: Clock, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A token that leaked is not good for longer because it was the only one."""
        verifier = TokenVerifierByTable.reading(write(row("ada", ADAS)), clock=clock)
        write("# ada's leaked\n")
        clock.move(1)
        assert await names(verifier, ADAS) == [None]
        assert caplog.messages == ["tokens_file_empty"]

    async def test_a_link_that_is_turned_to_another_file_is_followed(self, tmp_path: Path, clock: Clock) -> None:
        """So Kubernetes changes a secret."""
        (tmp_path / "old").write_text(row("ada", ADAS))
        (tmp_path / "new").write_text(row("ci", CIS))
        (tmp_path / "tokens").symlink_to("old")
        verifier = TokenVerifierByTable.reading(tmp_path / "tokens", clock=clock)
        (tmp_path / "next").symlink_to("new")
        (tmp_path / "next").replace(tmp_path / "tokens")
        clock.move(1)
        assert await names(verifier, ADAS, CIS) == [None, "ci"]

    async def test_what_was_read_is_told_without_names_and_hashes(
        self, write: Callable[..., Path], clock: Clock, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        verifier = TokenVerifierByTable.reading(write(row("ada", ADAS)), clock=clock)
        write(row("ada", ADAS) + row("ci", CIS))
        clock.move(1)
        await names(verifier, ADAS)
        (record,) = caplog.records
        assert (record.message, vars(record)["tokens"]) == ("tokens_file_read", 2)


class TestConfiguration:
    def verifier(self, toml: str, tmp_path: Path, **environ: str) -> TokenVerifierByTable:
        file = tmp_path / "config.toml"
        file.write_text(f'[auth]\nmode = "token"\n{toml}')
        return TokenVerifierByTable.of(load_settings(str(file), environ))

    async def test_the_file_that_is_named_counts(self, write: Callable[..., Path], tmp_path: Path) -> None:
        verifier = self.verifier(f'tokens_file = "{write(row("ada", ADAS))}"', tmp_path)
        assert await names(verifier, ADAS) == ["ada"]

    async def test_or_the_one_token_in_the_environment(self, tmp_path: Path) -> None:
        verifier = self.verifier("", tmp_path, PORTCALL_AUTH_TOKEN="canary-token-0001")
        assert await names(verifier, "canary-token-0001", ADAS) == ["default", None]

    def test_not_both_for_one_of_them_would_be_forgotten(self, write: Callable[..., Path], tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="exclude each other") as refused:
            self.verifier(
                f'tokens_file = "{write(row("ada", ADAS))}"', tmp_path, PORTCALL_AUTH_TOKEN="canary-token-0001"
            )
        assert "canary" not in f"{refused.value} {refused.value.hint}"

    def test_without_any_token_there_is_nothing_to_start_with(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="there is no token") as refused:
            self.verifier("", tmp_path)
        assert "portcall token NAME" in refused.value.hint
