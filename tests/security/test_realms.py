"""A registry says where tokens are to be had: whom portcall believes, and what it sends there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.core.http.asking import AMD64, PASSWORD, REPOSITORY, USER, asking, entry, with_password
from tests.core.http.certificates import Authority
from tests.security.advisory import advisory
from tests.security.internet import Internet
from tests.security.watch import BASIC, Watch

from portcall.testing import Address, BearerAuth, FakeRegistry, RecordingServer, quirks

pytestmark = pytest.mark.anyio

#: Each of these clients took the registry's word for where to send credentials, or what to fetch.
UNCHECKED_REALM = (
    "CVE-2026-48978",
    "CVE-2026-33540",
    "CVE-2026-12566",
    "GHSA-x2f5-332j-9xwq",
    "GHSA-9m43-p3cx-w8j5",
    "google/go-containerregistry#2193",
)
METADATA = "http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token"


def guarded(**options: object) -> FakeRegistry:
    """Return a registry that asks everybody for a token."""
    registry = FakeRegistry(auth=BearerAuth({USER: PASSWORD}, public=[], **options))  # type: ignore[arg-type]
    registry.push(REPOSITORY, AMD64, tags=["1"])
    return registry


async def outcomes(watch: Watch, address: Address, **settings: object) -> set[str]:
    """Return what every tool says of an image of a listed registry, first with credentials, then without."""
    codes = set()
    for listed in (with_password(address, **settings), entry(address, **settings)):
        async with asking(listed, timeout=8) as gateway:
            reference = f"{address.netloc}/{REPOSITORY}:1"
            told = await watch.ask_everything(gateway, reference)
            codes |= {outcome.code for tool, outcome in told.items() if tool != "check_images"}
    return codes


@advisory(*UNCHECKED_REALM)
@pytest.mark.parametrize(
    "host",
    [
        "attacker.example",
        "registry.example.attacker.example",
        "evilregistry.example",
        "auth.registry.example",
        "registry.example",
        "registry-example",
    ],
)
async def test_credentials_go_to_no_token_service_elsewhere(
    internet: Internet, watch: Watch, attacker: RecordingServer, host: str
):
    """Elsewhere is another host, however alike, and another port of the same one."""
    registry = guarded()
    watch.over(registry)
    with registry.serve() as served:
        address = internet.host("registry.example", served)
        name = host if host == address.host else internet.host(host, attacker.address).host
        registry.auth.realm = f"http://{name}:{attacker.address.port}/token"  # type: ignore[attr-defined]
        async with asking(with_password(address)) as gateway:
            outcome = await watch.ask(gateway, "get_image_details", image_name=f"{address.netloc}/{REPOSITORY}:1")
    assert outcome.code == "blocked"
    assert "auth_hosts" in outcome.said
    assert attacker.requests == []
    assert {one.authorization for one in registry.requests} == {None}


@advisory(*UNCHECKED_REALM)
@pytest.mark.parametrize(
    "realm",
    [
        METADATA,
        "http://metadata.google.internal/computeMetadata/v1/",
        "http://[fd00:ec2::254]/latest/api/token",
        "http://127.0.0.1:{port}/token",
        "http://localhost:{port}/token",
        "file:///var/run/secrets/kubernetes.io/serviceaccount/token",
        "gopher://127.0.0.1:{port}/token",
        "http://ada@registry.example:{home}/token",
        "http://ada:secret@registry.example:{home}/token",
        "http://registry.example:{home}@127.0.0.1:{port}/token",
        "http://registry.example:{home}\\\\@127.0.0.1:{port}/token",
        "//127.0.0.1:{port}/token",
        "/token",
        "http:registry.example:{home}/token",
        "http://registry.example:{home}:{port}/token",
        " http://127.0.0.1:{port}/token",
        "http://127.0.0.1:{port}\t/token",
    ],
)
async def test_realm_that_is_no_token_service_is_not_asked(
    internet: Internet, watch: Watch, attacker: RecordingServer, realm: str
):
    internet.name("metadata.google.internal", "169.254.169.254")
    registry = guarded()
    watch.over(registry)
    with registry.serve() as served:
        address = internet.host("registry.example", served)
        written = realm.replace("{port}", str(attacker.address.port)).replace("{home}", str(address.port))
        registry.auth.realm = written  # type: ignore[attr-defined]
        assert await outcomes(watch, address) == {"blocked"}
    assert internet.inside() == []
    assert attacker.requests == []
    assert {one.authorization for one in registry.requests} == {None}


@advisory(*UNCHECKED_REALM)
@pytest.mark.parametrize("field", ["token", "access_token"])
async def test_what_a_service_inside_answers_is_never_sent_on_as_a_token(
    internet: Internet, watch: Watch, field: str
):
    """A cloud's metadata service answers with an access token, and the attacker would get it as Bearer."""
    victim = RecordingServer(body=b'{"%s": "canary-of-the-cloud", "expires_in": 3599}' % field.encode())
    watch.secrets.add("canary-of-the-cloud")
    attacker = RecordingServer(401)
    with victim.serve() as inside, attacker.serve() as served:
        address = internet.host("attacker.example", served)
        challenge = f'Bearer realm="{inside.url}/latest/token",service="x"'
        attacker.reply = attacker.reply.with_headers({"WWW-Authenticate": challenge})
        assert await outcomes(watch, address) == {"blocked"}
    assert victim.requests == []
    assert attacker.requests != []
    assert attacker.secrets() == []


