"""The Docker Hub double's callers: who they are, how often they ask, and what they send."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import jwt
import pytest
from tests.doubles.dockerhub import DEFAULT_SECRETS, Clock, DockerHubDouble, Places
from tests.doubles.dockerhub.contract import Contract
from tests.doubles.hub_asking import LEDGER, MANY, NGINX, Ask, asking, signed_in
from tests.doubles.hub_recorded import needs_recordings

from portcall.testing import Request


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(clock: Clock) -> DockerHubDouble:
    return DockerHubDouble(clock=clock)


@pytest.fixture
def places(hub: DockerHubDouble) -> Iterator[Places]:
    with hub.serve() as places:
        yield places


@pytest.fixture
def ask(places: Places) -> Iterator[Ask]:
    with asking(places.api) as ask:
        yield ask


# People


def test_users_and_organisations_are_told_each_in_their_place(ask: Ask):
    ada, acme = ask("/v2/users/ada/").json(), ask("/v2/orgs/grafana/").json()
    common = {"id", "uuid", "full_name", "location", "company", "profile_url", "date_joined"} | {
        "gravatar_url",
        "gravatar_email",
        "type",
    }
    assert set(ada) == common | {"username"}
    assert set(acme) == common | {"orgname", "badge"}
    assert (ada["type"], acme["type"], acme["badge"]) == ("User", "Organization", "verified_publisher")


def test_the_other_kind_is_redirected_to_by_a_relative_address(ask: Ask):
    answers = [ask("/v2/users/acme/"), ask("/v2/orgs/ada/")]
    moved = [(answer.status_code, answer.headers["location"]) for answer in answers]
    assert moved == [(308, "/v2/orgs/acme"), (308, "/v2/users/ada")]
    assert ask("/v2/users/acme/", follow_redirects=True).json()["orgname"] == "acme"


def test_nobody_is_missing_in_both_places(ask: Ask):
    assert [ask(f"/v2/{kind}/nobody/").status_code for kind in ("users", "orgs")] == [404, 404]


def test_own_organisations_want_a_login(ask: Ask):
    assert ask("/v2/user/orgs").status_code == 401
    (row,) = ask("/v2/user/orgs", token=signed_in(ask, "ada", "ada")).json()["results"]
    assert row["orgname"] == "acme"


# Signing in


def test_a_login_gives_a_token_of_ten_minutes_with_the_users_name(clock: Clock, ask: Ask):
    claims = jwt.decode(signed_in(ask, "ada", "ada, by token"), options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 600
    assert claims["iat"] == clock()
    assert claims["https://hub.docker.com"]["username"] == "ada"


@pytest.mark.parametrize(
    ("identifier", "secret", "status"),
    [
        ("ada", "ada", 200),
        ("ada", "ada, by token", 200),
        ("ada", "ada, public only", 404),
        ("acme", "acme", 200),
        ("grace", "grace, by token", 200),
    ],
)
def test_a_token_shows_private_repositories_where_its_scope_does(
    ask: Ask, identifier: str, secret: str, status: int
):
    assert ask(LEDGER, token=signed_in(ask, identifier, secret)).status_code == status


def test_signed_in_callers_page_without_a_cap(ask: Ask):
    token = signed_in(ask, "ada", "ada, public only")
    answer = ask(MANY, token=token, params={"page": 30, "page_size": 100})
    assert (answer.status_code, len(answer.json()["results"])) == (200, 100)
    assert ask("/api/search/v4", token=token, params={"query": "", "from": 100}).status_code == 200


def test_an_owner_sees_what_nobody_else_does(ask: Ask):
    info = ask(LEDGER, token=signed_in(ask, "ada", "ada")).json()
    assert info["permissions"] == {"read": True, "write": True, "admin": True}
    assert isinstance(info["storage_size"], int)
    assert ask(NGINX).json()["permissions"] == {"read": True, "write": False, "admin": False}


def test_an_expired_a_foreign_and_a_wrong_kind_of_token_are_refused_everywhere(clock: Clock, ask: Ask):
    token = signed_in(ask, "ada", "ada")
    clock.advance(599)
    assert ask(NGINX, token=token).status_code == 200
    clock.advance(1)
    for path in (NGINX, f"{NGINX}/tags", "/api/search/v4?query=nginx", "/v2/users/ada/"):
        for each in (token, "garbage", DEFAULT_SECRETS["ada, by token"]):
            answer = ask(path, token=each)
            assert (answer.status_code, answer.json()) == (401, {"message": "unauthorized", "errinfo": {}})


def test_a_second_factor_is_asked_for_with_a_password_and_never_with_a_token(ask: Ask):
    body = {"identifier": "grace", "secret": DEFAULT_SECRETS["grace"]}
    refused = ask("/v2/auth/token", "POST", json=body)
    assert refused.status_code == 401
    assert set(refused.json()) == {"detail", "login_2fa_token"}
    pending = refused.json()["login_2fa_token"]
    wrong = ask("/v2/users/2fa-login", "POST", json={"login_2fa_token": pending, "code": "000000"})
    assert (wrong.status_code, wrong.json()) == (401, {"detail": "Incorrect authentication credentials"})
    right = ask("/v2/users/2fa-login", "POST", json={"login_2fa_token": pending, "code": "123456"})
    assert ask(LEDGER, token=right.json()["token"]).status_code == 200
    assert signed_in(ask, "grace", "grace, by token")


def test_the_deprecated_login_works_still(ask: Ask):
    body = {"username": "ada", "password": DEFAULT_SECRETS["ada"]}
    answer = ask("/v2/users/login?refresh_token=true", "POST", json=body)
    assert set(answer.json()) == {"token", "refresh_token"}
    assert ask(LEDGER, token=answer.json()["token"]).status_code == 200
    wrong = ask("/v2/users/login", "POST", json=body | {"password": "wrong-password"})
    assert (wrong.status_code, list(wrong.json())) == (401, ["detail"])


def test_a_short_secret_is_not_even_looked_at(ask: Ask):
    answer = ask("/v2/auth/token", "POST", json={"identifier": "ada", "secret": "short"})
    assert answer.status_code == 400
    assert answer.json()["errinfo"] == {"secret": "must be at least 9 characters"}


# Limits, paths, and the journal


def test_every_answer_tells_what_is_left_of_the_minute(clock: Clock, ask: Ask):
    answers = [
        ask(path) for path in (NGINX, LEDGER, "/api/search/v4?query=nginx", "/v2/users/library/", "/nowhere")
    ]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["179", "178", "177", "176", "175"]
    assert {answer.headers["x-ratelimit-limit"] for answer in answers} == {"180"}
    assert {answer.headers["x-ratelimit-reset"] for answer in answers} == {str(int(clock()) + 60)}


def test_over_the_limit_there_is_a_wait_in_seconds(hub: DockerHubDouble, clock: Clock, ask: Ask):
    ask(NGINX)
    hub.api_limit.exhaust()
    clock.advance(18)
    answer = ask(NGINX)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "42")
    assert answer.json() == {"detail": "Rate limit exceeded", "error": False}
    clock.advance(42)
    assert ask(NGINX).status_code == 200


@pytest.mark.parametrize("agent", ["Go-http-client/2.0", ""])
def test_a_client_that_does_not_say_who_it_is_is_blocked(places: Places, agent: str):
    answer = httpx.get(f"{places.api}{NGINX}", headers={"User-Agent": agent})
    assert (answer.status_code, answer.text) == (403, "error code: 1010")


@pytest.mark.parametrize(
    "path",
    [
        "/v2/namespaces/library%2F..%2Facme/repositories/ledger",
        "/v2/namespaces/../user/orgs",
        "/v2/namespaces/library/repositories/nginx%3Fpage=1/tags",
        "/v2/namespaces/library/repositories/nginx%23/tags",
        "/v2/namespaces//repositories/nginx",
        "/v2/namespaces/library/repositories/./tags",
        "/v2/users/%2e%2e/orgs/acme",
        "/v2/orgs/acme%00",
    ],
)
def test_a_path_that_leaves_its_place_is_refused_and_written_down(hub: DockerHubDouble, places: Places, path: str):
    # httpx would tidy the path up.
    connection = http.client.HTTPConnection(str(urlsplit(places.api).netloc))
    connection.request("GET", path, headers={"User-Agent": "test"})
    assert connection.getresponse().status == 404
    connection.close()
    assert [asked.path for asked in hub.hostile] == [path]


@needs_recordings
def test_a_query_smuggled_into_a_name_is_a_violation(hub: DockerHubDouble, ask: Ask):
    ask("/v2/namespaces/library/repositories/nginx?x=/tags")
    assert hub.violations == [f"GET {NGINX}: unknown parameter 'x'"]


def test_requests_are_written_down_with_their_credentials(hub: DockerHubDouble, places: Places, ask: Ask):
    token = signed_in(ask, "ada", "ada")
    ask(NGINX, token=token)
    httpx.get(f"{places.auth}/token", auth=("ada", DEFAULT_SECRETS["ada, by token"]))
    assert [asked.service for asked in hub.requests] == ["api", "api", "auth"]
    assert hub.secrets("api") == [DEFAULT_SECRETS["ada"], token]
    assert hub.secrets("auth") == [DEFAULT_SECRETS["ada, by token"]]
    assert hub.asked("api", path="/v2/namespaces", method="GET")[0].authorization == f"Bearer {token}"
    hub.forget()
    assert hub.requests == []


def test_without_the_document_only_undocumented_paths_are_judged(tmp_path: Path):
    contract = Contract.published(tmp_path / "nowhere.yaml")
    assert not contract.is_published
    assert contract.violations(Request(method="GET", path="/nowhere")) == []
    told = contract.violations(Request(method="GET", path="/api/search/v4", query="q=nginx"))
    assert told == ["GET /api/search/v4: unknown parameter 'q'"]
