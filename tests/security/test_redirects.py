"""Whoever a registry redirects to is a stranger: it is asked anonymously, whatever it demands."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from tests.core.http.asking import AMD64, PASSWORD, REPOSITORY, USER, asking, with_password
from tests.security.advisory import advisory
from tests.security.internet import Internet
from tests.security.watch import BASIC, Watch

from portcall.testing import (
    Address,
    BasicAuth,
    BearerAuth,
    FakeRegistry,
    RecordingServer,
    Reply,
    Request,
    quirks,
)
from portcall.testing.quirks import Context

pytestmark = pytest.mark.anyio

#: A token or password went along with a redirect to another host or port.
REATTACHED = ("GHSA-vh4v-2xq2-g5cg", "google/go-containerregistry#2337")
HOME = "registry.example"
AUTHS = {
    "basic": lambda: BasicAuth({USER: PASSWORD}),
    "bearer": lambda: BearerAuth({USER: PASSWORD}, public=["open/*"]),
}
CHALLENGES = {
    "basic": 'Basic realm="give"',
    "bearer": 'Bearer realm="{there}/token",service="x",scope="repository:shop/api:pull"',
    "bearer of home": 'Bearer realm="{home}/token",service="x",scope="repository:shop/api:pull"',
    "both": 'Basic realm="give", Bearer realm="{there}/token"',
    "none": "",
}


def guarded(auth: str, *chosen: quirks.Quirk) -> FakeRegistry:
    registry = FakeRegistry(auth=AUTHS[auth](), quirks=chosen)
    registry.push(REPOSITORY, AMD64, tags=["1"])
    return registry


def given_away(registry: FakeRegistry, attacker: RecordingServer) -> list[str]:
    """Return what of Ada's the attacker holds; tokens that anybody gets are nobody's."""
    tokens = registry.auth.tokens if isinstance(registry.auth, BearerAuth) else None
    found = []
    for secret in attacker.secrets():
        token = secret.removeprefix("authorization: Bearer ")
        grant = tokens.grant(token) if tokens else None
        if token != "a-token-of-the-attackers" and (grant is None or grant.user):
            found.append(secret)
    return found


@advisory(*REATTACHED, "google/go-containerregistry#2349")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("challenge", CHALLENGES)
@pytest.mark.parametrize("host", ["attacker.example", HOME])
@pytest.mark.parametrize("auth", AUTHS)
async def test_redirect_to_another_host_or_port_takes_no_credentials_along(
    internet: Internet, watch: Watch, attacker: RecordingServer, auth: str, host: str, challenge: str, status: int
):
    """Of manifests, blobs and tag lists alike; the attacker's 401 is answered anonymously at most."""
    registry = guarded(auth)
    watch.over(registry)
    with registry.serve() as served:
        home = internet.host(HOME, served)
        there = Address(HOME, attacker.address.port)
        if host != HOME:
            there = internet.host(host, attacker.address)
        written = CHALLENGES[challenge].replace("{there}", there.url).replace("{home}", home.url)
        attacker.reply = Reply(status=401, headers={"WWW-Authenticate": written}, body=attacker.reply.body)
        registry.add(quirks.Redirect(to=there.url, status=status, path=f"/v2/{REPOSITORY}/"))
        async with asking(with_password(home)) as gateway:
            for outcome in (await watch.ask_everything(gateway, f"{home.netloc}/{REPOSITORY}:1")).values():
                assert outcome.code in {"ok", "not_found"}
    assert attacker.requests != []
    assert given_away(registry, attacker) == []


@advisory(*REATTACHED)
@pytest.mark.parametrize("auth", AUTHS)
@pytest.mark.parametrize("kind", ["manifest", "tags", "blob"])
async def test_stranger_that_sends_back_home_does_not_get_the_credentials_used(
    internet: Internet, watch: Watch, kind: str, auth: str
):
    """Else whoever keeps a registry's files could have anything in it read with Ada's rights."""
    registry = guarded(auth)
    if isinstance(registry.auth, BasicAuth):
        registry.auth.public = ("open/*",)
    registry.push("open/app", AMD64, tags=["1"])
    registry.push("private/app", AMD64, tags=["1", "canary-of-a-private-repository"])
    watch.over(registry)
    stranger = RecordingServer(307)
    paths = {
        "manifest": "manifests/1",
        "tags": "tags/list",
        "blob": f"blobs/{AMD64.config_digest}",
    }
    with registry.serve() as served, stranger.serve() as strange:
        home, there = internet.host(HOME, served), internet.host("cdn.example", strange)
        location = f"{home.url}/v2/private/app/{paths[kind]}"
        stranger.reply = stranger.reply.with_headers({"Location": location})
        registry.add(quirks.Redirect(to=there.url, path=f"/v2/open/app/{paths[kind].partition('/')[0]}"))
        async with asking(with_password(home)) as gateway:
            tool = "search_tags" if kind == "tags" else "get_image_details"
            image = "open/app" if kind == "tags" else "open/app:1"
            outcome = await watch.ask(gateway, tool, image_name=f"{home.netloc}/{image}")
    assert stranger.requests != []
    assert outcome.code in {"not_found", "unauthorized"}
    assert {one.status for one in registry.requests if one.repository == "private/app"} == {401}


