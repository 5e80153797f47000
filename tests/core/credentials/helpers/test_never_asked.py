"""Credential helpers: who is never asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.core.credentials.home import Home, answer

if TYPE_CHECKING:
    pass

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "named",
    [
        "x.dkr.ecr.us-east-1.amazonaws.com.evil.test",
        "evil.test",
        "ghcr.io.evil.test",
        "evilghcr.io",
        "ghcr.io:8443",
        "docker.io",
    ],
)
async def test_no_helper_is_run_for_a_host_that_is_no_member(home: Home, named: str):
    """CVE-2024-35192: a look-alike of a cloud's registry was given the cloud's credentials."""
    home.helper("ecr-login", answer("AWS"), listed={"ghcr.io": "ada"})
    home.docker(
        credHelpers={"x.dkr.ecr.us-east-1.amazonaws.com": "ecr-login"},
        auths={"ghcr.io": {}},
        credsStore="ecr-login",
    )
    keyring = home.keyring()
    await keyring.keyring.load()
    assert keyring.login(named) is None
    assert home.asked == ["list "]


@pytest.mark.parametrize(
    "name",
    ["../../evil", "pass; touch /tmp/x", "-rf", ".hidden", "pa ss", "pass\n", "$(id)", "a/b", "päss", "x" * 200],
)
async def test_a_helper_whose_name_is_no_plain_name_is_never_run(home: Home, name: str):
    """CVE-2021-41092, and what else a name could be made to mean."""
    home.docker(credHelpers={"gcr.io": name}, credsStore=name)
    keyring = home.keyring()
    await keyring.keyring.load()
    ((_, problem),) = keyring.problems
    assert problem.startswith("the credential helper with a malformed name is never run")
    assert "malformed name" in (await keyring.refusal("gcr.io")).message


async def test_a_helper_in_a_folder_relative_to_ours_is_not_found(home: Home, monkeypatch: pytest.MonkeyPatch):
    home.helper("pass", answer("ada"))
    home.docker(credHelpers={"gcr.io": "pass"})
    monkeypatch.chdir(home.bin)
    keyring = home.keyring(PATH=".::bin:/nowhere")
    assert (await keyring.refusal("gcr.io")).message.endswith("is not on PATH")
    assert home.asked == []
