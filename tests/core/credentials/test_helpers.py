"""Credential helpers: who is asked for what, how often, and what becomes of one that misbehaves."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.core.credentials.home import CANARY, NOT_FOUND, Home, answer, auth
from tests.core.credentials.plugins import Clock

from portcall.credentials.answers import FAILED_FOR, GOOD_FOR, NONE_FOR, REFUSED_FOR
from portcall.credentials.chain import FirstOf
from portcall.credentials.document_shelf import RETRY_AFTER
from portcall.credentials.helper import MAX_OUTPUT, Helper, HelperCredentials
from portcall.credentials.of_user import CredentialsOfUser
from portcall.deadline import deadline
from portcall.errors import DeadlineExceededError, UnauthorizedError
from portcall.http.upstream import Credentials
from portcall.reference import parse_prefix

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio

PASS = "docker-credential-pass"
HUB = "https://index.docker.io/v1/"


async def until(claim: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not claim():  # noqa: ASYNC110 - what is awaited happens in another process
            await asyncio.sleep(0.01)


def is_running(process: int) -> bool:
    """Tell whether a process is there, and not merely unburied: in a container nobody may bury orphans."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


# What a helper is asked, and what its answer means


async def test_a_helper_is_asked_for_the_key_as_it_was_stored(home: Home):
    home.helper("pass", answer("ada"))
    home.docker(credHelpers={"https://gcr.io/v2/": "pass", "quay.io/acme": "pass"})
    keyring = home.keyring()
    assert await keyring.obtain("gcr.io") == Credentials("ada", CANARY, PASS)
    await keyring.obtain("quay.io/acme/app")
    assert home.asked == ["get https://gcr.io/v2/", "get quay.io/acme"]


async def test_an_identity_token_has_no_user(home: Home):
    home.helper("acr", answer("<token>"))
    home.docker(credHelpers={"acme.azurecr.io": "acr"})
    credentials = await home.keyring().obtain("acme.azurecr.io")
    assert credentials == Credentials("", "", "docker-credential-acr", CANARY)


@pytest.mark.parametrize(
    "words",
    [
        NOT_FOUND,
        'echo "docker-credential-acme: no credentials"; exit 1',
        'echo "docker-credential-acme: no credentials for $key"; exit 1',
        """echo '{"Username": "", "Secret": ""}'""",
        "echo '{}'",
    ],
)
async def test_a_helper_that_has_no_such_login_means_none(home: Home, words: str):
    home.helper("pass", words)
    home.docker(credHelpers={"gcr.io": "pass"})
    assert await home.keyring().obtain("gcr.io") is None


async def test_podmans_file_may_name_helpers_too(home: Home):
    home.helper("pass", answer("ada"))
    home.podman(credHelpers={"quay.io": "pass"})
    assert await home.keyring().obtain("quay.io") == Credentials("ada", CANARY, PASS)


async def test_a_helper_sees_the_persons_environment_without_portcalls_own_secrets(home: Home):
    home.helper("pass", f"env >> {home.folder}/env; {answer('ada')}")
    home.docker(credHelpers={"gcr.io": "pass"})
    await home.keyring(AWS_PROFILE="dev", PORTCALL_STORE_KEY=CANARY).obtain("gcr.io")
    seen = (home.folder / "env").read_text()
    assert "AWS_PROFILE=dev" in seen
    assert f"HOME={home.folder}" in seen
    assert "PORTCALL" not in seen


async def test_no_variable_that_holds_a_secret_of_the_configuration_reaches_a_helper(home: Home):
    home.helper("pass", f"env >> {home.folder}/env; {answer('ada')}")
    home.docker(credHelpers={"gcr.io": "pass"})
    toml = (
        'auth.key_env = "STORE_KEY"\n[registries."corp.example"]\nusername = "robot"\n'
        'password_env = "CORP_PASSWORD"\napi_token_env = "CORP_TOKEN"'
    )
    secrets = dict.fromkeys(("STORE_KEY", "CORP_PASSWORD", "CORP_TOKEN"), CANARY)
    await home.keyring(toml, AWS_PROFILE="dev", **secrets).obtain("gcr.io")
    seen = (home.folder / "env").read_text()
    assert "AWS_PROFILE=dev" in seen
    assert CANARY not in seen


