"""The fake registry asks for credentials as real ones do."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from portcall.testing import BasicAuth, BearerAuth, FakeRegistry, image

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

PATH = "/v2/shop/api/manifests/latest"
ADA = ("ada", "secret")


def served(auth: BasicAuth | BearerAuth) -> FakeRegistry:
    registry = FakeRegistry(auth=auth)
    for repository in ("shop/api", "public/app"):
        registry.push(repository, image(), tags=["latest"])
    return registry


def client_of(registry: FakeRegistry) -> AbstractContextManager[httpx.Client]:
    return httpx.Client(base_url=registry.address.url, verify=False, trust_env=False)


@pytest.fixture
def basic() -> Iterator[httpx.Client]:
    registry = served(BasicAuth({"ada": "secret"}, public=["public/*"]))
    with registry.serve(), client_of(registry) as client:
        yield client


@pytest.fixture
def bearer() -> Iterator[httpx.Client]:
    auth = BearerAuth({"ada": "secret", "bob": "pass"}, public=["public/*"], grants={"bob": ["team/*"]})
    registry = served(auth)
    with registry.serve(), client_of(registry) as client:
        yield client


def token(client: httpx.Client, scope: str = "repository:shop/api:pull", **options: Any) -> str:
    answer = client.get("/token", params={"service": "portcall.testing", "scope": scope}, **options)
    assert answer.status_code == 200
    return str(answer.json()["token"])


def with_token(client: httpx.Client, value: str, path: str = PATH) -> httpx.Response:
    return client.get(path, headers={"Authorization": f"Bearer {value}"})


def test_basic_asks_and_lets_the_right_password_in(basic: httpx.Client):
    answer = basic.get(PATH)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Basic realm="portcall.testing"')
    assert answer.json()["errors"][0]["code"] == "UNAUTHORIZED"
    assert basic.get(PATH, auth=ADA).status_code == 200


@pytest.mark.parametrize("header", ["Basic !!!", "Basic /w==", "Bearer abc", "Basic", "Basic YWRhOndyb25n"])
def test_basic_refuses_anything_else(basic: httpx.Client, header: str):
    assert basic.get(PATH, headers={"Authorization": header}).status_code == 401


def test_basic_leaves_public_repositories_open(basic: httpx.Client):
    assert basic.get("/v2/public/app/manifests/latest").status_code == 200
    assert basic.get("/v2/").status_code == 401


def test_challenge_names_this_server_and_the_scope(bearer: httpx.Client):
    answer = bearer.get(PATH)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == (
        f'Bearer realm="{bearer.base_url}/token",service="portcall.testing",scope="repository:shop/api:pull"'
    )


def test_challenge_of_ping_has_no_scope(bearer: httpx.Client):
    assert "scope" not in bearer.get("/v2/").headers["WWW-Authenticate"]


def test_catalog_needs_its_own_scope(bearer: httpx.Client):
    assert 'scope="registry:catalog:*"' in bearer.get("/v2/_catalog").headers["WWW-Authenticate"]
    assert with_token(bearer, token(bearer, "registry:catalog:*"), "/v2/_catalog").status_code == 401
    assert with_token(bearer, token(bearer, "registry:catalog:*", auth=ADA), "/v2/_catalog").status_code == 200


def test_user_gets_a_token_that_works(bearer: httpx.Client):
    assert with_token(bearer, token(bearer, auth=ADA)).status_code == 200


def test_public_repositories_need_a_token_that_anybody_gets(bearer: httpx.Client):
    assert bearer.get("/v2/public/app/tags/list").status_code == 401
    anybody = token(bearer, "repository:public/app:pull")
    assert with_token(bearer, anybody, "/v2/public/app/tags/list").status_code == 200


@pytest.mark.parametrize("auth", [None, ("bob", "pass")])
def test_token_grants_no_more_than_its_user_may(bearer: httpx.Client, auth: Any):
    answer = with_token(bearer, token(bearer, auth=auth))
    assert answer.status_code == 401
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    assert answer.json()["errors"][0]["detail"][0]["Name"] == "shop/api"


def test_token_for_one_repository_does_not_open_another(bearer: httpx.Client):
    other = token(bearer, "repository:public/app:pull", auth=ADA)
    assert with_token(bearer, other).status_code == 401


def test_several_scopes_and_actions_come_in_one_token(bearer: httpx.Client):
    scope = "repository:shop/api:pull,push repository:public/app:pull"
    both = token(bearer, scope, auth=ADA)
    assert with_token(bearer, both).status_code == 200
    assert with_token(bearer, both, "/v2/public/app/tags/list").status_code == 200


def test_wrong_password_gets_no_token(bearer: httpx.Client):
    answer = bearer.get("/token", params={"scope": "repository:public/app:pull"}, auth=("ada", "wrong"))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "UNAUTHORIZED")


def test_made_up_token_is_invalid(bearer: httpx.Client):
    assert 'error="invalid_token"' in with_token(bearer, "made-up").headers["WWW-Authenticate"]


def test_token_is_a_jwt_whose_exp_is_true(bearer: httpx.Client):
    answer = bearer.get("/token", params={"scope": "repository:public/app:pull"}).json()
    payload = answer["token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["exp"] - claims["iat"] == answer["expires_in"] == 300
    assert claims["access"] == [{"type": "repository", "name": "public/app", "actions": ["pull"]}]
    assert answer["access_token"] == answer["token"]


def test_expired_token_is_invalid_whatever_was_announced():
    now = [1000.0]
    registry = served(BearerAuth(ttl=10, announced=300, clock=lambda: now[0]))
    with registry.serve(), client_of(registry) as client:
        value = token(client)
        assert with_token(client, value).status_code == 200
        now[0] += 11
        answer = with_token(client, value)
        assert client.get("/token").json()["expires_in"] == 300
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_revoked_tokens_are_refused_mid_session():
    auth = BearerAuth()
    registry = served(auth)
    with registry.serve(), client_of(registry) as client:
        value = token(client)
        assert with_token(client, value).status_code == 200
        auth.revoke_tokens()
        assert with_token(client, value).status_code == 401


def test_realm_may_lead_elsewhere():
    registry = served(BearerAuth(realm="http://{host}/elsewhere", service="other"))
    with registry.serve() as address, client_of(registry) as client:
        challenge = client.get(PATH).headers["WWW-Authenticate"]
    assert challenge.startswith(f'Bearer realm="http://{address.netloc}/elsewhere",service="other"')


def test_quay_answers_public_repositories_without_a_token():
    registry = served(BearerAuth(public=["public/*"], challenge_public=False))
    with registry.serve(), client_of(registry) as client:
        assert client.get("/v2/public/app/manifests/latest").status_code == 200
        assert client.get("/v2/").status_code == 401
        assert client.get(PATH).status_code == 401


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"grant_type": "password", "username": "ada", "password": "secret"}, 200),
        ({"grant_type": "password", "username": "ada", "password": "wrong"}, 401),
        ({"grant_type": "refresh_token", "refresh_token": "identity"}, 200),
        ({"grant_type": "refresh_token", "refresh_token": "other"}, 401),
        ({"grant_type": "magic"}, 400),
    ],
)
def test_oauth2_post_takes_passwords_and_identity_tokens(form: dict[str, str], status: int):
    registry = served(BearerAuth({"ada": "secret"}, public=[], identity_tokens={"identity": "ada"}))
    with registry.serve(), client_of(registry) as client:
        answer = client.post("/token", data={**form, "scope": "repository:shop/api:pull"})
        assert answer.status_code == status
        if status == 200:
            assert with_token(client, answer.json()["access_token"]).status_code == 200


def test_oauth2_post_may_be_refused():
    registry = served(BearerAuth(post_status=405))
    with registry.serve(), client_of(registry) as client:
        assert client.post("/token", data={"grant_type": "password"}).status_code == 405


def test_open_registry_has_no_token_endpoint():
    with FakeRegistry().serve() as address:
        assert httpx.get(f"{address.url}/token", verify=False).status_code == 404


def test_credentials_are_recorded_and_never_shown_in_a_repr_of_the_tokens():
    auth = BearerAuth({"ada": "secret"})
    registry = served(auth)
    with registry.serve(), client_of(registry) as client:
        value = token(client, auth=ADA)
        with_token(client, value)
    assert [request.scheme_used for request in registry.requests] == ["basic", "bearer"]
    assert value not in repr(auth.tokens)
    assert [grant.user for grant in auth.tokens.issued] == ["ada"]
