"""The four registries are what the other tests take them for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.testbed import registry
from tests.testbed.certificates import SigningKey
from tests.testbed.push import PushClient, PushRefusedError, digest_of
from tests.testbed.raw import ACCEPT, APP, APP_URL, errors_of
from tests.testbed.shapes import PUSHED_TAGS, SHAPES
from tests.testbed.skopeo import skopeo_inspect, skopeo_list_tags, skopeo_raw
from tests.testbed.token_server import SERVICE, TokenOptions, TokenServer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed.push import Push
    from tests.testbed.registry import RealRegistry


class TestEveryRegistry:
    def test_lets_its_user_in_at_the_base_url(self, any_registry: RealRegistry, push: Push) -> None:
        reply = push(any_registry).request("GET", "/v2/")
        assert (reply.status_code, reply.headers["Docker-Distribution-Api-Version"]) == (200, "registry/2.0")

    def test_serves_every_shape_with_its_digest_and_media_type(
        self, any_registry: RealRegistry, push: Push
    ) -> None:
        client = push(any_registry)
        for (repository, tag), shape in SHAPES.items():
            reply = client.request("HEAD", f"/v2/{repository}/manifests/{tag}", headers=ACCEPT)
            told = reply.headers["Docker-Content-Digest"], reply.headers["Content-Type"]
            assert told == (shape.digest, shape.media_type), shape.description

    def test_is_understood_by_skopeo(self, any_registry: RealRegistry) -> None:
        assert skopeo_inspect(any_registry, "demo/app:1.0")["Digest"] == APP.digest
        assert digest_of(skopeo_raw(any_registry, "demo/app:1.0")) == APP.digest
        assert sorted(skopeo_list_tags(any_registry, "demo/tags")) == sorted(PUSHED_TAGS)

    def test_hides_its_password(self, any_registry: RealRegistry) -> None:
        assert not any_registry.password or any_registry.password not in repr(any_registry)


class TestBasicRegistry:
    def test_challenges_with_its_realm(self, basic_registry: RealRegistry) -> None:
        reply = httpx.get(f"{basic_registry.url}/v2/", trust_env=False)
        assert (reply.status_code, errors_of(reply)) == (401, ["UNAUTHORIZED"])
        assert reply.headers["WWW-Authenticate"] == f'Basic realm="{registry.REALM}"'

    def test_lets_the_reader_in_and_nobody_with_a_wrong_password(
        self, basic_registry: RealRegistry, push: Push
    ) -> None:
        assert push(basic_registry.as_user("reader")).request("GET", "/v2/").status_code == 200
        assert push(replace(basic_registry, password="wrong")).request("GET", "/v2/").status_code == 401


class TestTlsRegistry:
    def test_is_not_trusted_without_its_ca(self, tls_registry: RealRegistry) -> None:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(f"{tls_registry.url}/v2/", trust_env=False)

    def test_is_trusted_by_either_of_its_names(self, tls_registry: RealRegistry, push: Push) -> None:
        url = tls_registry.url.replace("127.0.0.1", "localhost")
        assert push(replace(tls_registry, url=url)).request("GET", "/v2/").status_code == 200


class TestTokenRegistry:
    def ask(self, token_registry: RealRegistry, path: str, token: str = "") -> httpx.Response:
        headers = ACCEPT | ({"Authorization": f"Bearer {token}"} if token else {})
        return httpx.get(token_registry.url + path, headers=headers, trust_env=False)

    def test_names_a_scope_only_for_a_repository(
        self, token_registry: RealRegistry, token_server: TokenServer
    ) -> None:
        base = f'Bearer realm="{token_server.realm}",service="{SERVICE}"'
        assert token_server.netloc == token_registry.token_netloc
        assert self.ask(token_registry, "/v2/").headers["WWW-Authenticate"] == base
        challenge = self.ask(token_registry, APP_URL).headers["WWW-Authenticate"]
        assert challenge == f'{base},scope="repository:demo/app:pull"'

    def test_gives_anonymous_users_what_is_public_only(self, token_registry: RealRegistry, push: Push) -> None:
        client = push(token_registry.as_user(None))
        assert client.request("GET", "/v2/public/app/manifests/1.0", headers=ACCEPT).status_code == 200
        refused = client.request("GET", APP_URL, headers=ACCEPT)
        assert refused.status_code == 401
        assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]

    def test_lets_the_reader_pull_and_not_push(
        self, token_registry: RealRegistry, push: Push, scratch_repository: str
    ) -> None:
        client = push(token_registry.as_user("reader"))
        assert client.request("GET", APP_URL, headers=ACCEPT).status_code == 200
        with pytest.raises(PushRefusedError, match="401"):
            client.blob(scratch_repository, b"no")

    def test_lists_its_catalog_only_to_who_may_do_all(self, token_registry: RealRegistry, push: Push) -> None:
        assert push(token_registry).request("GET", "/v2/_catalog").status_code == 200
        assert push(token_registry.as_user("reader")).request("GET", "/v2/_catalog").status_code == 401

    def test_forgives_a_token_one_minute_past_its_end_and_no_more(
        self, token_registry: RealRegistry, token_server: TokenServer
    ) -> None:
        scope = ("repository:demo/app:pull",)
        token_server.options = TokenOptions(ttl=-30)
        assert self.ask(token_registry, APP_URL, token_server.issue("reader", scope)["token"]).status_code == 200
        token_server.options = TokenOptions(ttl=-90)
        late = self.ask(token_registry, APP_URL, token_server.issue("reader", scope)["token"])
        assert late.status_code == 401
        assert 'error="invalid_token"' in late.headers["WWW-Authenticate"]

    def test_takes_rs256_tokens_as_well(self, tmp_path: Path, scratch_repository: str) -> None:
        with (
            TokenServer(SigningKey("RS256")) as server,
            registry.token(tmp_path, server) as running,
            PushClient(running) as client,
        ):
            assert client.blob(scratch_repository, b"signed by RSA") == digest_of(b"signed by RSA")
