"""Credential helpers are run for the registries that somebody stored a login for, and for nobody else.

What one helper is asked, and how one is ended that hangs, is told by ``tests/core/credentials``; here the whole
gateway is asked, and what reaches the registries is read.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.core.credentials.home import CANARY, Home, answer, auth
from tests.core.http.asking import AMD64, REPOSITORY, asking, entry
from tests.security.advisory import advisory
from tests.security.internet import Internet
from tests.security.watch import Watch

from portcall.testing import BasicAuth, FakeRegistry, RecordingServer, Reply

pytestmark = pytest.mark.anyio

ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
HUB = "https://index.docker.io/v1/"


@pytest.fixture
def home(tmp_path: Path, watch: Watch) -> Home:
    watch.secrets.add(CANARY)
    return Home(tmp_path)


def guarded(users: dict[str, str]) -> FakeRegistry:
    registry = FakeRegistry(auth=BasicAuth(users))
    registry.push(REPOSITORY, AMD64, tags=["1"])
    return registry


async def test_helper_is_run_for_the_registry_that_it_is_configured_for(watch: Watch, home: Home):
    """The other half of the rule: without it the tests below would prove nothing."""
    home.helper("ecr-login", answer("AWS"))
    registry = guarded({"AWS": CANARY})
    with registry.serve() as address:
        home.docker(credHelpers={address.netloc: "ecr-login"})
        async with asking(entry(address), environ=home.variables) as gateway:
            reference = f"{address.netloc}/{REPOSITORY}:1"
            assert (await watch.ask(gateway, "get_image_details", image_name=reference)).code == "ok"
    assert home.asked == [f"get {address.netloc}"]


@advisory("CVE-2024-35192")
@pytest.mark.parametrize(
    "host",
    [
        f"{ECR}.attacker.example",
        f"evil{ECR}",
        ECR.replace("us-east-1", "us-east-1.attacker"),
        ECR,
        "ghcr.io.attacker.example",
        "evilghcr.io",
        "ghcr.io",
        "docker.io.attacker.example",
    ],
)
async def test_helper_is_never_run_for_a_look_alike(
    internet: Internet, watch: Watch, home: Home, attacker: RecordingServer, host: str
):
    """The true host on another port is one, too."""
    home.helper("ecr-login", answer("AWS"), listed={"ghcr.io": "ada", HUB: "ada"})
    home.docker(credHelpers={ECR: "ecr-login"}, auths={"ghcr.io": {}}, credsStore="ecr-login")
    attacker.reply = Reply(status=401, headers={"WWW-Authenticate": 'Basic realm="give"'})
    address = internet.host(host, attacker.address)
    for listed in (entry(address), None):
        async with asking(listed, environ=home.variables, timeout=5) as gateway:
            told = await watch.ask_everything(gateway, f"{address.netloc}/{REPOSITORY}:1")
            assert told["get_image_details"].code in {"unauthorized", "unreachable"}
    assert attacker.requests != []
    assert attacker.secrets() == []
    assert [call for call in home.asked if not call.startswith("list")] == []


#: What a helper may do instead of answering; it is asked for a registry whose login it alone holds.
BROKEN = {
    "is missing": None,
    "fails": "exit 2",
    "fails, and says why": f"echo {CANARY}; exit 1",
    "is ended": "kill -9 $$",
    "says nothing": "true",
    "says no JSON": f"echo {CANARY}",
    "says another thing": f"""echo '["{CANARY}"]'""",
    "says too much": f"while :; do echo {CANARY}; done",
    "hangs": "sleep 60",
}


@advisory("CVE-2021-41092")
@pytest.mark.parametrize("how", BROKEN)
async def test_helper_that_fails_is_named_and_nobody_elses_login_is_sent_instead(
    watch: Watch, home: Home, how: str
):
    """Neither Docker Hub's, which this registry would take, nor an older one for the same host."""
    registry = guarded({"hub": "canary-of-the-hub", "older": "canary-of-before"})
    watch.secrets |= {"canary-of-the-hub", "canary-of-before"}
    if (get := BROKEN[how]) is not None:
        home.helper("pass", get)
    with registry.serve() as address:
        home.docker(
            credHelpers={address.netloc: "pass"},
            auths={HUB: auth("hub", "canary-of-the-hub"), address.netloc: auth("older", "canary-of-before")},
        )
        async with asking(entry(address), environ=home.variables, timeout=2.5) as gateway:
            reference = f"{address.netloc}/{REPOSITORY}:1"
            outcome = await watch.ask(gateway, "get_image_details", image_name=reference)
    assert outcome.code == "unauthorized"
    assert "docker-credential-pass" in outcome.said
    assert {one.authorization for one in registry.requests} <= {None}


@advisory("CVE-2021-41092")
@pytest.mark.parametrize(
    "name",
    ["../../evil", "pass; touch {pwned}", "$(touch {pwned})", "`touch {pwned}`", "a/b", "-rf", ".x", "pass\n", ""],
)
async def test_helper_whose_name_is_more_than_a_name_is_never_run(watch: Watch, home: Home, name: str):
    pwned = home.folder / "pwned"
    registry = guarded({"ada": CANARY})
    home.helper("pass", answer("ada"))
    with registry.serve() as address:
        home.docker(credHelpers={address.netloc: name.replace("{pwned}", str(pwned))})
        async with asking(entry(address), environ=home.variables, timeout=5) as gateway:
            reference = f"{address.netloc}/{REPOSITORY}:1"
            outcome = await watch.ask(gateway, "get_image_details", image_name=reference)
    assert outcome.code == "unauthorized"
    assert home.asked == []
    assert not pwned.exists()
    assert {one.authorization for one in registry.requests} <= {None}


@advisory("CVE-2021-41092", "CVE-2024-35192")
async def test_no_helper_is_run_for_callers_from_elsewhere(watch: Watch, home: Home):
    """Over HTTP the process's own logins are nobody's."""
    home.helper("pass", answer("ada"))
    registry = guarded({"ada": CANARY})
    with registry.serve() as address:
        home.docker(credHelpers={address.netloc: "pass"}, credsStore="pass")
        async with asking(entry(address), local=False, environ=home.variables) as gateway:
            reference = f"{address.netloc}/{REPOSITORY}:1"
            assert (await watch.ask(gateway, "get_image_details", image_name=reference)).code == "unauthorized"
    assert home.asked == []
