"""Credential helpers: what becomes of one that fails."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.core.credentials.helpers.processes import HUB, PASS, descriptors, is_running, until
from tests.core.credentials.home import CANARY, Home, answer, auth

from portcall.credentials.helper import MAX_OUTPUT
from portcall.deadline import deadline
from portcall.errors import DeadlineExceededError, UnauthorizedError

if TYPE_CHECKING:
    pass

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("get", "reason"),
    [
        ("exit 2", "it exited with status 2"),
        (f"echo {CANARY}; exit 1", "it exited with status 1"),
        (f"echo {CANARY} >&2; exit 1", "it exited with status 1"),
        ("kill -9 $$", "it was ended by signal 9"),
        ("echo", "its answer is no JSON object"),
        ("true", "its answer is no JSON object"),
        (f"echo {CANARY}", "its answer is no JSON object"),
        (f"echo '[\"{CANARY}\"]'", "its answer is no JSON object"),
        (r"printf '\377'", "its answer is no JSON object"),
        (f"""echo '{{"Username": 7, "Secret": "{CANARY}"}}'""", "its answer is not what the protocol wants"),
        (answer(r"a\nb"), "its answer cannot be used: its user name holds a control character"),
        (answer("ada", ""), "its answer cannot be used: it has no password"),
        (answer("", CANARY), "its answer cannot be used: it has no user name"),
        (f"while :; do echo {CANARY}; done", "it wrote more than 64 KiB"),
        ("sleep 60", "it gave no answer within 0.5 seconds"),
    ],
)
async def test_a_helper_that_fails_is_an_error_which_names_it_and_no_fallback(home: Home, get: str, reason: str):
    """CVE-2021-41092: a broken helper made Docker send the credentials to Docker Hub."""
    home.helper("pass", get)
    home.docker(credHelpers={"gcr.io": "pass"}, auths={HUB: auth("hub")})
    home.podman(auths={"gcr.io": auth("podman")})
    told = await home.keyring(helper_timeout=0.5).refusal("gcr.io")
    assert told.message == f"{PASS} gave no credentials for gcr.io: {reason}"
    assert told.registry == "gcr.io"
    assert told.hint
    assert told.__cause__ is None or isinstance(told.__cause__, UnauthorizedError)


async def test_a_helper_that_is_missing_is_told_of_before_and_when_it_is_needed(home: Home):
    home.docker(auths={"ghcr.io": {}}, credHelpers={"gcr.io": "gcloud"}, credsStore="desktop")
    keyring = home.keyring()
    await keyring.keyring.load()
    assert [problem for _, problem in keyring.problems] == [
        "docker-credential-desktop is not on PATH",
        "docker-credential-gcloud is not on PATH",
    ]
    told = await keyring.refusal("ghcr.io")
    assert told.message == "docker-credential-desktop gave no credentials for ghcr.io: it is not on PATH"


async def test_a_helper_that_is_no_program_is_an_error(home: Home):
    home.helper("pass").write_bytes(b"\x7fELF nonsense")
    home.docker(credHelpers={"gcr.io": "pass"})
    assert "it cannot be run: Exec format error" in (await home.keyring().refusal("gcr.io")).message


@pytest.mark.parametrize("variable", [{"A": "b\0c"}, {"A=B": "c"}])
async def test_an_environment_that_no_program_can_have_is_an_error(home: Home, variable: dict[str, str]):
    home.helper("pass", answer("ada"))
    home.docker(credHelpers={"gcr.io": "pass"})
    told = await home.keyring(**variable).refusal("gcr.io")
    assert "it cannot be run: a variable of the environment is malformed" in told.message


async def test_an_answer_up_to_the_ceiling_is_read(home: Home):
    secret = "s" * (MAX_OUTPUT - 100)
    (home.folder / "answer").write_text(f'{{"Username": "ada", "Secret": "{secret}"}}')
    home.helper("pass", f"cat {home.folder}/answer")
    home.docker(credHelpers={"gcr.io": "pass"})
    credentials = await home.keyring().obtain("gcr.io")
    assert credentials is not None
    assert credentials.secret == secret


HANGING = "sleep 300 & echo $! $$ > {}/pids; wait"


def pids(home: Home) -> list[int]:
    return [int(pid) for pid in (home.folder / "pids").read_text().split()]


async def test_a_helper_that_hangs_is_gone_with_its_child(home: Home):
    home.helper("pass", HANGING.format(home.folder))
    home.docker(credHelpers={"gcr.io": "pass"})
    assert "no answer within 0.5 seconds" in (await home.keyring(helper_timeout=0.5).refusal("gcr.io")).message
    child, itself = pids(home)
    await until(lambda: not is_running(child) and not is_running(itself))
    assert not Path(f"/proc/{itself}").exists()  # noqa: ASYNC240 - it was buried, too


async def test_a_caller_who_leaves_takes_the_helper_and_its_child_along(home: Home):
    home.helper("pass", HANGING.format(home.folder))
    home.docker(credHelpers={"gcr.io": "pass"})
    task = asyncio.create_task(home.keyring().obtain("gcr.io"))
    await until(lambda: (home.folder / "pids").exists() and len(pids(home)) == 2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    child, itself = pids(home)
    await until(lambda: not is_running(child) and not is_running(itself))


def test_an_event_loop_that_ends_at_once_leaves_no_helper_behind(home: Home):
    async def leave() -> None:
        task = asyncio.create_task(home.keyring().obtain("gcr.io"))
        await until(lambda: (home.folder / "pids").exists() and len(pids(home)) == 2)
        task.cancel()
        for _ in range(5):
            await asyncio.sleep(0)  # it is being buried when the loop's end cancels it once more

    home.helper("pass", HANGING.format(home.folder))
    home.docker(credHelpers={"gcr.io": "pass"})
    asyncio.run(leave())
    asyncio.run(until(lambda: not any(map(is_running, pids(home)))))


async def test_closing_the_keyring_ends_a_helper_that_runs(home: Home):
    home.helper("pass", HANGING.format(home.folder))
    home.docker(credHelpers={"gcr.io": "pass"})
    keyring = home.keyring()
    task = asyncio.create_task(keyring.obtain("gcr.io"))
    await until(lambda: (home.folder / "pids").exists() and len(pids(home)) == 2)
    await keyring.keyring.aclose()
    await asyncio.wait((task,))
    assert task.exception() is not None
    await until(lambda: not any(map(is_running, pids(home))))


async def test_a_helper_whose_child_keeps_its_output_open_is_ended_in_time(home: Home):
    home.helper("pass", f"sleep 300 & echo $! $$ > {home.folder}/pids; {answer('ada')}; exit 0")
    home.docker(credHelpers={"gcr.io": "pass"})
    await home.keyring(helper_timeout=0.5).refusal("gcr.io")
    await until(lambda: not any(map(is_running, pids(home))))


async def test_a_helper_gets_no_more_than_the_call_has_left(home: Home):
    home.helper("pass", "sleep 60")
    home.docker(credHelpers={"gcr.io": "pass"})
    began = time.monotonic()
    async with deadline(2):
        told = await home.keyring().refusal("gcr.io")
    assert "gave no answer within" in told.message
    assert time.monotonic() - began < 5


async def test_a_call_whose_time_runs_out_leaves_no_descriptor_open(home: Home):
    home.helper("pass", "sleep 60")
    home.docker(credHelpers={"gcr.io": "pass"})
    before = descriptors()
    with pytest.raises((DeadlineExceededError, UnauthorizedError)):
        async with deadline(0.1):
            await home.keyring().obtain("gcr.io")
    await until(lambda: descriptors() <= before)