@advisory(*UNCHECKED_REALM)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["inside", "elsewhere"])
async def test_token_service_that_redirects_is_not_followed(
    internet: Internet, watch: Watch, attacker: RecordingServer, status: int, target: str
):
    registry = guarded()
    watch.over(registry)
    there = attacker.address if target == "inside" else internet.host("attacker.example", attacker.address)
    registry.add(quirks.Redirect(to=there.url, status=status, path="^GET /token"))
    with registry.serve() as served:
        address = internet.host("registry.example", served)
        assert await outcomes(watch, address) == {"upstream_error"}
    assert registry.fired(quirks.Redirect) > 0
    assert internet.inside() == []
    assert attacker.requests == []


@advisory(*UNCHECKED_REALM)
async def test_registry_that_names_anothers_token_service_gets_nothing_of_its_credentials(
    internet: Internet, watch: Watch
):
    """The model may be led to ask the attacker's registry; Ada's are the other one's."""
    registry = guarded()
    watch.over(registry)
    attacker = RecordingServer(401)
    with registry.serve() as served, attacker.serve() as strange:
        home, elsewhere = internet.host("registry.example", served), internet.host("attacker.example", strange)
        challenge = f'Bearer realm="{home.url}/token",service="x",scope="repository:{REPOSITORY}:pull"'
        attacker.reply = attacker.reply.with_headers({"WWW-Authenticate": challenge})
        async with asking({**with_password(home), **entry(elsewhere)}) as gateway:
            assert (
                await watch.ask(gateway, "get_image_details", image_name=f"{home.netloc}/{REPOSITORY}:1")
            ).code == "ok"
            registry.forget()
            await watch.ask_everything(gateway, f"{elsewhere.netloc}/{REPOSITORY}:1")
        assert {one.authorization for one in registry.requests} == {None}
        shown = {secret.removeprefix("authorization: Bearer ") for secret in attacker.secrets()}
        assert isinstance(registry.auth, BearerAuth)
        assert {grant.user for token in shown if (grant := registry.auth.tokens.grant(token))} <= {""}


