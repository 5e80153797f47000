"""What somebody can do who is told that a login is wanting: not everybody sits at this machine."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.core.http.asking import PASSWORD, REPOSITORY, USER, asking, entry, refused, serving, with_password

from portcall.http.unauthorized import needed_credentials, unanswered
from portcall.http.upstream import Upstream
from portcall.testing import BasicAuth

pytestmark = pytest.mark.anyio


async def test_at_the_shell_a_login_is_a_command_away():
    with serving(auth=BasicAuth({USER: PASSWORD})) as registry:
        async with asking(entry(registry.address)) as gateway:
            with refused("unauthorized", f"Run docker login {registry.address.netloc}"):
                await gateway.get_image_details(f"{registry.address.netloc}/{REPOSITORY}:1")


async def test_over_http_the_operator_alone_can_log_in():
    with serving(auth=BasicAuth({USER: PASSWORD})) as registry:
        async with asking(entry(registry.address), local=False) as gateway:
            with refused("unauthorized", "Only the operator can log in", "shared = true") as caught:
                await gateway.get_image_details(f"{registry.address.netloc}/{REPOSITORY}:1")
    assert "docker login" not in caught.error.hint


async def test_a_login_that_is_there_and_not_shared_is_the_operators_to_share():
    with serving(auth=BasicAuth({USER: PASSWORD})) as registry:
        async with asking(with_password(registry.address), local=False) as gateway:
            with refused("unauthorized", "Only the operator can change that: shared = true") as caught:
                await gateway.get_image_details(f"{registry.address.netloc}/{REPOSITORY}:1")
    assert "docker login" not in caught.error.hint


def test_whose_own_login_is_refused_signs_in_again():
    own = replace(Upstream("docker.io", "https://registry-1.docker.io"), login_by="caller")
    for error in (needed_credentials(own), unanswered(own, "it is over")):
        assert error.hint.endswith("Sign in to portcall again, with a login that docker.io takes.")