@dataclass(frozen=True)
class NextPageElsewhere(quirks.Quirk):
    """A tag list is at another host, whose page says that the next one is back home, in another repository."""

    home: str = ""

    def spoil(self, request: Request, reply: Reply, context: Context) -> Reply:
        body = b'{"name": "open/app", "tags": ["1"]}'
        link = f'<{self.home}/v2/private/app/tags/list>; rel="next"'
        return Reply(headers={"Link": link, "Content-Type": "application/json"}, body=body)


@advisory(*REATTACHED, "CVE-2026-85732")
@pytest.mark.parametrize("auth", AUTHS)
async def test_strangers_next_page_at_home_is_not_asked_for_with_the_credentials(
    internet: Internet, watch: Watch, auth: str
):
    """The page came from where a redirect led: its Link is a stranger's word, like its redirect."""
    registry = guarded(auth)
    if isinstance(registry.auth, BasicAuth):
        registry.auth.public = ("open/*",)
    registry.push("open/app", AMD64, tags=["1"])
    registry.push("private/app", AMD64, tags=["canary-of-a-private-repository"])
    with registry.serve() as served:
        home = internet.host(HOME, served)
        stranger = RecordingServer(quirks=(NextPageElsewhere(home=home.url),))
        with stranger.serve() as strange:
            there = internet.host("cdn.example", strange)
            registry.add(quirks.Redirect(to=there.url, path="^GET /v2/open/app/tags/list"))
            async with asking(with_password(home)) as gateway:
                outcome = await watch.ask(gateway, "search_tags", image_name=f"{home.netloc}/open/app")
    assert stranger.requests != []
    assert "canary-of-a-private-repository" not in outcome.said
    private = [one for one in registry.requests if one.repository == "private/app"]
    assert {one.status for one in private} <= {401}


@advisory(*REATTACHED)
async def test_strangers_challenge_does_not_outlive_its_redirect(
    internet: Internet, watch: Watch, attacker: RecordingServer
):
    """The next request goes home as before, with the registry's own token."""
    registry = guarded("bearer")
    watch.over(registry)
    with registry.serve() as served:
        home, there = internet.host(HOME, served), internet.host("attacker.example", attacker.address)
        challenge = {"WWW-Authenticate": f'Bearer realm="{there.url}/token",service="x"'}
        attacker.reply = Reply(status=401, headers=challenge, body=attacker.reply.body)
        async with asking(with_password(home)) as gateway:
            reference = f"{home.netloc}/{REPOSITORY}:1"
            with registry.misbehaving(quirks.ManifestRedirect(to=there.url)):
                await watch.ask(gateway, "get_image_details", image_name=reference)
            seen = len(attacker.requests)
            assert (await watch.ask(gateway, "get_image_details", image_name=reference)).code == "ok"
    assert len(attacker.requests) == seen
    assert given_away(registry, attacker) == []
    assert {one.authorization for one in registry.asked("token")} == {f"Basic {BASIC}"}


#: What the storage behind a signed address may answer.
ODD_STORAGE: dict[str, quirks.Quirk] = {
    "403": quirks.Answer(403),
    "500": quirks.Answer(500, retry_after=900),
    "other bytes": quirks.FlippedBit(),
    "cut": quirks.CutBody(after=3),
    "too large": quirks.HugeBody(),
    "nothing": quirks.HangUp(),
}


@advisory(*REATTACHED)
@pytest.mark.parametrize("odd", ODD_STORAGE)
async def test_signed_address_is_told_nowhere(internet: Internet, watch: Watch, odd: str):
    """Its signature lets whoever reads it fetch the blob, for as long as it is good."""
    watch.secrets |= {"X-Amz-Signature", "canary-of-a-signature"}
    registry = guarded("bearer")
    storage = RecordingServer(body=b"x" * 64, quirks=(ODD_STORAGE[odd],))
    with registry.serve() as served, storage.serve() as strange:
        home, there = internet.host(HOME, served), internet.host("cdn.example", strange)
        signed = f"{there.url}/blob?X-Amz-Signature=canary-of-a-signature"
        registry.add(quirks.Redirect(to=signed, keep_path=False, path="^[A-Z]+ /v2/"))
        async with asking(with_password(home), timeout=2) as gateway:
            outcome = await watch.ask(gateway, "get_image_details", image_name=f"{home.netloc}/{REPOSITORY}:1")
    assert outcome.code not in {"ok", "internal"}
    assert storage.requests != []
    assert storage.secrets() == []


@advisory(*REATTACHED)
async def test_signed_address_is_not_told_by_the_error_behind_an_error(internet: Internet, watch: Watch):
    """Of storage that speaks no HTTP the HTTP library complains, with the address; tracebacks end up in logs."""

    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"NONSENSE\r\n\r\n")
        await writer.drain()
        writer.close()

    registry = guarded("bearer")
    async with await asyncio.start_server(nonsense, "127.0.0.1", 0) as server:
        port: int = server.sockets[0].getsockname()[1]
        with registry.serve() as served:
            home = internet.host(HOME, served)
            there = internet.host("cdn.example", Address("127.0.0.1", port))
            signed = f"{there.url}/blob?X-Amz-Signature=canary-of-a-signature"
            registry.add(quirks.Redirect(to=signed, keep_path=False, path="^[A-Z]+ /v2/"))
            async with asking(with_password(home), timeout=2) as gateway:
                reference = f"{home.netloc}/{REPOSITORY}:1"
                outcome = await watch.ask(gateway, "get_image_details", image_name=reference)
    assert outcome.code in {"unreachable", "timeout"}
    assert "canary-of-a-signature" not in outcome.said