@advisory(*UNCHECKED_REALM)
@pytest.mark.parametrize(
    "token", ["x\\r\\nX-Evil: 1", "x\\ny", "\\u0000", "é", "☃", "", "\\ud800", " \\t"], ids=ascii
)
async def test_token_that_would_not_stay_in_its_header_is_refused(internet: Internet, watch: Watch, token: str):
    registry = guarded()
    registry.add(quirks.Answer(200, body=f'{{"token": "{token}"}}'.encode(), path="^GET /token"))
    with registry.serve() as served:
        address = internet.host("registry.example", served)
        codes = await outcomes(watch, address)
    # A blank alone is no token, and does no harm: the registry refuses it.
    assert codes <= {"upstream_error", "not_found"}
    assert not any("x-evil" in one.headers for one in registry.requests)


IDENTITY = "canary-of-an-identity-token"


@advisory(*UNCHECKED_REALM)
@pytest.mark.parametrize("where", ["at home", "another port", "elsewhere", "redirected"])
async def test_identity_token_goes_to_the_registrys_own_token_service_alone(
    internet: Internet, watch: Watch, attacker: RecordingServer, where: str
):
    """It is sent in the body of a POST, which a 307 would have sent once more."""
    watch.secrets.add(IDENTITY)
    registry = guarded(identity_tokens={IDENTITY: USER})
    registry.push(REPOSITORY, AMD64, tags=["1"])
    watch.over(registry)
    with registry.serve() as served:
        address = internet.host("registry.example", served)
        there = internet.host("attacker.example", attacker.address)
        if where == "redirected":
            # Not the quirk of this name, which lets refusals stand: a POST may be one.
            registry.add(quirks.Answer(307, headers={"Location": f"{there.url}/token"}, path="^[A-Z]+ /token"))
        elif where != "at home":
            host = there.host if where == "elsewhere" else address.host
            registry.auth.realm = f"http://{host}:{there.port}/token"  # type: ignore[attr-defined]
        stored = json.dumps({"auths": {address.netloc: {"identitytoken": IDENTITY}}})
        async with asking(entry(address), environ={"DOCKER_AUTH_CONFIG": stored}, timeout=5) as gateway:
            reference = f"{address.netloc}/{REPOSITORY}:1"
            outcome = await watch.ask(gateway, "get_image_details", image_name=reference)
    assert attacker.requests == []
    expected = {"at home": "ok", "redirected": "upstream_error"}.get(where, "blocked")
    assert outcome.code == expected
    told = [one for one in registry.requests if IDENTITY.encode() in one.body]
    assert {one.path for one in told} <= {"/token"}
    assert bool(told) == (where in {"at home", "redirected"})
    assert not any(IDENTITY in f"{one.query}{one.authorization}" for one in registry.requests)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder: Path = tmp_path_factory.mktemp("authority")
    return Authority(folder)


@advisory("CVE-2019-10214", *UNCHECKED_REALM)
@pytest.mark.parametrize("host", ["registry.example", "sso.example", "attacker.example"])
async def test_https_registry_never_sends_credentials_over_plain_http(
    internet: Internet, watch: Watch, authority: Authority, attacker: RecordingServer, host: str
):
    """Not even where ``auth_hosts`` names the host; its own is asked by https in place of http."""
    registry = guarded()
    watch.over(registry)
    with registry.serve(ssl=authority.server_context("registry.example")) as served:
        address = internet.host("registry.example", served)
        name = host if host == address.host else internet.host(host, attacker.address).host
        registry.auth.realm = f"http://{name}:{attacker.address.port}/token"  # type: ignore[attr-defined]
        trusted = [f"sso.example:{attacker.address.port}"]
        listed = with_password(address, ca_file=str(authority.ca_file), auth_hosts=trusted)
        async with asking(listed) as gateway:
            reference = f"{address.netloc}/{REPOSITORY}:1"
            outcome = await watch.ask(gateway, "get_image_details", image_name=reference)
    assert outcome.code == ("ok" if host == address.host else "blocked")
    assert attacker.requests == []
    shown = {one.authorization for one in registry.asked("token")}
    assert shown == ({f"Basic {BASIC}"} if host == address.host else set())
