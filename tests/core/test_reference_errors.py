"""What a refused reference says: the fault, its place in the text as given, and the next step."""

from __future__ import annotations

import pytest
from tests.core.reference_cases import HEX, SHA256

from portcall.errors import InvalidReferenceError
from portcall.reference import parse_reference


def refused(text: str) -> InvalidReferenceError:
    with pytest.raises(InvalidReferenceError) as caught:
        parse_reference(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "position", "fault"),
    [
        ("", 0, "the reference is empty"),
        ("docker://", 9, "the reference is empty"),
        (":tag", 0, "the repository name is missing"),
        ("ghcr.io/", 8, "the repository name is missing"),
        ("a//b", 2, "an empty part in the repository name"),
        ("/a", 0, "an empty part in the repository name"),
        ("grafana/Grafana", 8, "unexpected 'G' in the repository name"),
        ("docker pull nginx", 6, "unexpected U+0020 in the repository name"),
        ("ngınx", 2, "unexpected U+0131 in the repository name"),
        ("nginx'", 5, """unexpected "'" in the repository name"""),
        ("a/b..c", 3, "unexpected '.' in the repository name"),
        ("a/b-", 3, "unexpected '-' in the repository name"),
        ("nginx:", 6, "the tag is missing"),
        ("nginx:1:2", 7, "unexpected ':' in the tag"),
        ("nginx:.1", 6, "unexpected '.' in the first place of the tag"),
        ("nginx:${TAG}", 6, "unexpected '$' in the tag"),
        ("nginx:" + "a" * 129, 134, "the tag is longer than 128 characters"),
        ("nginx@latest", 6, "a digest without its algorithm"),
        ("nginx@SHA256:" + "f" * 64, 6, "a digest of an algorithm that is not registered"),
        ("nginx@md5:" + "f" * 32, 6, "a digest of an algorithm that is not registered"),
        ("nginx@sha256:" + "F" * 64, 13, "unexpected 'F' in the digest"),
        ("nginx@sha256:..%2f", 13, "unexpected '.' in the digest"),
        ("nginx@sha256:../../v2/x", 5, "unexpected '@' in the name"),
        ("nginx@sha256:" + "f" * 63, 76, "the digest has 63 digits, not 64"),
        ("nginx@sha256:" + "f" * 65, 77, "the digest has 65 digits, not 64"),
        ("nginx@sha512:" + "f" * 64, 77, "the digest has 64 digits, not 128"),
        (HEX, 0, "a digest or image ID alone names no repository"),
        (SHA256, 0, "a digest or image ID alone names no repository"),
        ("foo_bar.com/app", 3, "unexpected '_' in the host"),
        ("a..b/app", 2, "an empty part in the host"),
        ("-a.b/app", 0, "a part of the host begins with '-'"),
        ("a.b-/app", 3, "a part of the host ends with '-'"),
        ("x." + "a" * 64 + "/app", 65, "a part of the host is longer than 63 characters"),
        ("a." * 127 + "a/app", 253, "the host is longer than 253 characters"),
        ("localhost:/app", 10, "the port is missing"),
        ("localhost:http/app", 10, "unexpected 'h' in the port"),
        ("localhost:0/app", 10, "the port is out of range"),
        ("localhost:65536/app", 10, "the port is out of range"),
        ("localhost:٣/app", 10, "unexpected U+0663 in the port"),
        ("[::1/app", 0, "an IPv6 address whose bracket is not closed"),
        ("[::1%eth0]/app", 4, "unexpected '%' in the IPv6 address"),
        ("[1::2::3]/app", 1, "not an IPv6 address"),
        ("[::1]5000/app", 5, "unexpected '5' in the host, after the IPv6 address"),
        ("ftp://ghcr.io/acme/app", 0, "an address with an unknown scheme"),
    ],
)
def test_fault_is_named_with_its_place(text: str, position: int, fault: str):
    error = refused(text)
    assert error.message == f"{fault}, at position {position}"
    assert error.position == position


def test_repository_that_is_too_long_is_refused_where_it_begins():
    error = refused("ghcr.io/" + "a/" * 127 + "aa")
    assert error.message == "the repository name is longer than 255 characters, at position 8"


def test_position_counts_the_white_space_in_front():
    assert refused("  \n grafana/Grafana ").position == 12


def test_position_counts_the_scheme():
    assert refused("docker://ghcr.io/acme/App").position == 22


def test_longer_text_than_any_reference_is_refused_before_it_is_looked_at():
    """White space counts too: the ceiling is on what is read, not on what is left of it."""
    assert refused(" " * 4096 + "a").position == 4096
    assert refused("Ä" * 4097).message.startswith("the text is longer than 4096 characters")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("grafana/Grafana", "Repository names are lower case."),
        ("nginx:<tag>", "Put a value in the place of the placeholder."),
        ("docker pull nginx", "Give one reference, without a command or blanks."),
        ("fc00::1:5000/app", "An IPv6 address stands in brackets"),
        (HEX, "Write it as name@sha256:…"),
        ("https://registry.corp.example/team/api:1", "Write it as host/name:tag, without https://."),
        ("nginx@latest", "A digest is sha256: and 64"),
        ("user:secret@ghcr.io/acme/app", "user names and passwords do not belong in a reference."),
    ],
)
def test_hint_is_the_next_step(text: str, hint: str):
    assert hint in refused(text).hint


@pytest.mark.parametrize(
    "text",
    [
        "user:hunter2@ghcr.io/acme/app",
        "hunter2@ghcr.io/acme/app",
        "docker://user:hunter2@ghcr.io/acme/app",
        "https://user:hunter2@ghcr.io/acme/app",
        "https://hunter2@unknown.example/acme/app",
        "user:hunter2@localhost:5000/app",
        "user:hunter2@ghcr.io",
        "user:hunt/er2@ghcr.io/acme/app",
    ],
)
def test_user_name_or_password_is_refused_and_never_repeated(text: str):
    error = refused(text)
    assert "hunt" not in f"{error} {error.hint} {error!r}"


@pytest.mark.parametrize("character", ["\x1b", "\x00", "\x85", "\u202e", "\ufeff", "\ud800", "\U0001f433"])
def test_character_that_could_deceive_is_named_by_its_number(character: str):
    error = refused(f"nginx{character}x")
    assert error.message == f"unexpected U+{ord(character):04X} in the repository name, at position 5"