# The store


async def test_a_stores_list_tells_what_it_holds(home: Home):
    home.helper("pass", answer("ada"), listed={HUB: "ada", "https://ghcr.io": "ada", f"{HUB}access-token": "ada"})
    home.docker(credsStore="pass")
    keyring = home.keyring()
    assert keyring.prefixes == set()
    assert keyring.login("docker.io") is None
    await keyring.keyring.load()
    assert keyring.prefixes == {"docker.io", "ghcr.io"}
    await keyring.obtain("docker.io")
    await keyring.obtain("ghcr.io/acme")
    assert keyring.holdings == {"~/.docker/config.json": ("docker.io", "ghcr.io")}
    assert home.asked == ["list ", f"get {HUB}", "get https://ghcr.io"]


async def test_a_store_is_asked_for_its_list_once(home: Home):
    home.helper("pass", listed={"ghcr.io": "ada"})
    home.docker(credsStore="pass")
    keyring = home.keyring().keyring
    await asyncio.gather(*(keyring.load() for _ in range(5)))
    await keyring.load()
    assert home.asked == ["list "]


async def test_a_list_whose_caller_left_is_asked_for_again(home: Home):
    home.helper("pass", listed=f'[ -e {home.folder}/again ] || sleep 60; echo \'{{"ghcr.io": "ada"}}\'')
    home.docker(credsStore="pass")
    keyring = home.keyring()
    task = asyncio.create_task(keyring.keyring.load())
    await until(lambda: home.asked)
    task.cancel()
    await asyncio.wait((task,))
    home.write("again", "")
    await keyring.keyring.load()
    assert keyring.prefixes == {"ghcr.io"}


async def test_without_a_store_nothing_is_run_to_know_the_members(home: Home):
    home.helper("pass")
    home.docker(credHelpers={"gcr.io": "pass"})
    home.podman(credsStore="")
    await home.keyring().keyring.load()
    assert home.asked == []


async def test_an_empty_entry_beside_a_store_is_a_member_before_the_list_is_known(home: Home):
    home.helper("pass", answer("ada"), listed="exit 2")
    home.docker(auths={"ghcr.io": {}}, credsStore="pass")
    keyring = home.keyring()
    assert keyring.prefixes == {"ghcr.io"}
    assert await keyring.obtain("ghcr.io") == Credentials("ada", CANARY, PASS)
    await keyring.keyring.load()
    assert keyring.prefixes == {"ghcr.io"}
    assert keyring.problems == [
        ("~/.docker/config.json", f"{PASS} cannot tell what it holds: it exited with status 2")
    ]


async def test_docker_hubs_canonical_key_is_asked_for_where_the_store_lists_several(home: Home):
    home.helper("pass", answer("ada"), listed={"docker.io": "old", HUB: "ada", "index.docker.io": "old"})
    home.docker(credsStore="pass")
    keyring = home.keyring()
    await keyring.keyring.load()
    await keyring.obtain("docker.io")
    assert home.asked == ["list ", f"get {HUB}"]


async def test_a_registrys_own_helper_outranks_the_store_and_the_store_what_the_file_holds(home: Home):
    home.helper("store", answer("store"), listed={"a.example": "x", "b.example": "x", "c.example": "x"})
    home.helper("own", answer("own"))
    home.docker(
        auths={
            "a.example": auth("file"),
            "b.example": auth("file"),
            "c.example": auth("file"),
            "d.example": auth("file"),
        },
        credHelpers={"a.example": "own", "c.example": ""},
        credsStore="store",
    )
    keyring = home.keyring()
    await keyring.keyring.load()
    first, second = await keyring.obtain("a.example"), await keyring.obtain("b.example")
    assert first is not None
    assert second is not None
    assert (first.username, second.username) == ("own", "store")
    # An empty helper says that this registry's credentials are in the file after all.
    assert [keyring.found(each)[0] for each in ("c.example", "d.example")] == ["file", "file"]


