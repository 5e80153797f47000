"""The files themselves: where they are, and what may be wrong with them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.core.credentials.home import Home, auth

from portcall.credentials.file import MAX_FILE

if TYPE_CHECKING:
    from pathlib import Path

DOCKER = "~/.docker/config.json"


def test_dockers_folder_can_be_elsewhere(home: Home, tmp_path: Path):
    home.docker(auths={"ghcr.io": auth("usual")})
    file = home.write("other/config.json", {"auths": {"ghcr.io": auth("other")}})
    assert home.keyring(DOCKER_CONFIG=str(file.parent)).found("ghcr.io") == ("other", "~/other/config.json")
    elsewhere = tmp_path / "config.json"
    file.rename(elsewhere)
    assert home.keyring(DOCKER_CONFIG=str(tmp_path)).found("ghcr.io") == ("other", str(elsewhere))


def test_podmans_file_is_the_sessions_before_the_homes(home: Home):
    home.podman(auths={"ghcr.io": auth("home"), "quay.io": auth("home")})
    home.write("run/containers/auth.json", {"auths": {"ghcr.io": auth("session")}})
    keyring = home.keyring(XDG_RUNTIME_DIR=str(home.folder / "run"))
    assert keyring.found("ghcr.io") == ("session", "~/run/containers/auth.json")
    assert keyring.found("quay.io") == ("home", "~/.config/containers/auth.json")


def test_podmans_file_follows_the_configurations_folder(home: Home):
    home.podman(auths={"ghcr.io": auth("home")})
    home.write("xdg/containers/auth.json", {"auths": {"ghcr.io": auth("xdg")}})
    assert home.keyring(XDG_CONFIG_HOME=str(home.folder / "xdg")).found("ghcr.io")[0] == "xdg"


def test_a_named_file_of_podmans_is_the_only_one(home: Home):
    home.podman(auths={"ghcr.io": auth("home")})
    named = home.write("named.json", {"auths": {"quay.io": auth("named")}})
    keyring = home.keyring(REGISTRY_AUTH_FILE=str(named))
    assert keyring.found("quay.io") == ("named", "~/named.json")
    assert keyring.login("ghcr.io") is None


def test_files_that_are_not_there_are_no_problem_unless_they_were_named(home: Home):
    assert home.keyring().keyring.notes == ()
    keyring = home.keyring(REGISTRY_AUTH_FILE=str(home.folder / "none.json"))
    assert keyring.problems == [("~/none.json", "there is no such file")]


def test_without_a_home_there_are_no_files(home: Home):
    home.docker(auths={"ghcr.io": auth("docker")})
    assert home.keyring(HOME="").login("ghcr.io") is None


@pytest.mark.parametrize("content", ["", " \n", "{}", "\ufeff{}"])
def test_an_empty_file_is_no_problem(home: Home, content: str):
    home.write(".docker/config.json", content)
    assert home.keyring().keyring.notes == ()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\xff{}", "it is no UTF-8 text"),
        (b'{"auths": {}}' + b" " * MAX_FILE, "it is longer than 1 MiB"),
    ],
)
def test_a_file_that_cannot_be_text_is_told_of(home: Home, content: bytes, problem: str):
    home.write(".docker/config.json", content)
    assert home.keyring().problems == [(DOCKER, problem)]


def test_a_folder_in_the_files_place_is_told_of(home: Home):
    (home.folder / DOCKER[2:]).mkdir(parents=True)
    assert home.keyring().problems == [(DOCKER, "it is no regular file")]


def test_a_pipe_in_the_files_place_is_not_waited_for(home: Home):
    (home.folder / ".docker").mkdir()
    os.mkfifo(home.folder / DOCKER[2:])
    assert home.keyring().problems == [(DOCKER, "it is no regular file")]


def test_a_path_that_cannot_be_is_told_of(home: Home):
    keyring = home.keyring(REGISTRY_AUTH_FILE="/tmp/a\0b")
    assert [problem for _, problem in keyring.problems] == ["it cannot be read: there is no such path"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told_of(home: Home):
    home.docker(auths={}).chmod(0)
    assert home.keyring().problems == [(DOCKER, "it cannot be read: Permission denied")]


def test_a_link_that_leads_in_circles_is_told_of(home: Home):
    (home.folder / ".docker").mkdir()
    (home.folder / DOCKER[2:]).symlink_to("config.json")
    ((_, problem),) = home.keyring().problems
    assert problem.startswith("it cannot be read: Too many levels of symbolic links")


def test_a_link_is_followed_as_kubernetes_mounts_secrets(home: Home):
    target = home.write("secret/..data", {"auths": {"ghcr.io": auth("mounted")}})
    (home.folder / ".docker").mkdir()
    (home.folder / DOCKER[2:]).symlink_to(target)
    assert home.keyring().found("ghcr.io")[0] == "mounted"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o622, 0o644])
def test_a_file_with_passwords_that_others_may_read_counts_with_a_hint(home: Home, mode: int):
    home.docker(auths={"ghcr.io": auth("docker")}).chmod(mode)
    keyring = home.keyring()
    assert keyring.found("ghcr.io")[0] == "docker"
    assert keyring.problems == [(DOCKER, "other users of this machine may read or write it")]


def test_a_file_without_passwords_may_be_read_by_everybody(home: Home):
    home.helper("pass")
    home.docker(auths={"ghcr.io": {}}, credsStore="pass").chmod(0o644)
    assert home.keyring().problems == []


def test_what_is_wrong_is_logged_too(home: Home, caplog: pytest.LogCaptureFixture):
    home.write(".docker/config.json", "{")
    home.keyring()
    (record,) = caplog.records
    assert (record.levelname, record.getMessage()) == ("WARNING", "credentials_unusable")
    assert (record.__dict__["source"], record.__dict__["problem"]) == (DOCKER, "it is no JSON")
