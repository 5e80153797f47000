"""The tokens file's grammar: what a line says, and that nothing else is taken for one."""

from __future__ import annotations

import hashlib
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portcall.auth.token_line import TokenLine
from portcall.auth.token_table import MAX_LINES, TokenTable
from portcall.errors import ConfigurationError

HASH = f"sha256:{hashlib.sha256(b'canary-token-0001').hexdigest()}"
OTHER = f"sha256:{hashlib.sha256(b'canary-token-0002').hexdigest()}"


def table(text: str) -> TokenTable:
    return TokenTable.parse(text, "tokens")


def refusal(text: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as refused:
        table(text)
    return refused.value


def test_a_line_says_who_with_what_and_by_which_hash() -> None:
    caller = table(f"ci read {HASH}\nada read,write {OTHER}\n").find("canary-token-0002")
    assert caller is not None
    assert (caller.name, caller.identity, caller.scopes) == ("ada", "token:ada", {"read", "write"})
    assert dict(caller.logins) == {}


def test_only_the_very_token_is_let_in() -> None:
    known = table(f"ci read {HASH}")
    assert known.find("canary-token-0001")
    for other in ("canary-token-000", "canary-token-00011", "CANARY-TOKEN-0001", " canary-token-0001", "", HASH):
        assert known.find(other) is None


def test_comments_empty_lines_blanks_and_other_systems_line_ends_are_passed_over() -> None:
    text = f"# who may come in\r\n\r\n \t\r\n  ci\tread   {HASH}  # the build, until May\r\n#ada write {OTHER}"
    assert [line.name for line in table(text).lines] == ["ci"]


def test_a_hash_in_capital_letters_is_the_same() -> None:
    capital = f"sha256:{HASH.removeprefix('sha256:').upper()}"
    assert table(f"ci read {capital}").find("canary-token-0001")


def test_scopes_may_stand_in_any_order() -> None:
    assert [str(line) for line in table(f"ci write,read {HASH}").lines] == [f"ci read,write {HASH}"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f"ci {HASH}", 'there are three words, "name scopes hash", not 2'),
        (f"ci read write {HASH}", "not 4"),
        (f"ci admin {HASH}", "there is an unknown scope; those that there are: read, write"),
        (f"ci read,admin {HASH}", "there is an unknown scope"),
        (f"ci READ {HASH}", "there is an unknown scope"),
        (f"ci read, {HASH}", "there is an unknown scope"),
        (f"ci , {HASH}", "there is an unknown scope"),
        ("ci read canary-token-0001", "the hash is not written sha256:<64 hexadecimal digits>"),
        (f"ci read {HASH[7:]}", "the hash is not written"),
        (f"ci read {HASH}0", "the hash is not written"),
        (f"ci read {HASH[:-1]}", "the hash is not written"),
        (f"ci read {HASH[:-1]}g", "the hash is not written"),
        (f"ci read {HASH.replace('sha256', 'SHA256')}", "the hash is not written"),
        (f"ci read {HASH.replace('sha256', 'sha512')}", "the hash is not written"),
        (f"ci read md5:{'0' * 32}", "the hash is not written"),
        ("ci read $2b$12$canary", "the hash is not written"),
        (f"-ci read {HASH}", "a name has 1-64 letters"),
        (f"canary{'x' * 60} read {HASH}", "a name has 1-64 letters"),
        (f"josé read {HASH}", "a name has 1-64 letters"),
        (f"ci\x1b[31m read {HASH}", "a name has 1-64 letters"),
        (f"ci\x00 read {HASH}", "a name has 1-64 letters"),
        (f"pc_canary read {HASH}", "a name does not begin with pc_: it would be taken for a token"),
        (f"sha256:{hashlib.sha256().hexdigest()}", "not 1"),
        (f"ci read sha256:{hashlib.sha256().hexdigest()}", "the hash is that of an empty token"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_by_its_number_and_not_repeated(line: str, reason: str) -> None:
    error = refusal(f"# first\n{line}\n")
    assert error.message.startswith("tokens, line 2: ")
    assert reason in error.message
    told = f"{error.message} {error.hint} {error!r}"
    assert "canary" not in told
    assert HASH[10:40] not in told


def test_a_name_or_a_hash_that_is_there_twice_is_told_with_both_lines() -> None:
    assert refusal(f"ci read {HASH}\n\nci write {OTHER}").message == "tokens, line 3: the name is that of line 1"
    assert refusal(f"ci read {HASH}\nada read {HASH}").message == "tokens, line 2: the hash is that of line 1"
    both = f"ci read {HASH}\nada read {HASH.upper().replace('SHA', 'sha')}"
    assert refusal(both).message == "tokens, line 2: the hash is that of line 1"


def test_ten_thousand_lines_are_the_most() -> None:
    full = "\n".join(f"n{number} read sha256:{number:064x}" for number in range(MAX_LINES))
    assert len(table(full).lines) == MAX_LINES
    assert len(table(f"{full}\n").lines) == MAX_LINES
    assert refusal(f"{full}\n# one more").message == f"tokens has more than {MAX_LINES} lines"


def test_a_token_over_4_kib_is_not_even_hashed() -> None:
    long = "x" * 4097
    digests = (f"sha256:{hashlib.sha256(text.encode()).hexdigest()}" for text in (long, long[1:]))
    known = table("\n".join(f"n{number} read {digest}" for number, digest in enumerate(digests)))
    assert known.find(long) is None
    assert known.find(long[1:])


def test_the_table_shows_no_hash_in_its_repr() -> None:
    known = table(f"ci read {HASH}")
    shown = f"{known!r} {known.lines!r}"
    assert "TokenLine(name='ci'" in shown
    assert HASH[10:40] not in shown
    assert str(bytes.fromhex(HASH[7:])) not in shown


class TestSingleToken:
    def test_one_token_alone_is_good_for_everything(self) -> None:
        caller = TokenTable.of_single("canary-token-0001\n").find("canary-token-0001")
        assert caller is not None
        assert (caller.name, caller.scopes) == ("default", {"read", "write"})

    @pytest.mark.parametrize(
        "token",
        ["", "canary-token-01", " canary-token-01 ", "canary" * 700, "canary token 0001", "canary-tokén-0001"],
    )
    def test_one_that_is_too_weak_or_cannot_be_sent_is_refused_unseen(self, token: str) -> None:
        with pytest.raises(ConfigurationError, match="PORTCALL_AUTH_TOKEN") as refused:
            TokenTable.of_single(token)
        assert "canary" not in f"{refused.value} {refused.value.hint}"


unhurried = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
NAMES = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}\Z").filter(lambda name: not name.startswith("pc_"))
SCOPES = st.sampled_from([["read"], ["write"], ["read", "write"]])
LINES = st.lists(st.builds(TokenLine.of, NAMES, SCOPES, st.text(min_size=1)), unique_by=lambda line: line.name)
WORDS = st.one_of(
    st.text(max_size=12), NAMES, st.sampled_from(["read", "read,write", HASH, OTHER, "#", "\n", "\x85"])
)


@given(st.one_of(st.text(), st.lists(WORDS).map(" ".join)))
@unhurried
def test_any_text_is_a_table_or_refused(text: str) -> None:
    with suppress(ConfigurationError):
        for line in table(text).lines:
            assert TokenLine.parse(str(line)) == line


@given(LINES)
@unhurried
def test_what_is_written_is_read_again(lines: list[TokenLine]) -> None:
    unique = list({line.digest: line for line in lines}.values())
    assert table("\n".join(map(str, unique))).lines == tuple(unique)


@given(st.text())
@unhurried
def test_any_presented_text_is_found_or_not(token: str) -> None:
    known = TokenTable([TokenLine.of("ci", ["read"], "canary-token-0001")])
    assert (known.find(token) is not None) == (token == "canary-token-0001")
