"""Signing in, from a client that knows nothing but an address to a token that acts for a person."""

from __future__ import annotations

import hashlib

import httpx2
import pytest
from mcp.client.auth import OAuthClientProvider
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl
from tests.core.auth.signin.bed import ADA, Bed, answered, sent_to
from tests.doubles.dockerhub import Clock, DockerHubDouble
from tests.testbed.scriptless import Page

pytestmark = pytest.mark.anyio


class _Memory:
    """What the SDK's client keeps its registration and its tokens in."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


async def test_the_sdks_client_finds_registers_and_signs_in(bed: Bed) -> None:
    memory, came_back = _Memory(), {}

    async def go(url: str) -> None:
        async with bed.browser() as browser:
            to_page = await browser.get(url)
            page = await bed.open(browser, to_page.headers["location"])
            came_back.update(answered(await bed.send(browser, page)))

    async def come_back() -> AuthorizationCodeResult:
        return AuthorizationCodeResult(code=came_back["code"], state=came_back["state"], iss=came_back["iss"])

    metadata = OAuthClientMetadata(
        redirect_uris=[AnyUrl("http://127.0.0.1:33418/callback")],
        client_name="SDK",
        token_endpoint_auth_method="none",
    )
    auth = OAuthClientProvider(bed.resource, metadata, memory, go, come_back)
    async with httpx2.AsyncClient(auth=auth, transport=httpx2.ASGITransport(bed.app)) as client:
        reply = await client.get(bed.resource)
    assert reply.status_code == 200
    assert reply.json()["name"] == "ada"
    assert came_back["iss"] == bed.url
    assert memory.client is not None
    assert memory.client.client_secret is None


async def test_the_token_acts_as_the_person_with_their_own_login(bed: Bed) -> None:
    tokens = await bed.sign_in(await bed.register())
    told = (await bed.whoami(tokens["access_token"])).json()
    assert told == {
        "identity": "dockerhub:ada",
        "name": "ada",
        "scopes": ["read"],
        "secret": hashlib.sha256(ADA[1].encode()).hexdigest(),
        "source": "your Docker Hub sign-in",
    }
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("Bearer", 3600, "read")


async def test_a_ticked_box_allows_writing(bed: Bed) -> None:
    tokens = await bed.sign_in(await bed.register(), scope=["write"])
    assert tokens["scope"] == "read write"
    assert (await bed.whoami(tokens["access_token"])).json()["scopes"] == ["read", "write"]


async def test_nobody_can_tick_what_the_client_did_not_ask_for(bed: Bed) -> None:
    client = await bed.register()
    path = await bed.begin(client, scope="read")
    async with bed.browser() as browser:
        page = await bed.open(browser, path)
        assert page.all("input", value="write") == []
        reply = await bed.send(browser, page, scope=["write", "admin"])
    tokens = (await bed.exchange(client, answered(reply)["code"])).json()
    assert tokens["scope"] == "read"


async def test_a_client_that_asks_for_nothing_may_read(bed: Bed) -> None:
    client = await bed.register()
    async with bed.browser() as browser:
        page = await bed.open(browser, await bed.begin(client, scope=None))
        reply = await bed.send(browser, page, scope=["write"])
    assert (await bed.exchange(client, answered(reply)["code"])).json()["scope"] == "read"


async def test_saying_no_tells_the_client_so_and_asks_docker_hub_nothing(bed: Bed, hub: DockerHubDouble) -> None:
    client = await bed.register()
    path = await bed.begin(client)
    async with bed.browser() as browser:
        reply = await bed.send(browser, await bed.open(browser, path), ("", ""), decision="deny")
        again = await browser.get(path)
    assert reply.status_code == 200
    assert sent_to(reply).startswith(f"{client.redirect_uri}?")
    told = answered(reply)
    assert (told["error"], told["state"], told["iss"]) == ("access_denied", "state-1", bed.url)
    assert hub.requests == []
    assert again.status_code == 400


async def test_signing_in_by_another_spelling_is_the_same_caller(bed: Bed) -> None:
    tokens = await bed.sign_in(await bed.register(), ("ADA", ADA[1]))
    assert (await bed.whoami(tokens["access_token"])).json()["identity"] == "dockerhub:ada"


async def test_a_token_pasted_with_spaces_around_it_is_taken(bed: Bed) -> None:
    tokens = await bed.sign_in(await bed.register(), (" ada ", f"\t{ADA[1]}\r\n"))
    assert (await bed.whoami(tokens["access_token"])).status_code == 200


async def test_a_second_factor_needs_a_token(bed: Bed) -> None:
    path = await bed.begin(await bed.register())
    async with bed.browser() as browser:
        page = await bed.open(browser, path)
        assert (await bed.send(browser, page, ("grace", "grace-password"))).status_code == 403
        assert (await bed.send(browser, page, ("grace", "dckr_pat_grace00000000000000000000"))).status_code == 200


async def test_a_client_with_a_secret_has_to_show_it(bed: Bed) -> None:
    client = await bed.register(token_endpoint_auth_method="client_secret_post")
    assert client.secret
    code = await bed.code(client)
    assert (await bed.exchange(client, code, client_secret="0" * 64)).status_code == 401
    assert (await bed.exchange(client, code)).status_code == 200


async def test_the_metadata_tells_what_is_true(bed: Bed) -> None:
    told = (await bed.http.get("/.well-known/oauth-authorization-server")).json()
    assert told["issuer"] == bed.url
    assert told["authorization_response_iss_parameter_supported"] is True
    assert "none" in told["token_endpoint_auth_methods_supported"]
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["scopes_supported"] == ["read", "write"]
    assert {told[f"{name}_endpoint"] for name in ("authorization", "token", "registration", "revocation")} == {
        f"{bed.url}/{name}" for name in ("authorize", "token", "register", "revoke")
    }


async def test_two_sign_ins_in_two_tabs_of_one_browser_do_not_disturb_each_other(bed: Bed) -> None:
    client = await bed.register()
    one, other = await bed.begin(client), await bed.begin(client)
    async with bed.browser() as browser:
        first, second = await bed.open(browser, one), await bed.open(browser, other)
        assert (await bed.send(browser, first)).status_code == 200
        assert (await bed.send(browser, second)).status_code == 200


async def test_any_port_of_loopback_is_the_same_client(bed: Bed) -> None:
    client = await bed.register(redirect_uris=["http://127.0.0.1:1234/cb"])
    client.redirect_uri = "http://127.0.0.1:50999/cb"
    assert (await bed.sign_in(client))["scope"] == "read"


async def test_a_redirect_without_a_path_works_end_to_end(bed: Bed) -> None:
    client = await bed.register(redirect_uris=["http://localhost:1234"])
    client.redirect_uri = "http://localhost:5678"
    assert (await bed.sign_in(client))["scope"] == "read"


async def test_the_only_redirect_uri_need_not_be_named(bed: Bed) -> None:
    client = await bed.register()
    path = await bed.begin(client, redirect_uri=None)
    async with bed.browser() as browser:
        code = answered(await bed.send(browser, await bed.open(browser, path)))["code"]
    reply = await bed.http.post(
        "/token",
        data={
            "grant_type": "authorization_code",
            "client_id": client.id,
            "code": code,
            "code_verifier": client.pkce.verifier,
        },
    )
    assert reply.status_code == 200


async def test_docker_hubs_outage_is_no_wrong_password(bed: Bed, hub: DockerHubDouble) -> None:
    from tests.doubles.dockerhub import SERVER_ERROR

    path = await bed.begin(await bed.register())
    async with bed.browser() as browser:
        page = await bed.open(browser, path)
        hub.fail("login", SERVER_ERROR)
        for _ in range(12):  # more than anybody may fail: these are none
            reply = await bed.send(browser, page)
            assert reply.status_code == 503
            assert "could not be asked" in Page.read(reply.text).one("p", role="alert").text
        hub.mend()
        assert (await bed.send(browser, page)).status_code == 200


async def test_a_setting_that_forbids_writing_reaches_tokens_that_are_out(bed: Bed) -> None:
    tokens = await bed.sign_in(await bed.register(), scope=["write"])
    bed.provider.scopes = ("read",)
    assert (await bed.whoami(tokens["access_token"])).json()["scopes"] == ["read"]


async def test_whoever_the_operator_does_not_let_in_is_told_so_and_gets_no_code(bed: Bed) -> None:
    bed.provider.lets_in = {"grace"}.__contains__
    client = await bed.register()
    async with bed.browser() as browser:
        page = await bed.open(browser, await bed.begin(client))
        reply = await bed.send(browser, page)
        told = Page.read(reply.text)
        assert (reply.status_code, told.leads_to) == (403, None)
        assert "may not use this server" in told.one("p", role="alert").text
        # With a wrong token nobody is told who may.
        reply = await bed.send(browser, page, ("ada", "dckr_pat_wrong"))
        assert "may not use this server" not in reply.text
        assert (await bed.send(browser, page, ("grace", "dckr_pat_grace00000000000000000000"))).status_code == 200


async def test_whoever_is_no_longer_let_in_has_no_token_any_more(bed: Bed) -> None:
    client = await bed.register()
    tokens = await bed.sign_in(client)
    asked: list[str] = []
    bed.provider.lets_in = lambda name: bool(asked.append(name))
    assert (await bed.whoami(tokens["access_token"])).status_code == 401
    assert (await bed.refresh(client, tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert set(asked) == {"ada"}
    bed.provider.lets_in = lambda name: True
    # The login is gone with it.
    assert (await bed.whoami(tokens["access_token"])).status_code == 401


async def test_registrations_in_use_outlast_those_that_nobody_uses(bed: Bed, clock: Clock) -> None:
    used, unused = await bed.register(), await bed.register()
    await bed.sign_in(used)
    for _ in range(4):
        clock.advance(60 * 86_400)
        assert await bed.provider.get_client(used.id) is not None
    assert await bed.provider.get_client(unused.id) is None
    clock.advance(91 * 86_400)
    assert await bed.provider.get_client(used.id) is None


async def test_the_registration_that_is_answered_is_what_is_kept(bed: Bed) -> None:
    reply = await bed.try_to_register(
        client_name="A\u202e\x1b[31mB\n C" + "x" * 500,
        logo_uri="https://evil.example/logo.png",
        contacts=["a@b.example"],
        software_id="s",
        jwks={"keys": [1]},
        scope="read",
    )
    told = reply.json()
    assert told["client_name"].startswith("AB C")
    assert len(told["client_name"]) == 80
    assert told["scope"] == "read write"
    assert not {"logo_uri", "contacts", "software_id", "jwks"} & told.keys()


async def test_an_unknown_page_of_ours_says_what_to_do(bed: Bed) -> None:
    async with bed.browser() as browser:
        reply = await browser.get("/signin")
    assert reply.status_code == 400
    assert "connect it once more" in Page.read(reply.text).text
