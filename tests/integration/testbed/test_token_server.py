"""The token server issues, refuses and logs as registries' services do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import jwt
import pytest
from tests.testbed.token_server import SERVICE, TokenOptions, TokenServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class TestTokenServer:
    @pytest.fixture
    def get(self, token_server: TokenServer) -> Iterator[Callable[..., httpx.Response]]:
        with httpx.Client(trust_env=False, params={"service": SERVICE}) as client:
            yield lambda scope="", auth=None: client.get(token_server.realm, params={"scope": scope}, auth=auth)

    def post(self, token_server: TokenServer, **form: str) -> httpx.Response:
        return httpx.post(token_server.realm, data={"service": SERVICE, **form}, trust_env=False)

    def test_logs_who_asked_for_what_and_how(
        self, token_server: TokenServer, get: Callable[..., httpx.Response]
    ) -> None:
        assert get("repository:public/app:pull").status_code == 200
        assert get("repository:demo/app:pull", ("reader", "reader-secret")).status_code == 200
        assert get("repository:demo/app:pull", ("reader", "wrong")).status_code == 401
        seen = [(one.method, one.grant, one.username, one.scopes[0], one.status) for one in token_server.requests]
        assert seen == [
            ("GET", "anonymous", "", "repository:public/app:pull", 200),
            ("GET", "basic", "reader", "repository:demo/app:pull", 200),
            ("GET", "basic", "reader", "repository:demo/app:pull", 401),
        ]

    def test_grants_no_more_than_the_user_may(
        self, token_server: TokenServer, get: Callable[..., httpx.Response]
    ) -> None:
        token = get("repository:demo/app:pull,push", ("reader", "reader-secret")).json()["token"]
        claims = jwt.decode(token, token_server.key.private.public_key(), ["ES256"], audience=SERVICE)
        assert claims["access"] == [{"type": "repository", "name": "demo/app", "actions": ["pull"]}]

    def test_gives_and_takes_refresh_tokens_by_post(self, token_server: TokenServer) -> None:
        first = self.post(
            token_server,
            grant_type="password",
            username="reader",
            password="reader-secret",
            access_type="offline",
            scope="repository:demo/app:pull",
        )
        again = self.post(token_server, grant_type="refresh_token", refresh_token=first.json()["refresh_token"])
        assert (first.status_code, again.status_code) == (200, 200)
        assert [one.grant for one in token_server.requests] == ["password", "refresh_token"]
        assert {one.username for one in token_server.requests} == {"reader"}

    @pytest.mark.parametrize(
        ("form", "status"),
        [
            ({"grant_type": "password", "username": "reader", "password": "wrong"}, 401),
            ({"grant_type": "password", "username": "", "password": ""}, 401),
            ({"grant_type": "refresh_token", "refresh_token": "wrong"}, 401),
            ({"grant_type": "device"}, 400),
        ],
    )
    def test_refuses_other_posts(self, token_server: TokenServer, form: dict[str, str], status: int) -> None:
        assert self.post(token_server, **form).status_code == status

    @pytest.mark.parametrize("field", ["token", "access_token"])
    def test_can_use_either_field_and_keep_the_expiry_to_itself(
        self, token_server: TokenServer, get: Callable[..., httpx.Response], field: str
    ) -> None:
        token_server.options = TokenOptions(field=field, expiry=False)  # type: ignore[arg-type]
        assert set(get().json()) == {field}

    def test_can_know_no_post(self, token_server: TokenServer) -> None:
        token_server.options = TokenOptions(oauth2=False)
        assert self.post(token_server, grant_type="password").status_code == 405
