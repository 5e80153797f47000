"""``/v2`` and ``/v2/auth`` of the double, as Quay's own source has them."""

from __future__ import annotations

import time

import httpx
import jwt
import pytest
from tests.doubles.quay import APP_TOKEN, OAUTH_TOKEN, PASSWORD, ROBOT, SUPERUSER_TOKEN, QuayDouble
from tests.doubles.quay.asking import asking, bearer

from portcall.testing.images.media_types import OCI_INDEX

UNAUTHORIZED = {
    "errors": [
        {
            "code": "UNAUTHORIZED",
            "message": "access to the requested resource is not authorized",
            "detail": {},
        }
    ]
}
PRIVATE = "/v2/prometheus/internal/manifests/1.0"


def token_for(client: httpx.Client, credentials: tuple[str, str] | None, path: str) -> str:
    scope = f"repository:{path}:pull"
    answer = client.get("/v2/auth", params={"service": "quay", "scope": scope}, auth=credentials)
    assert answer.status_code == 200
    return answer.json()["token"]


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


def test_public_repositories_answer_without_a_token():
    with asking() as client:
        answer = client.get("/v2/prometheus/busybox/manifests/latest", headers={"Accept": OCI_INDEX})
        assert (answer.status_code, answer.headers["content-type"]) == (200, OCI_INDEX)
        digest = answer.headers["docker-content-digest"]
        assert client.head(f"/v2/prometheus/busybox/manifests/{digest}").status_code == 200
        layer = client.get(f"/v2/prometheus/busybox/manifests/{answer.json()['manifests'][0]['digest']}").json()
        assert client.get(f"/v2/prometheus/busybox/blobs/{layer['layers'][0]['digest']}").status_code == 200


@pytest.mark.parametrize("path", ["prometheus/internal", "prometheus/never-was", "nobody/nothing"])
@pytest.mark.parametrize("end", ["manifests/1.0", "tags/list", f"referrers/sha256:{'0' * 64}"])
def test_what_is_missing_and_what_is_private_are_the_same_401(path: str, end: str):
    with asking() as client:
        answer = client.get(f"/v2/{path}/{end}")
        assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)
        realm = str(client.base_url).rstrip("/") + "/v2/auth"
        service = client.base_url.netloc.decode()
    challenge = f'Bearer realm="{realm}",service="{service}",scope="repository:{path}:pull"'
    assert answer.headers["www-authenticate"] == challenge


def test_the_service_is_the_configured_host():
    with asking(server_hostname="quay.io") as client:
        assert ',service="quay.io"' in client.get("/v2/").headers["www-authenticate"]


def test_the_ping_says_true_and_is_401_for_strangers():
    with asking() as client:
        stranger = client.get("/v2/")
        token = token_for(client, PASSWORD, "ada/tools")
        known = client.get("/v2/", headers=bearer(token))
    assert (stranger.status_code, stranger.text) == (401, "true")
    assert "scope=" not in stranger.headers["www-authenticate"]
    assert (known.status_code, known.text) == (200, "true")