@pytest.mark.parametrize(
    "listed", ["exit 1", "echo no JSON", "echo []", "kill -9 $$", "sleep 60", f"echo {CANARY}"]
)
async def test_a_list_that_fails_is_a_note_and_never_a_crash(home: Home, listed: str):
    home.helper("pass", listed=listed)
    home.docker(auths={"ghcr.io": auth("ada")}, credsStore="pass")
    keyring = home.keyring(helper_timeout=0.5)
    await keyring.keyring.load()
    ((source, problem),) = keyring.problems
    assert source == "~/.docker/config.json"
    assert problem.startswith(f"{PASS} cannot tell what it holds: ")
    assert keyring.found("ghcr.io")[0] == "ada"


async def test_a_list_that_failed_is_asked_for_again_after_a_minute(home: Home):
    clock = Clock()
    home.helper("pass", answer("ada"), listed="exit 1")
    home.docker(credsStore="pass")
    keyring = home.keyring(clock=clock)
    for seconds, asked in ((0, 1), (RETRY_AFTER - 1, 1), (1, 2)):
        clock.now += seconds
        await keyring.load("ghcr.io")
        assert len(home.asked) == asked
    edition = keyring.keyring.edition
    home.helper("pass", answer("ada"), listed={"ghcr.io": "ada"})
    clock.now += RETRY_AFTER
    await keyring.load("ghcr.io")
    assert keyring.prefixes == {"ghcr.io"}
    assert keyring.problems == []
    assert keyring.keyring.edition > edition


async def test_why_nobody_knows_of_a_login_is_told_of_a_registry_without_one(home: Home):
    home.helper("pass", answer("ada"), listed="exit 1")
    home.docker(auths={"quay.io": {}}, credsStore="pass")
    keyring = home.keyring('[registries."corp.example"]\nusername = "robot"\npassword_env = "ONE"', ONE=CANARY)
    assert keyring.unasked("ghcr.io") == ""
    edition = keyring.keyring.edition
    await keyring.load()
    assert keyring.unasked("ghcr.io") == f"{PASS} cannot tell what it holds: it exited with status 1"
    assert [keyring.unasked(each) for each in ("quay.io", "corp.example")] == ["", ""]
    assert keyring.keyring.edition > edition


async def test_a_store_that_hangs_costs_nothing_where_its_list_makes_no_difference(home: Home):
    home.helper("pass", listed="sleep 60")
    home.docker(credsStore="pass")
    toml = '[registries."corp.example"]\nusername = "robot"\npassword_env = "ONE"'
    document = json.dumps({"auths": {"quay.io": auth("ada")}})
    keyring = home.keyring(toml, ONE=CANARY, DOCKER_AUTH_CONFIG=document, GITHUB_TOKEN=CANARY)
    for settled in ("corp.example", "quay.io/acme"):
        await keyring.load(settled)
    assert home.asked == []
    waiting = asyncio.create_task(keyring.load("ghcr.io"))  # the store comes before GITHUB_TOKEN
    await until(lambda: home.asked)
    async with asyncio.timeout(5):
        await keyring.load("corp.example")
    waiting.cancel()
    await asyncio.wait((waiting,))


# Who is never asked


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


# What becomes of one that fails


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


# How often one is asked


async def test_fifty_callers_at_once_run_the_helper_once(home: Home):
    home.helper("pass", f"sleep 0.2; {answer('ada')}")
    home.docker(credHelpers={"gcr.io": "pass"})
    keyring = home.keyring()
    found = await asyncio.gather(*(keyring.obtain("gcr.io", f"team/app{n}") for n in range(50)))
    assert {each.username for each in found if each} == {"ada"}
    assert len(found) == 50
    assert home.asked == ["get gcr.io"]


