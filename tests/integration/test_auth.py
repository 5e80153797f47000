"""Credentials: which are used, what a refusal is called, how often tokens are fetched, and who sees none."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest
from tests.testbed import faults
from tests.testbed.configuration import registry_entry, write_configuration
from tests.testbed.fault_proxy import Rule
from tests.testbed.raw import ACCEPT, APP, APP_URL
from tests.testbed.shapes import PUSHED_TAGS, SHAPES
from tests.testbed.token_server import SERVICE, TokenOptions

from portcall.errors import BlockedError, NotFoundError, PortcallError, UnauthorizedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.testbed.configuration import Entry
    from tests.testbed.fault_proxy import FaultProxy
    from tests.testbed.registry import RealRegistry
    from tests.testbed.shell import Finished, Shell
    from tests.testbed.token_server import TokenServer

    from portcall import Portcall
    from portcall.testing import RecordingServer

pytestmark = pytest.mark.anyio

PRIVATE = pytest.mark.parametrize("kind", ["basic", "token"])
READS = "repository:demo/app:pull"


@pytest.fixture
def private(request: pytest.FixtureRequest, kind: str) -> RealRegistry:
    """A registry that lets nobody in without credentials, by Basic or by tokens."""
    running: RealRegistry = request.getfixturevalue(f"{kind}_registry")
    return running


@PRIVATE
@pytest.mark.parametrize("user", ["writer", "reader"])
async def test_either_user_gets_in_with_the_password_from_a_file(
    private: RealRegistry, gateway: Callable[..., Portcall], user: str
) -> None:
    detail = await gateway(private.as_user(user)).get_image_details(private.reference("demo/app:1.0"))
    assert detail.digest == APP.digest


class TestAtTheShell:
    """The same with everything in between: file, environment, child process, exit status."""

    @PRIVATE
    def test_the_password_may_come_from_the_environment(
        self, private: RealRegistry, tmp_path: Path, shell: Shell
    ) -> None:
        done = self.inspect(private, tmp_path, shell, str(private.password))
        assert (done.status, json.loads(done.out)["digest"]) == (0, APP.digest)

    @PRIVATE
    def test_a_wrong_password_is_told_as_such_and_never_repeated(
        self, private: RealRegistry, tmp_path: Path, shell: Shell
    ) -> None:
        done = self.inspect(private, tmp_path, shell, "swordfish")
        assert done.status == 1
        assert json.loads(done.out)["error"]["code"] == "unauthorized"
        assert done.err.startswith("unauthorized: ")
        assert "swordfish" not in done.out + done.err

    def test_a_variable_that_is_not_set_ends_it_with_the_name_of_key_and_variable(
        self, basic_registry: RealRegistry, tmp_path: Path, shell: Shell
    ) -> None:
        config = self.write(basic_registry, tmp_path)
        done = shell.portcall("inspect", "nginx", "--config", config)
        assert (done.status, done.out) == (2, "")
        assert f'registries."{basic_registry.netloc}".password_env' in done.err
        assert "REGISTRY_PASSWORD" in done.err

    def inspect(self, registry: RealRegistry, folder: Path, shell: Shell, password: str) -> Finished:
        image, config = registry.reference("demo/app:1.0"), self.write(registry, folder)
        environment = {"REGISTRY_PASSWORD": password}
        return shell.portcall("inspect", image, "--json", "--config", config, environment=environment)

    def write(self, registry: RealRegistry, folder: Path) -> str:
        entry = registry_entry(registry, folder)
        del entry["password_file"]
        entry["password_env"] = "REGISTRY_PASSWORD"
        return str(write_configuration(folder / "portcall.toml", {registry.netloc: entry}))


@PRIVATE
async def test_a_wrong_password_is_unauthorized_from_the_first_question_on(
    private: RealRegistry, gateway: Callable[..., Portcall]
) -> None:
    portcall = gateway(replace(private, password="swordfish"))
    for _ in range(2):
        with pytest.raises(UnauthorizedError) as refused:
            await portcall.get_image_details(private.reference("demo/app:1.0"))
        assert "password" in refused.value.hint
        assert "swordfish" not in f"{refused.value!r} {refused.value} {refused.value.hint}"


async def test_nobody_is_told_to_sign_in_where_basic_is_wanted(
    basic_registry: RealRegistry, gateway: Callable[..., Portcall]
) -> None:
    with pytest.raises(UnauthorizedError, match="wants a user name") as refused:
        await gateway(basic_registry.as_user(None)).search_tags(basic_registry.reference("demo/app"))
    assert f'[registries."{basic_registry.netloc}"]' in refused.value.hint


async def test_what_tokens_hide_is_not_found_or_no_access(
    token_registry: RealRegistry, gateway: Callable[..., Portcall]
) -> None:
    portcall = gateway(token_registry.as_user(None))
    for hidden in ("demo/app:1.0", "demo/absent:1.0"):
        with pytest.raises(NotFoundError, match="or no access") as refused:
            await portcall.get_image_details(token_registry.reference(hidden))
        assert "credentials" in refused.value.hint
    shown = await portcall.get_image_details(token_registry.reference("public/app:1.0"))
    assert shown.digest == SHAPES["public/app", "1.0"].digest


async def test_a_loopback_registry_named_in_a_reference_needs_no_configuration(
    plain_registry: RealRegistry, gateway: Callable[..., Portcall]
) -> None:
    detail = await gateway().get_image_details(plain_registry.reference("demo/app:1.0"))
    assert detail.digest == APP.digest


class TestTokens:
    """How often the token service is asked."""

    def asked(self, server: TokenServer) -> list[tuple[str, ...]]:
        return [request.scopes for request in server.requests]

    async def test_one_token_serves_everything_in_a_repository(
        self, token_registry: RealRegistry, token_server: TokenServer, gateway: Callable[..., Portcall]
    ) -> None:
        portcall, app = gateway(token_registry.as_user("reader")), token_registry.reference("demo/app")
        await portcall.get_image_details(f"{app}:1.0")
        await portcall.get_image_details(f"{app}:1.0", platform="linux/arm64")
        await portcall.get_manifest(f"{app}:nested")
        await portcall.search_tags(app)
        assert self.asked(token_server) == [(READS,)]
        assert [request.grant for request in token_server.requests] == ["basic"]

    async def test_each_repository_has_a_token_of_its_own_that_may_only_read(
        self, token_registry: RealRegistry, token_server: TokenServer, gateway: Callable[..., Portcall]
    ) -> None:
        portcall = gateway(token_registry)
        for _ in range(2):
            for name in ("demo/app:1.0", "demo/docker:list", "demo/zstd:1.0"):
                await portcall.get_image_details(token_registry.reference(name))
        repositories = ("demo/app", "demo/docker", "demo/zstd")
        assert self.asked(token_server) == [(f"repository:{each}:pull",) for each in repositories]

    async def test_questions_at_the_same_time_share_one_token(
        self, token_registry: RealRegistry, token_server: TokenServer, gateway: Callable[..., Portcall]
    ) -> None:
        portcall = gateway(token_registry)
        async with anyio.create_task_group() as group:
            for tag in PUSHED_TAGS:
                group.start_soon(portcall.get_manifest, token_registry.reference(f"demo/tags:{tag}"))
        assert self.asked(token_server) == [("repository:demo/tags:pull",)]

    async def test_a_token_that_ends_before_its_time_is_renewed_once(
        self, token_registry: RealRegistry, token_server: TokenServer, gateway: Callable[..., Portcall]
    ) -> None:
        portcall = gateway(token_registry.as_user("reader"))
        # Without an expiry portcall takes it for good for a minute; the registry forgives 60 s, so: one second.
        token_server.options = TokenOptions(ttl=-59, expiry=False)
        await portcall.get_manifest(token_registry.reference("demo/app:1.0-amd64"))
        assert len(token_server.requests) == 1
        await until_refused(token_registry, token_server.issue("reader", (READS,))["token"])
        token_server.options = TokenOptions()
        detail = await portcall.get_image_details(token_registry.reference("demo/app:1.0"))
        assert detail.digest == APP.digest
        assert self.asked(token_server) == [(READS,), (READS,)]

    async def test_a_token_is_kept_no_longer_than_its_service_says(
        self, token_registry: RealRegistry, token_server: TokenServer, gateway: Callable[..., Portcall]
    ) -> None:
        token_server.options = TokenOptions(ttl=-90)  # over before it begins
        portcall = gateway(token_registry.as_user("reader"))
        with pytest.raises(PortcallError) as refused:
            await portcall.get_manifest(token_registry.reference("demo/app:1.0"))
        assert refused.value.code in {"not_found", "unauthorized"}
        assert len(token_server.requests) <= 4  # and no endless loop
        token_server.options = TokenOptions()
        assert (await portcall.get_manifest(token_registry.reference("demo/app:1.0"))).digest == APP.digest

    @pytest.mark.parametrize("field", ["token", "access_token"])
    async def test_either_field_will_do(
        self,
        token_registry: RealRegistry,
        token_server: TokenServer,
        gateway: Callable[..., Portcall],
        field: str,
    ) -> None:
        token_server.options = TokenOptions(field=field, expiry=False)  # type: ignore[arg-type]
        detail = await gateway(token_registry).get_image_details(token_registry.reference("demo/app:1.0"))
        assert detail.digest == APP.digest


async def until_refused(registry: RealRegistry, token: str) -> None:
    """Return as soon as the registry no longer takes the token."""
    headers = ACCEPT | {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=registry.url, headers=headers, trust_env=False) as client:
        for _ in range(200):
            if (await client.head(APP_URL)).status_code == 401:
                return
            await anyio.sleep(0.05)
    pytest.fail("the registry takes a token long past its end")


class TestWhoSeesThem:
    """Credentials go to their registry and to its own token service; whoever else asks gets none."""

    @pytest.fixture
    def entry(self, basic_registry: RealRegistry, proxy: FaultProxy, tmp_path: Path) -> Entry:
        return registry_entry(proxy.in_front_of(basic_registry), tmp_path)

    @pytest.fixture
    def proxy(self, basic_registry: RealRegistry, fault_proxy_for: Callable[..., FaultProxy]) -> FaultProxy:
        return fault_proxy_for(basic_registry)

    @pytest.fixture
    def ask(self, proxy: FaultProxy, entry: Entry, gateway_of: Callable[..., Portcall]) -> Callable[..., Portcall]:
        """Opens a gateway for the registry behind the proxy, its entry changed as wanted."""
        return lambda **changes: gateway_of({proxy.netloc: entry | changes})

    async def test_a_token_service_elsewhere_is_blocked_until_auth_hosts_names_it(
        self,
        token_registry: RealRegistry,
        token_server: TokenServer,
        gateway_of: Callable[..., Portcall],
        tmp_path: Path,
    ) -> None:
        entry = registry_entry(token_registry, tmp_path)
        del entry["auth_hosts"]
        portcall = gateway_of({token_registry.netloc: entry})
        with pytest.raises(BlockedError, match=token_server.netloc) as refused:
            await portcall.get_image_details(token_registry.reference("demo/app:1.0"))
        assert "auth_hosts" in refused.value.hint
        assert token_server.netloc in refused.value.hint
        assert token_server.requests == []

    async def test_a_redirect_leads_to_no_address_that_is_not_public(
        self, proxy: FaultProxy, ask: Callable[..., Portcall], recording_server: RecordingServer
    ) -> None:
        proxy.rules = [Rule(faults.Redirect(recording_server.address.url), match=APP_URL)]
        with pytest.raises(BlockedError):
            await ask().get_manifest(f"{proxy.netloc}/demo/app:1.0")
        assert recording_server.requests == []

    @pytest.mark.parametrize("challenge", ['Basic realm="give"', 'Bearer realm="{url}/token",service="x"'])
    async def test_a_redirect_takes_no_credentials_along_even_where_it_may_lead(
        self,
        proxy: FaultProxy,
        ask: Callable[..., Portcall],
        recording_server: RecordingServer,
        challenge: str,
    ) -> None:
        elsewhere = recording_server.address
        headers = {"WWW-Authenticate": challenge.format(url=elsewhere.url)}
        recording_server.reply = replace(
            recording_server.reply, status=401, headers={**recording_server.reply.headers, **headers}
        )
        proxy.rules = [Rule(faults.Redirect(elsewhere.url), match=APP_URL)]
        with pytest.raises(PortcallError):
            await ask(auth_hosts=[elsewhere.netloc]).get_manifest(f"{proxy.netloc}/demo/app:1.0")
        assert recording_server.requests
        assert recording_server.secrets() == []

    async def test_a_realm_elsewhere_gets_nothing(
        self, proxy: FaultProxy, ask: Callable[..., Portcall], recording_server: RecordingServer
    ) -> None:
        lure = {"WWW-Authenticate": f'Bearer realm="{recording_server.address.url}/token",service="{SERVICE}"'}
        proxy.rules = [Rule(faults.ChangeHeaders(set=lure))]
        with pytest.raises(BlockedError, match="may not receive its credentials"):
            await ask().get_manifest(f"{proxy.netloc}/demo/app:1.0")
        assert recording_server.requests == []

    async def test_the_registry_itself_gets_them_only_once_it_has_asked(
        self, proxy: FaultProxy, ask: Callable[..., Portcall]
    ) -> None:
        detail = await ask().get_image_details(f"{proxy.netloc}/demo/app:1.0")
        assert detail.digest == APP.digest
        schemes = [seen.scheme for seen in proxy.log]
        assert schemes == [None, "Basic", "Basic", "Basic"]