def test_a_token_answer_is_a_jwt_for_an_hour_and_nothing_else():
    with asking() as client:
        params = {"service": "quay.io", "scope": "repository:ada/tools:pull"}
        answer = client.get("/v2/auth", params=params)
    assert list(answer.json()) == ["token"]
    claims = jwt.decode(answer.json()["token"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 3600
    assert abs(claims["iat"] - time.time()) < 60
    assert claims["access"] == [{"type": "repository", "name": "ada/tools", "actions": ["pull"]}]


def test_a_token_ends_after_that_hour():
    now = [1_800_000_000.0]
    with asking(QuayDouble(clock=lambda: now[0])) as client:
        headers = bearer(token_for(client, ROBOT, "prometheus/internal"))
        now[0] += 3599
        assert client.get(PRIVATE, headers=headers).status_code == 200
        now[0] += 2
        late = client.get(PRIVATE, headers=headers)
    assert late.status_code == 401
    assert 'scope="repository:prometheus/internal:pull"' in late.headers["www-authenticate"]


@pytest.mark.parametrize(
    "credentials",
    [PASSWORD, ROBOT, APP_TOKEN, ("$oauthtoken", OAUTH_TOKEN), ("$oauthtoken", SUPERUSER_TOKEN)],
    ids=["password", "robot", "app token", "oauth token", "superuser"],
)
def test_these_get_a_token_for_what_is_private(credentials: tuple[str, str]):
    with asking() as client:
        token = token_for(client, credentials, "prometheus/internal")
        assert client.get(PRIVATE, headers=bearer(token)).status_code == 200
        assert client.get(PRIVATE, auth=credentials).status_code == 401


def test_a_token_allows_no_more_than_its_owner_may():
    with asking() as client:
        token = token_for(client, ROBOT, "ada/secret")
        answer = client.get("/v2/ada/secret/tags/list", headers=bearer(token))
        assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


@pytest.mark.parametrize(
    "credentials",
    [("ada", "wrong"), ("prometheus+ci", "wrong"), ("nobody+ci", "x"), ("$app", "x"), ("$oauthtoken", "x")],
)
def test_wrong_credentials_are_401_even_for_what_is_public(credentials: tuple[str, str]):
    with asking() as client:
        answer = client.get("/v2/auth?service=q&scope=repository:ada/tools:pull", auth=credentials)
    assert refusal(answer) == (401, "UNAUTHORIZED")


def test_an_oauth_token_is_no_bearer_at_the_token_endpoint_or_the_registry():
    with asking() as client:
        assert refusal(client.get("/v2/auth", headers=bearer(OAUTH_TOKEN))) == (401, "UNAUTHORIZED")
        assert client.get("/v2/ada/tools/tags/list", headers=bearer(OAUTH_TOKEN)).status_code == 401


def test_a_token_without_scope_is_for_those_who_log_in():
    with asking() as client:
        assert refusal(client.get("/v2/auth?service=quay.io")) == (401, "UNAUTHORIZED")
        assert client.get("/v2/auth?service=quay.io", auth=ROBOT).status_code == 200


@pytest.mark.parametrize(
    "scope",
    [
        "repository:ada/tools:delete",
        "repository:ada/tools:pull repository:prometheus/busybox:pull",
        "registry:catalog:*",
        "repository:ada tools:pull",
    ],
)
def test_a_scope_that_quay_does_not_read_is_400(scope: str):
    with asking() as client:
        assert refusal(client.get("/v2/auth", params={"scope": scope})) == (400, "INVALID_REQUEST")


def test_several_scopes_come_as_several_parameters():
    with asking() as client:
        scopes = ["repository:ada/tools:pull", "repository:prometheus/internal:pull,push"]
        token = client.get("/v2/auth", params={"scope": scopes}, auth=PASSWORD).json()["token"]
        for path in ("ada/tools", "prometheus/internal"):
            assert client.get(f"/v2/{path}/tags/list", headers=bearer(token)).status_code == 200


def test_there_is_no_token_by_post():
    with asking() as client:
        assert client.post("/v2/auth", data={"grant_type": "password"}).status_code == 405


def test_a_missing_tag_and_one_that_ran_out_have_codes_of_their_own():
    with asking() as client:
        assert refusal(client.get("/v2/ada/tools/manifests/9.9")) == (404, "MANIFEST_UNKNOWN")
        assert refusal(client.get("/v2/ada/tools/manifests/0.1")) == (404, "TAG_EXPIRED")
        unknown = client.get(f"/v2/ada/tools/manifests/sha256:{'0' * 64}")
    assert unknown.json()["errors"] == [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown", "detail": {}}]


def test_a_tag_ends_when_its_time_is_over():
    now = [1_700_000_000.0]
    with asking(QuayDouble(clock=lambda: now[0])) as client:
        assert client.get("/v2/ada/tools/manifests/nightly").status_code == 200
        now[0] = 4_070_908_801.0
        assert refusal(client.get("/v2/ada/tools/manifests/nightly")) == (404, "TAG_EXPIRED")
        assert "nightly" not in client.get("/v2/ada/tools/tags/list").json()["tags"]


def test_a_disabled_namespace_is_405_at_both_doors():
    with asking() as client:
        assert refusal(client.get("/v2/suspended/app/manifests/1.0")) == (405, "DENIED")
        answer = client.get("/v2/auth?scope=repository:suspended/app:pull")
        assert refusal(answer) == (405, "DENIED")


@pytest.mark.parametrize(("asked", "given"), [("", 100), ("?n=1000", 100), ("?n=7", 7), ("?n=seven", 100)])
def test_a_hundred_tags_come_at_most(asked: str, given: int):
    with asking() as client:
        answer = client.get(f"/v2/coreos/etcd/tags/list{asked}")
        last = answer.json()["tags"][-1]
        address = str(client.base_url).rstrip("/")
    assert len(answer.json()["tags"]) == given
    assert answer.headers["link"] == f'<{address}/v2/coreos/etcd/tags/list?n={given}&last={last}>; rel="next"'


def test_no_tags_are_wanted_and_none_come():
    with asking() as client:
        answer = client.get("/v2/coreos/etcd/tags/list?n=0")
    assert (answer.json()["tags"], "link" in answer.headers) == ([], False)


def test_links_lead_through_all_living_tags():
    tags: list[str] = []
    with asking() as client:
        url: str | None = "/v2/coreos/etcd/tags/list?n=100"
        while url:
            answer = client.get(url)
            tags += answer.json()["tags"]
            url = answer.links["next"]["url"] if answer.links else None
    assert len(tags) == len(set(tags)) == 225
    assert tags == sorted(tags)


def test_the_catalog_is_empty_for_strangers_and_pages_for_others():
    with asking() as client:
        assert client.get("/v2/_catalog").json() == {"repositories": []}
        first = client.get("/v2/_catalog", headers=bearer(token_for(client, PASSWORD, "ada/tools")))
        assert len(first.json()["repositories"]) == 100
        assert "next_page=" in first.headers["link"]
        headers = bearer(token_for(client, PASSWORD, "ada/tools"))
        rest = client.get(first.links["next"]["url"], headers=headers).json()["repositories"]
    assert {"ada/tools", "ada/secret"} <= set(rest)
    with asking(public_catalog=True) as client:
        assert "prometheus/busybox" in client.get("/v2/_catalog").json()["repositories"]


def test_referrers_of_an_unknown_subject_are_400_and_of_a_known_one_an_index():
    with asking() as client:
        unknown = client.get(f"/v2/prometheus/busybox/referrers/sha256:{'0' * 64}")
        subject = client.head("/v2/prometheus/busybox/manifests/latest").headers["docker-content-digest"]
        known = client.get(f"/v2/prometheus/busybox/referrers/{subject}")
    assert refusal(unknown) == (400, "MANIFEST_INVALID")
    assert known.headers["content-type"] == OCI_INDEX
    assert [one["artifactType"] for one in known.json()["manifests"]] == [
        "application/vnd.dev.cosign.artifact.sig.v1+json"
    ]
    with asking(referrers=False) as client:
        assert client.get(f"/v2/prometheus/busybox/referrers/{subject}").status_code == 404


def test_a_name_of_three_parts_and_no_pushes_has_no_tags():
    with asking() as client:
        assert client.get("/v2/projectquay/clair/db/tags/list").json() == {
            "name": "projectquay/clair/db",
            "tags": [],
        }


def test_without_anonymous_access_even_public_repositories_need_a_token():
    with asking(anonymous_access=False) as client:
        assert client.get("/v2/prometheus/busybox/tags/list").status_code == 401
        headers = bearer(token_for(client, PASSWORD, "prometheus/busybox"))
        assert client.get("/v2/prometheus/busybox/tags/list", headers=headers).status_code == 200