async def test_one_of_two_callers_may_leave(home: Home):
    home.helper("pass", f"sleep 0.3; {answer('ada')}")
    home.docker(credHelpers={"gcr.io": "pass"})
    keyring = home.keyring()
    leaving, staying = (asyncio.create_task(keyring.obtain("gcr.io")) for _ in range(2))
    await until(lambda: home.asked)
    leaving.cancel()
    assert await staying is not None
    assert home.asked == ["get gcr.io"]


async def test_credentials_are_held_for_an_hour(home: Home):
    home.helper("pass", answer("ada"))
    clock = Clock()
    helper = Helper("pass", home.variables, clock=clock)
    assert helper.held("gcr.io") is None
    for seconds, runs in ((0, 1), (GOOD_FOR - 1, 1), (1, 2)):
        clock.now += seconds
        assert await helper.get("gcr.io", "gcr.io") == helper.held("gcr.io") == Credentials("ada", CANARY, PASS)
        assert len(home.asked) == runs


async def test_a_clock_that_was_set_back_keeps_nothing_alive(home: Home):
    home.helper("pass", answer("ada"))
    clock = Clock()
    helper = Helper("pass", home.variables, clock=clock)
    await helper.get("gcr.io", "gcr.io")
    clock.now -= 7200
    assert helper.held("gcr.io") is None


async def test_none_is_believed_for_five_minutes_and_a_failure_for_five_seconds(home: Home):
    clock = Clock()
    helper = Helper("pass", home.variables, clock=clock)
    home.helper("pass")
    assert await helper.get("gcr.io", "gcr.io") is None
    home.helper("pass", "exit 2")
    clock.now += NONE_FOR - 1
    assert await helper.get("gcr.io", "gcr.io") is None
    clock.now += 1
    told = []
    for _ in range(2):
        with pytest.raises(UnauthorizedError) as refused:
            await helper.get("gcr.io", "gcr.io")
        told.append(refused.value)
    assert told[0] is not told[1]
    assert told[0].message == told[1].message
    assert len(home.asked) == 2
    home.helper("pass", answer("ada"))
    clock.now += FAILED_FOR
    assert await helper.get("gcr.io", "gcr.io") is not None


async def test_a_helper_is_asked_anew_for_what_was_refused_but_no_more_than_once_a_minute(home: Home):
    home.helper("pass", answer("ada", "old"))
    clock = Clock()
    helper = Helper("pass", home.variables, clock=clock)
    refused = await helper.get("gcr.io", "gcr.io")
    for seconds, runs in ((0, 2), (REFUSED_FOR - 1, 2), (1, 3)):
        clock.now += seconds
        assert refused is not None
        helper.forget("gcr.io", refused)
        refused = await helper.get("gcr.io", "gcr.io")
        assert len(home.asked) == runs


async def test_what_a_helper_gave_since_was_not_refused(home: Home):
    home.helper("pass", answer("ada", "old"))
    clock = Clock()
    helper = Helper("pass", home.variables, clock=clock)
    old = await helper.get("gcr.io", "gcr.io")
    assert old is not None
    home.helper("pass", answer("ada", "new"))
    for _ in range(3):
        helper.forget("gcr.io", old)
        given = await helper.get("gcr.io", "gcr.io")
        assert given is not None
        assert given.secret == "new"
        clock.now += REFUSED_FOR
    assert len(home.asked) == 2


async def test_a_refusal_reaches_the_helper_through_whatever_stands_before_it(home: Home):
    home.helper("none")
    home.helper("pass", answer("ada", "old"))
    clock = Clock()
    helpers = (Helper(name, home.variables, clock=clock) for name in ("none", "pass"))
    places = FirstOf([HelperCredentials(helper, "gcr.io", "gcr.io") for helper in helpers], None)
    source = CredentialsOfUser(places, "ada", parse_prefix("gcr.io"))
    old = await source.obtain("app")
    assert old is not None
    home.helper("pass", answer("ada", "new"))
    source.forget("app", old)
    assert source.held("app") is None
    given = await source.obtain("app")
    assert given is not None
    assert given.secret == "new"
