"""The double of ghcr.io: held against recorded answers, and each of its ways over real HTTP."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Iterator

import httpx
import pytest
from tests.doubles.ghcr import (
    FINE_GRAINED_TOKEN,
    OCTO_TOKEN,
    SCOPELESS_TOKEN,
    STRANGER_TOKEN,
    GitHubDouble,
    MalformedRow,
    Outage,
    Places,
    refusals,
)
from tests.doubles.ghcr.extract import EXTRACT

from portcall import Portcall
from portcall.errors import NotFoundError
from portcall.settings import Settings
from portcall.testing import image, layer, quirks

RECORDED = EXTRACT.parents[1] / "ghcr" / "recorded-ghcr-responses.json"
DENIED = {"errors": [{"code": "DENIED", "message": "requested access to the resource is denied"}]}
BAD = {"errors": [{"code": "DENIED", "message": "denied"}]}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def github() -> GitHubDouble:
    return GitHubDouble()


@pytest.fixture
def places(github: GitHubDouble) -> Iterator[Places]:
    with github.serve() as places:
        yield places


@pytest.fixture
def ghcr(places: Places) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=places.registry.url, trust_env=False) as client:
        yield client


@pytest.fixture
def recorded() -> list[dict]:
    if not RECORDED.is_file():
        pytest.skip("the recorded answers are not beside this checkout")
    return json.loads(RECORDED.read_text("utf-8"))


def ask(ghcr: httpx.Client, path: str, token: str | None = None, user: str = "octo") -> httpx.Response:
    """Ask the token endpoint for one repository."""
    scope = {"service": "ghcr.io", "scope": f"repository:{path}:pull"}
    return ghcr.get("/token", params=scope, auth=None if token is None else (user, token))


def bearer(ghcr: httpx.Client, path: str, token: str | None = None) -> dict[str, str]:
    return {"Authorization": f"Bearer {ask(ghcr, path, token).json()['token']}"}


# The token endpoint


def test_a_public_package_gives_anybody_a_token_that_does_not_say_how_long_it_lives(ghcr: httpx.Client):
    answer = ask(ghcr, "acme/app")
    assert answer.status_code == 200
    assert list(answer.json()) == ["token"]


def test_a_private_package_is_401_as_recorded(ghcr: httpx.Client, recorded: list[dict]):
    assert ask(ghcr, "acme/secret").status_code == recorded[1]["status"] == 401


def test_a_package_that_does_not_exist_is_403_as_recorded(ghcr: httpx.Client, recorded: list[dict]):
    answer = ask(ghcr, "acme/nothing")
    assert answer.status_code == recorded[2]["status"] == 403
    assert answer.json() == DENIED
    # oras#1128 shows this length for the placeholder.
    assert ask(ghcr, "user/image").headers["content-length"] == "86"


def test_a_raw_personal_access_token_as_bearer_is_refused_as_recorded(ghcr: httpx.Client, recorded: list[dict]):
    scope = {"service": "ghcr.io", "scope": "repository:acme/secret:pull"}
    answer = ghcr.get("/token", params=scope, headers={"Authorization": f"Bearer {OCTO_TOKEN}"})
    (known,) = (one for one in recorded if "raw PAT" in one["request"])
    expected = {
        name: value.replace("https://ghcr.io", str(ghcr.base_url)) for name, value in known["headers"].items()
    }
    assert (answer.status_code, answer.json()) == (known["status"], known["body"])
    assert expected.items() <= dict(answer.headers).items()


def test_a_classic_token_with_the_scope_reads_what_its_owner_may_read(ghcr: httpx.Client):
    assert ask(ghcr, "acme/secret", OCTO_TOKEN).status_code == 200
    assert ask(ghcr, "octo/notes", OCTO_TOKEN).status_code == 200
    refused = ask(ghcr, "acme/secret", STRANGER_TOKEN, user="stranger")
    assert (refused.status_code, refused.json()) == (403, DENIED)


@pytest.mark.parametrize("token", [SCOPELESS_TOKEN, FINE_GRAINED_TOKEN])
def test_a_token_without_the_scope_reads_nothing_private(ghcr: httpx.Client, token: str):
    answer = ask(ghcr, "acme/secret", token)
    assert answer.status_code == 403
    assert "does not match expected scopes" in answer.json()["errors"][0]["message"]


def test_bad_credentials_are_403_without_a_challenge_even_for_what_is_public(ghcr: httpx.Client):
    answer = ask(ghcr, "acme/app", "ghp_expired")
    assert (answer.status_code, answer.json()) == (403, BAD)
    assert "www-authenticate" not in answer.headers


@pytest.mark.parametrize("scope", ["registry:catalog:*", "repository:acme/app:push"])
def test_a_scope_that_nobody_has_is_refused(ghcr: httpx.Client, scope: str):
    answer = ghcr.get("/token", params={"service": "ghcr.io", "scope": scope}, auth=("octo", OCTO_TOKEN))
    assert answer.status_code == 403


@pytest.mark.parametrize("words", [refusals.DENIED, refusals.NO_ACCESS, refusals.WRONG_SCOPES])
def test_a_denial_comes_in_several_words(github: GitHubDouble, ghcr: httpx.Client, words: str):
    github.auth.words = words
    assert ask(ghcr, "acme/nothing").json()["errors"] == [{"code": "DENIED", "message": words}]


def test_one_scope_that_is_refused_refuses_them_all(ghcr: httpx.Client):
    scopes = [("scope", "repository:acme/app:pull"), ("scope", "repository:acme/nothing:pull")]
    assert ghcr.get("/token", params=scopes).status_code == 403


def test_tokens_are_not_issued_by_post(ghcr: httpx.Client):
    assert ghcr.post("/token", data={"grant_type": "password"}).status_code == 405


# Challenges


@pytest.mark.parametrize("path", ["/v2/", "/v2/_catalog"])
def test_the_challenge_of_the_registry_itself_has_a_placeholder_for_a_scope(ghcr: httpx.Client, path: str):
    answer = ghcr.get(path)
    assert answer.status_code == 401
    realm = f"{ghcr.base_url}/token".replace("//token", "/token")
    challenge = f'Bearer realm="{realm}",service="ghcr.io",scope="repository:user/image:pull"'
    assert answer.headers["www-authenticate"] == challenge
    assert answer.headers["content-length"] == "73"


def test_the_challenge_of_a_repository_has_its_scope_as_recorded(ghcr: httpx.Client, recorded: list[dict]):
    github_form = recorded[4]["headers"]["www-authenticate"].replace("visualon/drone-git", "acme/app")
    challenge = ghcr.get("/v2/acme/app/tags/list").headers["www-authenticate"]
    assert challenge.replace(str(ghcr.base_url), "https://ghcr.io") == github_form


def test_even_a_public_image_needs_the_anonymous_token(ghcr: httpx.Client):
    assert ghcr.get("/v2/acme/app/manifests/latest").status_code == 401
    assert ghcr.get("/v2/acme/app/manifests/latest", headers=bearer(ghcr, "acme/app")).status_code == 200
    assert ghcr.get("/v2/acme/app/manifests/latest", auth=("octo", OCTO_TOKEN)).status_code == 401


def test_a_token_of_another_repository_is_denied_without_a_challenge(ghcr: httpx.Client):
    answer = ghcr.get("/v2/acme/renamed/tags/list", headers=bearer(ghcr, "acme/app"))
    assert (answer.status_code, answer.json()) == (403, DENIED)
    assert "www-authenticate" not in answer.headers


def test_a_token_that_was_good_once_gets_a_challenge(github: GitHubDouble, ghcr: httpx.Client):
    before = bearer(ghcr, "acme/app")
    github.revoke_tokens()
    answer = ghcr.get("/v2/acme/app/tags/list", headers=before)
    assert answer.status_code == 401
    assert "repository:acme/app:pull" in answer.headers["www-authenticate"]


def test_a_personal_access_token_is_a_bearer_token_in_base64_only(ghcr: httpx.Client):
    encoded = base64.b64encode(f"{OCTO_TOKEN}\n".encode()).decode()
    good = ghcr.get("/v2/acme/secret/tags/list", headers={"Authorization": f"Bearer {encoded}"})
    raw = ghcr.get("/v2/acme/secret/tags/list", headers={"Authorization": f"Bearer {OCTO_TOKEN}"})
    assert (good.status_code, raw.status_code) == (200, 403)


# The registry


def test_head_works(ghcr: httpx.Client):
    head = ghcr.head("/v2/acme/app/manifests/latest", headers=bearer(ghcr, "acme/app"))
    assert head.status_code == 200
    assert head.headers["docker-content-digest"].startswith("sha256:")


def test_a_tag_that_is_missing_in_a_readable_repository_is_manifest_unknown(ghcr: httpx.Client):
    answer = ghcr.get("/v2/acme/app/manifests/9.9", headers=bearer(ghcr, "acme/app"))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "MANIFEST_UNKNOWN")


def test_an_untagged_package_has_null_for_tags(ghcr: httpx.Client):
    answer = ghcr.get("/v2/acme/untagged/tags/list", headers=bearer(ghcr, "acme/untagged"))
    assert answer.json() == {"name": "acme/untagged", "tags": None}


def test_a_hundred_tags_come_oldest_first_unless_more_are_asked_for(github: GitHubDouble, ghcr: httpx.Client):
    built = image([layer({"srv/app": "many\n"})])
    tags = [f"1.{number}" for number in range(250, 0, -1)]
    github.push("acme/many", built, tags=tags)
    headers = bearer(ghcr, "acme/many")
    first = ghcr.get("/v2/acme/many/tags/list", headers=headers)
    second = ghcr.get(first.links["next"]["url"], headers=headers)
    everything = ghcr.get("/v2/acme/many/tags/list?n=10000", headers=headers)
    assert first.json()["tags"] + second.json()["tags"] == tags[:200]
    assert everything.json()["tags"] == tags
    assert "link" not in everything.headers


def test_referrers_lead_to_a_page_of_the_web_site_as_recorded(
    github: GitHubDouble, ghcr: httpx.Client, recorded: list[dict]
):
    headers = bearer(ghcr, "acme/tools/cli")
    digest = github.registry.digest("acme/tools/cli", "latest")
    answer = ghcr.get(f"/v2/acme/tools/cli/referrers/{digest}", headers=headers)
    expected = httpx.URL(recorded[3]["headers"]["location"]).raw_path.decode()
    expected = expected.replace("robintra%2Fcharts%2Fperf-sentinel", "acme%2Ftools%2Fcli")
    assert answer.status_code == recorded[3]["status"] == 303
    assert httpx.URL(answer.headers["location"]).raw_path.decode() == expected
    landed = ghcr.get(f"/v2/acme/tools/cli/referrers/{digest}", headers=headers, follow_redirects=True)
    assert (landed.status_code, landed.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert [request.path for request in github.requests.web] == [expected]


def test_there_is_no_catalog_for_any_token(ghcr: httpx.Client):
    answer = ghcr.get("/v2/_catalog", headers=bearer(ghcr, "acme/app"))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "UNSUPPORTED")


def test_names_are_lower_case(ghcr: httpx.Client):
    assert ask(ghcr, "Acme/App").status_code == 403


def test_a_version_that_was_deleted_is_gone_from_the_registry(github: GitHubDouble, ghcr: httpx.Client):
    assert "gone" not in ghcr.get("/v2/acme/app/tags/list", headers=bearer(ghcr, "acme/app")).json()["tags"]


@pytest.mark.anyio
async def test_portcall_reads_an_image_from_it(github: GitHubDouble, places: Places):
    registries = {"ghcr.io": {"endpoint": places.registry.url}}
    settings = Settings.model_validate({"registries": registries, "network": {"proxy": "none", "timeout": 5}})
    async with Portcall(settings) as pc:
        detail = await pc.get_image_details("ghcr.io/acme/tools/cli:1")
        with pytest.raises(NotFoundError):
            await pc.get_image_details("ghcr.io/acme/secret")
    assert detail.digest == github.registry.digest("acme/tools/cli", "1")
    assert github.hostile == []


# What goes wrong, and what is meant to


@pytest.mark.parametrize(
    "path",
    [
        "/v2/acme%2Fapp/tags/list",
        "/v2/acme/%2E%2E/octo/notes/tags/list",
        "/v2/acme/app%3Fx/tags/list",
        "/v2/acme/app%252Fx/tags/list",
        "/v2/octo/app%23/tags/list",
        "/token?scope=repository:acme/../octo/notes:pull",
    ],
)
def test_a_hostile_name_reaches_nothing_and_is_recorded(github: GitHubDouble, ghcr: httpx.Client, path: str):
    headers = bearer(ghcr, "acme/app")
    assert github.hostile == []
    assert ghcr.get(path, headers=headers).status_code == 404
    assert [request.target.partition("?")[0] for request in github.hostile] == [path.partition("?")[0]]


def test_a_path_that_was_not_tidied_up_reaches_nothing(github: GitHubDouble, places: Places):
    # httpx tidies such paths up before it sends them.
    connection = http.client.HTTPConnection(places.registry.host, places.registry.port)
    connection.request("GET", "/v2/acme/../octo/notes/tags/list")
    assert connection.getresponse().status == 404
    connection.close()
    assert len(github.hostile) == 1


def test_an_outage_ends_with_the_block_and_leaves_the_other_service_alone(
    github: GitHubDouble, places: Places, ghcr: httpx.Client
):
    with github.registry.misbehaving(Outage(status=502)):
        down = ask(ghcr, "acme/app")
        other = httpx.get(f"{places.api.url}/users/octo", trust_env=False)
    assert (down.status_code, down.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert other.status_code == 200
    assert ask(ghcr, "acme/app").status_code == 200


def test_html_may_come_instead_of_json(github: GitHubDouble, ghcr: httpx.Client):
    github.registry.add(quirks.HtmlPage(path="^GET /token"))
    assert ask(ghcr, "acme/app").headers["content-type"].startswith("text/html")


def test_one_tag_may_be_malformed(github: GitHubDouble, ghcr: httpx.Client):
    headers = bearer(ghcr, "acme/app")
    github.registry.add(MalformedRow(row={"name": 1}, at=1))
    tags = ghcr.get("/v2/acme/app/tags/list", headers=headers).json()["tags"]
    assert tags == ["1.0.0", {"name": 1}, "1.1.0", "moving"]


def test_good_health_is_still_that_of_ghcr(github: GitHubDouble, ghcr: httpx.Client):
    github.registry.add(Outage())
    github.registry.clear_quirks()
    answer = ghcr.get("/v2/acme/untagged/tags/list", headers=bearer(ghcr, "acme/untagged"))
    assert answer.json()["tags"] is None


def test_an_empty_double_has_nothing_until_something_is_pushed():
    github = GitHubDouble(empty=True)
    github.catalogue.add_account("new", "User")
    with github.serve() as places, httpx.Client(base_url=places.registry.url, trust_env=False) as ghcr:
        assert ask(ghcr, "new/app").status_code == 403
        github.push("new/app", image([layer({"srv/app": "new\n"})]), tags=["1"])
        assert ask(ghcr, "new/app").status_code == 200
