"""``/api/v1`` of the double, as Quay's own source has them."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from tests.doubles.quay import (
    APP_TOKEN,
    GUEST_TOKEN,
    NARROW_TOKEN,
    OAUTH_TOKEN,
    PASSWORD,
    ROBOT,
    SUPERUSER_TOKEN,
    Catalogue,
    Grant,
    QuayDouble,
)
from tests.doubles.quay.accounts import default_accounts
from tests.doubles.quay.asking import asking, bearer

from portcall.testing import image, layer

PROBLEM = {"detail", "error_message", "error_type", "title", "type", "status"}
FOUND = {"kind", "title", "namespace", "name", "description", "is_public", "score", "href"}
ENTITY = {"title", "kind", "avatar", "name", "score", "href"}
INTERNAL = "/api/v1/repository/prometheus/internal"


def get(path: str, quay: QuayDouble | None = None, **headers: str) -> Any:
    """Return the JSON of an answer that has to be 200."""
    with asking(quay) as client:
        answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


# Search


def test_a_search_gives_ten_a_page_and_says_that_there_are_more():
    first = get("/api/v1/find/repositories?query=image")
    assert set(first) == {"results", "has_additional", "page", "page_size", "start_index"}
    assert (len(first["results"]), first["has_additional"], first["page_size"]) == (10, True, 10)
    assert (first["page"], first["start_index"]) == (1, 0)
    second = get("/api/v1/find/repositories?query=image&page=2")
    assert (second["page"], second["start_index"]) == (2, 10)
    assert not {one["name"] for one in first["results"]} & {one["name"] for one in second["results"]}


def test_page_eleven_is_page_ten_for_ever():
    tenth, eleventh, far = (get(f"/api/v1/find/repositories?query=image&page={page}") for page in (10, 11, 999))
    assert tenth == eleventh == far
    assert (tenth["page"], tenth["has_additional"]) == (10, True)


def test_what_is_found_has_these_fields_and_usage_where_asked_for():
    (plain,) = get("/api/v1/find/repositories?query=node-exporter")["results"]
    assert (set(plain), set(plain["namespace"])) == (FOUND, ENTITY)
    assert (plain["kind"], plain["title"], plain["href"]) == (
        "repository", "repo", "/repository/prometheus/node-exporter",
    )  # fmt: skip
    (used,) = get("/api/v1/find/repositories?query=node-exporter&includeUsage=true")["results"]
    assert set(used) == FOUND | {"last_modified", "stars", "popularity"}
    assert (type(used["last_modified"]), type(used["popularity"])) == (int, float)


def test_a_repository_without_tags_was_never_modified():
    (found,) = get("/api/v1/find/repositories?query=db&includeUsage=true")["results"]
    assert "last_modified" not in found
    assert found["description"] is None


def test_descriptions_are_searched_after_names_and_namespaces_are_not():
    names = [one["name"] for one in get("/api/v1/find/repositories?query=prometheus")["results"]]
    assert names == ["busybox"]
    assert get("/api/v1/find/repositories?query=projectquay")["results"] == []


def test_strangers_find_nothing_that_is_private():
    assert get("/api/v1/find/repositories?query=internal")["results"] == []
    (mine,) = get("/api/v1/find/repositories?query=internal", **bearer(OAUTH_TOKEN))["results"]
    assert mine["is_public"] is False


def test_find_all_mixes_kinds_and_the_best_come_first():
    results = get("/api/v1/find/all?query=prometheus")["results"]
    assert {one["kind"] for one in results} == {"repository", "organization"}
    assert [one["score"] for one in results] == sorted((one["score"] for one in results), reverse=True)
    assert get("/api/v1/find/all?query=ad")["results"][-1]["kind"] == "user"
    assert get("/api/v1/find/all?query=")["results"] == []


def test_those_who_are_logged_in_find_teams_and_robots_too():
    kinds = {one["kind"] for one in get("/api/v1/find/all?query=pro", **bearer(OAUTH_TOKEN))["results"]}
    assert {"team", "robot"} <= kinds


def test_dockers_old_search_answers_too():
    answer = get("/v1/search?q=image&n=50&page=2")
    assert (answer["num_results"], answer["num_pages"], answer["page"], answer["page_size"]) == (50, 3, 2, 50)
    assert set(answer["results"][0]) == {"name", "description", "is_public", "href"}


# Repositories


def test_a_namespaces_public_repositories_are_listed_when_public_is_said():
    public = get("/api/v1/repository?namespace=prometheus&public=true")
    assert [one["name"] for one in public["repositories"]] == ["busybox", "node-exporter"]
    fields = {"namespace", "name", "description", "is_public", "kind", "state"}
    assert set(public["repositories"][0]) == fields
    assert get("/api/v1/repository?namespace=prometheus")["repositories"] == []
    assert get("/api/v1/repository?namespace=nobody&public=true") == {"repositories": []}


def test_members_see_private_ones_and_usage_is_added_on_demand():
    path = "/api/v1/repository?namespace=prometheus&public=true&last_modified=true&popularity=true"
    lines = get(path, **bearer(OAUTH_TOKEN))["repositories"]
    assert [one["name"] for one in lines] == ["busybox", "node-exporter", "internal"]
    assert {"last_modified", "popularity", "is_starred"} <= set(lines[0])


def test_lists_come_by_the_hundred_and_follow_an_opaque_token():
    first = get("/api/v1/repository?namespace=bulk&public=true")
    assert len(first["repositories"]) == 100
    rest = get(f"/api/v1/repository?namespace=bulk&public=true&next_page={first['next_page']}")
    assert (len(rest["repositories"]), "next_page" in rest) == (30, False)


def test_a_list_of_everything_is_refused():
    with asking() as client:
        answer = client.get("/api/v1/repository")
    assert (answer.status_code, answer.json()["error_type"]) == (400, "invalid_request")


def test_a_repository_tells_these_fields():
    repository = get("/api/v1/repository/prometheus/busybox?includeTags=false")
    assert set(repository) == {
        "namespace", "name", "kind", "description", "is_public", "is_organization", "is_starred", "status_token",
        "trust_enabled", "tag_expiration_s", "is_free_account", "state", "can_write", "can_admin",
    }  # fmt: skip
    assert (repository["is_organization"], repository["kind"]) == (True, "image")


def test_tags_come_along_unless_declined_and_statistics_if_wanted():
    repository = get("/api/v1/repository/ada/tools?includeStats=true")
    assert set(repository["tags"]) == {"1.0", "1.1", "latest", "nightly"}
    assert set(repository["tags"]["1.0"]) == {"name", "size", "last_modified", "manifest_digest"}
    assert "expiration" in repository["tags"]["nightly"]
    assert len(repository["stats"]) >= 91
    assert set(repository["stats"][0]) == {"date", "count"}


def test_a_repository_has_at_most_five_hundred_tags_here():
    catalogue = Catalogue()
    catalogue.user("ada")
    catalogue.repository("ada/many")
    catalogue.push("ada/many", image([layer({"a": "b"})]), [f"t{number}" for number in range(700)], at=1)
    assert len(get("/api/v1/repository/ada/many", QuayDouble(catalogue))["tags"]) == 500


def test_a_name_of_three_parts_is_a_repository():
    assert get("/api/v1/repository/projectquay/clair/db")["name"] == "clair/db"


# Tags

TAGS = "/api/v1/repository/coreos/etcd/tag/"


def test_without_asking_for_active_tags_the_dead_come_too():
    everything = get(f"{TAGS}?limit=100&page=3")
    assert (len(everything["tags"]), everything["has_additional"], everything["page"]) == (50, False, 3)
    active = get(f"{TAGS}?limit=100&page=3&onlyActiveTags=true")
    assert (len(active["tags"]), active["has_additional"]) == (25, False)


@pytest.mark.parametrize(("asked", "given"), [("", 50), ("?limit=5", 5), ("?limit=1000", 100), ("?limit=0", 1)])
def test_fifty_tags_come_and_a_hundred_at_most(asked: str, given: int):
    answer = get(TAGS + asked)
    assert (len(answer["tags"]), answer["has_additional"]) == (given, True)


def test_a_tag_of_an_image_and_one_of_a_list_have_these_fields():
    by_name = {tag["name"]: tag for tag in get(f"{TAGS}?limit=100&page=3&onlyActiveTags=true")["tags"]}
    fields = {
        "name", "reversion", "start_ts", "manifest_digest", "is_manifest_list", "size", "last_modified",
    }  # fmt: skip
    single, listed = by_name["v3.0.5"], by_name["v3.0.4"]
    assert set(single) == set(listed) == fields
    assert (single["is_manifest_list"], type(single["size"])) == (False, int)
    assert (listed["is_manifest_list"], listed["size"]) == (True, None)


def test_dates_are_rfc_2822_and_agree_with_the_seconds():
    (tag,) = get("/api/v1/repository/ada/tools/tag/?specificTag=nightly")["tags"]
    assert tag["last_modified"].endswith(" -0000")
    assert parsedate_to_datetime(tag["last_modified"].replace("-0000", "+0000")).timestamp() == tag["start_ts"]
    assert tag["expiration"] == "Thu, 01 Jan 2099 00:00:00 -0000"


def test_a_tag_that_moved_is_there_twice_and_the_newest_is_first():
    both = get("/api/v1/repository/ada/tools/tag/?specificTag=latest")["tags"]
    assert ["end_ts" in tag for tag in both] == [False, True]
    assert both[0]["start_ts"] == both[1]["end_ts"]


def test_names_are_filtered_by_likeness_or_equality():
    assert len(get(f"{TAGS}?filter_tag_name=like:v3.24.&limit=100")["tags"]) == 10
    assert len(get(f"{TAGS}?filter_tag_name=eq:v3.24.0")["tags"]) == 1
    with asking() as client:
        for wrong in ("v3", "regex:v3"):
            answer = client.get(TAGS, params={"filter_tag_name": wrong})
            assert (answer.status_code, list(answer.json())) == (400, ["message"])


def test_a_number_that_is_none_is_400():
    with asking() as client:
        answer = client.get(f"{TAGS}?limit=many")
    assert (answer.status_code, list(answer.json()["message"])) == (400, ["limit"])


def test_a_sparse_quay_tells_which_children_are_there():
    (tag,) = get(f"{TAGS}?specificTag=v3.0.1", QuayDouble(sparse_index=True))["tags"]
    assert (tag["is_sparse"], tag["child_manifest_count"], tag["present_child_count"]) == (False, 2, 2)
    assert list(tag["child_manifests_presence"].values()) == [True, True]


def test_the_list_of_tags_has_a_slash_at_its_end():
    quay = QuayDouble()
    with asking(quay) as client:
        assert client.get(TAGS.rstrip("/")).status_code == 401
    assert "without the slash" in quay.violations[-1]


# Manifests, labels, builds


def digests(quay: QuayDouble) -> tuple[str, list[str]]:
    """Return the newest node-exporter's digest, and its platforms'."""
    stored = quay.catalogue.store.find("prometheus/node-exporter", quay_digest(quay))
    assert stored is not None
    return stored.digest, [child["digest"] for child in stored.document["manifests"]]


def quay_digest(quay: QuayDouble) -> str:
    row = quay.catalogue.repositories["prometheus/node-exporter"].find("latest", 1_800_000_000)
    assert row is not None
    return row.digest


def test_a_manifest_comes_as_text_with_its_layers():
    quay = QuayDouble()
    listed, (amd64, _) = digests(quay)
    manifest = get(f"/api/v1/repository/prometheus/node-exporter/manifest/{amd64}", quay)
    assert {"digest", "is_manifest_list", "manifest_data", "config_media_type", "layers"} <= set(manifest)
    assert json.loads(manifest["manifest_data"])["schemaVersion"] == 2
    assert manifest["layers"][0]["compressed_size"] == manifest["layers_compressed_size"]
    assert get(f"/api/v1/repository/prometheus/node-exporter/manifest/{listed}", quay)["layers"] is None


def test_labels_and_builds_are_told():
    quay = QuayDouble()
    _, (amd64, _) = digests(quay)
    labels = get(f"/api/v1/repository/prometheus/node-exporter/manifest/{amd64}/labels?filter=ver", quay)
    assert [one["value"] for one in labels["labels"]] == ["1.4.0"]
    (line,) = get("/api/v1/repository/prometheus/node-exporter/build/", quay)["builds"]
    assert (line["dockerfile_path"], line["trigger"]["service"]) == ("/Dockerfile", "github")
    assert "archive_url" not in line
    told = get("/api/v1/repository/prometheus/node-exporter/build/", QuayDouble(reader_build_logs=True))
    assert "archive_url" in told["builds"][0]


# Security


def security(digest: str) -> str:
    return f"/api/v1/repository/prometheus/node-exporter/manifest/{digest}/security?vulnerabilities=true"


def test_a_platform_was_scanned_or_waits_and_an_index_is_unsupported():
    quay = QuayDouble()
    listed, (amd64, arm64) = digests(quay)
    assert get(security(amd64), quay)["status"] == "scanned"
    assert get(security(arm64), quay) == {"status": "queued", "data": None}
    assert get(security(listed), quay) == {"status": "unsupported", "data": None}


def test_while_the_scanner_is_down_the_answer_is_520():
    quay = QuayDouble()
    _, (amd64, _) = digests(quay)
    quay.site.scanner_down = True
    with asking(quay) as client:
        answer = client.get(security(amd64))
    assert (answer.status_code, answer.json()["error_type"]) == (520, "downstream_issue")


def test_an_unknown_manifest_is_404_and_a_quay_without_scanner_has_no_such_path():
    with asking() as client:
        missing = client.get(security(f"sha256:{'0' * 64}"))
    assert (missing.status_code, missing.json()["error_type"]) == (404, "not_found")
    with asking(security_scanner=False) as client:
        assert client.get(security(f"sha256:{'0' * 64}")).headers["content-type"] == "text/html"


# People


def test_an_organisation_tells_little_and_its_address_to_administrators_alone():
    assert set(get("/api/v1/organization/prometheus")) == {"name", "email", "avatar", "is_admin", "is_member"}
    assert get("/api/v1/organization/prometheus")["email"] == ""
    member = get("/api/v1/organization/prometheus", **bearer(OAUTH_TOKEN))
    assert (member["is_member"], member["is_admin"], member["email"]) == (True, False, "")
    accounts = default_accounts()
    accounts.grants["ADMIN"] = Grant("ada", frozenset({"org:admin"}))
    admin = get("/api/v1/organization/prometheus", QuayDouble(accounts=accounts), **bearer("ADMIN"))
    assert (admin["is_admin"], admin["email"]) == (True, "team@prometheus.example")


def test_a_user_is_no_organisation_nor_the_other_way_about():
    assert set(get("/api/v1/users/ada")) == {"anonymous", "username", "avatar"}
    with asking() as client:
        user, organization = client.get("/api/v1/users/prometheus"), client.get("/api/v1/organization/ada")
    assert (user.status_code, set(user.json())) == (404, {"message"})
    assert (organization.status_code, set(organization.json())) == (404, PROBLEM)


def test_entities_are_users_by_the_beginning_of_their_names():
    names = [one["name"] for one in get("/api/v1/entities/ad")["results"]]
    assert names == ["ada", "adalbert"]
    exact = get("/api/v1/entities/ada", QuayDouble(partial_user_autocomplete=False))["results"]
    assert [one["name"] for one in exact] == ["ada"]


# Credentials and refusals


@pytest.mark.parametrize("path", [INTERNAL, "/api/v1/repository/prometheus/never-was", f"{INTERNAL}/tag/"])
def test_missing_and_private_are_401_for_strangers_and_403_for_those_logged_in(path: str):
    with asking() as client:
        stranger, guest = client.get(path), client.get(path, headers=bearer(GUEST_TOKEN))
    assert (stranger.status_code, set(stranger.json())) == (401, PROBLEM)
    assert (stranger.json()["error_type"], stranger.json()["detail"]) == (
        "invalid_token", "Requires authentication",
    )  # fmt: skip
    assert (guest.status_code, guest.json()["error_type"]) == (403, "insufficient_scope")
    assert guest.json()["type"].endswith("/api/v1/error/insufficient_scope")


@pytest.mark.parametrize(("token", "status"), [(OAUTH_TOKEN, 200), (SUPERUSER_TOKEN, 200), (NARROW_TOKEN, 403)])
def test_a_token_reads_what_its_scope_and_its_owner_may(token: str, status: int):
    with asking() as client:
        assert client.get(INTERNAL, headers=bearer(token)).status_code == status


def test_a_superuser_sees_no_more_than_others_where_that_was_not_configured():
    with asking(superusers_full_access=False) as client:
        assert client.get(INTERNAL, headers=bearer(SUPERUSER_TOKEN)).status_code == 403


def test_an_expired_token_is_nobodys():
    accounts = default_accounts()
    accounts.grants["OLD"] = Grant("ada", frozenset({"repo:read"}), expires=1_600_000_000)
    with asking(QuayDouble(accounts=accounts)) as client:
        assert client.get(INTERNAL, headers=bearer("OLD")).status_code == 401
        assert client.get("/api/v1/repository/ada/tools", headers=bearer("OLD")).status_code == 200


@pytest.mark.parametrize("credentials", [ROBOT, APP_TOKEN, PASSWORD, ("$oauthtoken", OAUTH_TOKEN)])
def test_basic_credentials_count_for_nothing_but_security(credentials: tuple[str, str]):
    quay = QuayDouble()
    digest = next(iter(quay.catalogue.repositories["prometheus/internal"].rows)).digest
    with asking(quay) as client:
        assert client.get(INTERNAL, auth=credentials).status_code == 401
        assert client.get(f"{INTERNAL}/manifest/{digest}/security", auth=credentials).status_code == 200


def test_a_login_that_is_wrong_or_of_another_repository_opens_no_report():
    quay = QuayDouble()
    digest = next(iter(quay.catalogue.repositories["prometheus/internal"].rows)).digest
    secret = next(iter(quay.catalogue.repositories["ada/secret"].rows)).digest
    with asking(quay) as client:
        wrong = client.get(f"{INTERNAL}/manifest/{digest}/security", auth=(ROBOT[0], "wrong"))
        others = client.get(f"/api/v1/repository/ada/secret/manifest/{secret}/security", auth=ROBOT)
    assert (wrong.status_code, others.status_code) == (401, 403)


@pytest.mark.parametrize("credentials", [ROBOT, APP_TOKEN])
def test_robots_and_app_tokens_are_no_bearers(credentials: tuple[str, str]):
    with asking() as client:
        assert client.get(INTERNAL, headers=bearer(credentials[1])).status_code == 401


def test_without_anonymous_access_strangers_get_nothing():
    with asking(anonymous_access=False) as client:
        assert client.get("/api/v1/find/repositories?query=a").status_code == 401
        assert client.get("/api/v1/find/repositories?query=a", headers=bearer(OAUTH_TOKEN)).status_code == 200


def test_what_looks_like_a_browser_has_to_say_so_properly():
    browser = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"}
    with asking() as client:
        assert client.get("/api/v1/users/ada", headers=browser).status_code == 400
        proper = {**browser, "X-Requested-With": "XMLHttpRequest"}
        assert client.get("/api/v1/users/ada", headers=proper).status_code == 200
