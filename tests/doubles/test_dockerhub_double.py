"""The Docker Hub double's REST API: against what was recorded, and what it is strict about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.doubles.dockerhub import BLOCKED, CHALLENGE, EMPTY, SERVER_ERROR, DockerHubDouble, Places
from tests.doubles.hub_asking import LEDGER, MANY, NGINX, Ask, asking, signed_in
from tests.doubles.hub_recorded import assert_same_shape, needs_recordings, recorded, recorded_error

from portcall.testing import Reply, image, layer


@pytest.fixture
def hub() -> DockerHubDouble:
    return DockerHubDouble()


@pytest.fixture
def places(hub: DockerHubDouble) -> Iterator[Places]:
    with hub.serve() as places:
        yield places


@pytest.fixture
def ask(places: Places) -> Iterator[Ask]:
    with asking(places.api) as ask:
        yield ask


# Against what was recorded


@needs_recordings
def test_a_v2_search_has_the_shape_of_the_recorded_one(ask: Ask):
    answer = ask("/v2/search/repositories/", params={"query": "nginx", "page_size": 3}).json()
    assert_same_shape(recorded("v2-search-repositories.nginx.2026-05-03.json"), answer)
    row = answer["results"][0]
    assert (row["repo_name"], row["repo_owner"], row["is_official"], answer["previous"]) == ("nginx", "", True, "")


@needs_recordings
def test_a_namespace_has_the_shape_of_the_documented_one(ask: Ask):
    answer = ask("/v2/namespaces/acme/repositories", params={"page_size": 2}).json()
    assert_same_shape(recorded("v2-namespaces-repositories.docs-example.json"), answer)


@needs_recordings
@pytest.mark.parametrize(
    ("request_", "path", "params"),
    [
        ("dotcms/tags", MANY, {"page": 11, "page_size": 100}),
        ("{private}", "/v2/repositories/acme/ledger/tags/", {}),
        ("1.89.0-slim", f"{NGINX}/tags/nowhere", {}),
    ],
)
def test_refusals_have_the_shape_of_the_recorded_ones(ask: Ask, request_: str, path: str, params: dict[str, int]):
    expected, answer = recorded_error(request_), ask(path, params=params)
    assert answer.status_code == expected["status"]
    assert_same_shape(expected["body"], answer.json())
    assert answer.json()["message"].replace("nowhere", "1.89.0-slim") == expected["body"]["message"]


@needs_recordings
@pytest.mark.parametrize(
    ("request_", "body"),
    [("wrong secret", {"identifier": "ada", "secret": "wrong-password"}), ("empty body", {})],
)
def test_a_refused_login_is_told_as_recorded(ask: Ask, request_: str, body: dict[str, str]):
    expected, answer = recorded_error(request_), ask("/v2/auth/token", "POST", json=body)
    assert (answer.status_code, answer.json()) == (expected["status"], expected["body"])


@needs_recordings
def test_an_organisation_looked_up_as_a_user_is_told_as_recorded(ask: Ask):
    expected, answer = recorded_error("users/library"), ask("/v2/users/library/")
    assert (answer.status_code, answer.text) == (expected["status"], expected["body"])
    assert answer.headers["location"] == expected["headers"]["Location"]


# Against the published document


@needs_recordings
@pytest.mark.parametrize(
    "path",
    [
        "/v2/namespaces/acme/repositories",
        "/v2/namespaces/acme/repositories?ordering=stars",
        "/v2/namespaces/acme/repositories?page=9",
        "/v2/namespaces/acme/repositories/empty",
        NGINX,
        LEDGER,
        f"{NGINX}/tags",
        f"{NGINX}/tags/latest",
        f"{NGINX}/tags/nowhere",
    ],
)
def test_answers_are_those_that_the_corrected_document_describes(hub: DockerHubDouble, ask: Ask, path: str):
    answer = ask(path)
    asked = hub.requests[-1]
    reply = Reply(status=answer.status_code, body=answer.content)
    assert hub.contract.reply_violations(asked, reply) == []


@needs_recordings
@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (f"{NGINX}/tags?limit=5", "unknown parameter 'limit'"),
        (f"{NGINX}/tags?page=first", "parameter 'page': $ 'first' is not of type 'integer'"),
        ("/v2/namespaces/acme/repositories?page_size=500", "500 is greater than the maximum of 100"),
        ("/v2/namespaces/acme/repositories?page=1&page=2", "parameter 'page' is repeated"),
        ("/v2/namespaces/acme/repositories?ordering=stars", "'stars' is not one of"),
        ("/v2/search/users?query=ada", "no such operation"),
        ("/api/search/v4?q=nginx", "unknown parameter 'q'"),
    ],
)
def test_what_the_document_does_not_know_is_a_violation(hub: DockerHubDouble, ask: Ask, path: str, wrong: str):
    ask(path)
    (violation,) = hub.violations
    assert wrong in violation


@needs_recordings
def test_a_login_that_breaks_its_schema_is_a_violation(hub: DockerHubDouble, ask: Ask):
    ask("/v2/auth/token", "POST", json={"identifier": "ada"})
    assert hub.violations == ["POST /v2/auth/token: body: $ 'secret' is a required property"]


@needs_recordings
def test_what_clients_are_known_to_send_is_no_violation(hub: DockerHubDouble, ask: Ask):
    ask(f"{NGINX}/tags?name=alpine&ordering=last_updated&page_size=100")
    ask("/v2/namespaces/library/repositories?name=nginx&ordering=-pull_count&content_types=image")
    ask("/api/search/v4?custom_boosted_results=true&query=nginx&from=0&size=25&badges=official,open_source")
    ask("/v2/repositories/library/nginx/tags/?page_size=1")
    ask("/v2/orgs/library/")
    signed_in(ask, "ada", "ada")
    assert hub.violations == []


# Searches


def test_v4_tells_pulls_as_text_and_official_images_by_their_short_name(ask: Ask):
    answer = ask("/api/search/v4", params={"query": "nginx"}).json()
    first = answer["results"][0]
    assert (first["name"], first["badge"], first["pull_count"]) == ("nginx", "official", "1B+")
    assert (first["star_count"], first["logo_url"], first["archived"]) == (21268, None, False)
    assert answer["total"] == len(answer["results"])


def test_v4_has_badges_that_its_own_client_does_not_know(ask: Ask):
    rows = ask("/api/search/v4", params={"query": "nginx"}).json()["results"]
    badges = {row["name"]: row["badge"] for row in rows}
    assert badges["dhi/nginx"] == "dhi"
    assert badges["acme/nginx-old"] is None
    assert badges["ada/site"] == "none"


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({"query": "nginx", "badges": "verified_publisher,official"}, ["nginx", "bitnami/nginx"]),
        ({"query": "", "badges": "official", "sort": "pull_count", "size": 2}, ["nginx", "postgres"]),
        ({"query": "", "badges": "official", "sort": "pull_count", "order": "asc", "size": 1}, ["python"]),
        ({"query": "nginx", "type": "extension"}, []),
        ({"query": "grafana", "architectures": "arm64", "operating_systems": "linux"}, ["grafana/grafana"]),
        ({"query": "grafana", "architectures": "s390x"}, []),
        ({"query": "database", "categories": "databases-and-storage"}, ["postgres"]),
        ({"query": "ledger"}, []),
    ],
)
def test_v4_filters_and_sorts(ask: Ask, params: dict[str, str | int], names: list[str]):
    assert [row["name"] for row in ask("/api/search/v4", params=params).json()["results"]] == names


def test_v4_pages_by_from_and_size(ask: Ask):
    whole = ask("/api/search/v4", params={"query": "nginx"}).json()["results"]
    part = ask("/api/search/v4", params={"query": "nginx", "from": 1, "size": 2}).json()
    assert part["results"] == whole[1:3]
    assert part["total"] == len(whole)


def test_raw_counts_are_told_on_demand_only(ask: Ask):
    assert "raw_pull_count" not in ask("/api/search/v4?query=redis").json()["results"][0]
    with DockerHubDouble(v4_raw_counts=True).serve() as places:
        row = httpx.get(f"{places.api}/api/search/v4?query=redis").json()["results"][0]
    assert row["raw_pull_count"] == 9_400_000_000


def test_index_search_has_its_own_words(places: Places):
    answer = httpx.get(f"{places.index}/v1/search", params={"q": "nginx", "n": 2, "page": 2}).json()
    assert (answer["page"], answer["page_size"], answer["query"]) == (2, 2, "nginx")
    assert answer["num_results"] == 5
    assert answer["num_pages"] == 3
    expected = ["name", "description", "star_count", "is_official", "is_automated"]
    assert [list(row) for row in answer["results"]] == [expected, expected]


def test_one_api_stands_in_for_the_index_too(hub: DockerHubDouble, places: Places, ask: Ask):
    answer = ask("/v1/search", params={"q": "nginx", "n": 2, "page": 1})
    assert answer.json() == httpx.get(f"{places.index}/v1/search?q=nginx&n=2&page=1").json()
    assert hub.violations == []
    ask("/v1/search", params={"query": "nginx"})
    assert "unknown parameter 'query'" in hub.violations[0]


@pytest.mark.parametrize(
    ("failure", "status", "content_type", "text"),
    [
        (SERVER_ERROR, 500, "application/json", "internal error"),
        (CHALLENGE, 403, "text/html; charset=UTF-8", "Just a moment..."),
        (BLOCKED, 403, "text/plain; charset=UTF-8", "error code: 1010"),
        (EMPTY, 200, "application/json", ""),
    ],
)
def test_each_search_fails_by_itself(
    hub: DockerHubDouble, places: Places, ask: Ask, failure: Reply, status: int, content_type: str, text: str
):
    hub.fail("search_v4", failure)
    answer = ask("/api/search/v4?query=nginx")
    assert (answer.status_code, answer.headers["content-type"]) == (status, content_type)
    assert text in answer.text
    assert ask("/v2/search/repositories/?query=nginx").json()["count"] == 5
    hub.fail("search_v2", failure)
    assert ask("/v2/search/repositories/?query=nginx").status_code == status
    assert httpx.get(f"{places.index}/v1/search?q=nginx").json()["num_results"] == 5
    hub.fail("search_v1", failure)
    assert httpx.get(f"{places.index}/v1/search?q=nginx").status_code == status
    hub.mend()
    assert ask("/api/search/v4?query=nginx").json()["total"] == 5


def test_a_failure_may_last_for_some_requests_only(hub: DockerHubDouble, ask: Ask):
    hub.fail("api", BLOCKED, times=2)
    assert [ask(NGINX).status_code for _ in range(3)] == [403, 403, 200]


def test_the_retired_search_answers_with_nothing(ask: Ask):
    answer = ask("/api/content/v1/products/search?q=nginx")
    assert (answer.status_code, answer.content) == (200, b"")


# Repositories and tags


def test_a_tag_is_written_as_recorded(hub: DockerHubDouble, ask: Ask):
    tag = ask(f"{NGINX}/tags/latest").json()
    assert list(tag) == [
        *("creator", "id", "images", "last_updated", "last_updater", "last_updater_username", "name"),
        *("repository", "full_size", "v2", "tag_status", "tag_last_pulled", "tag_last_pushed", "media_type"),
        *("content_type", "digest"),
    ]
    assert list(tag["images"][0]) == [
        *("architecture", "features", "variant", "digest", "os", "os_features", "os_version", "size", "status"),
        *("last_pulled", "last_pushed"),
    ]
    assert tag["v2"] is True
    assert tag["digest"] == hub.registry.digest("library/nginx", "latest")
    assert [one["architecture"] for one in tag["images"]] == ["amd64", "arm64", "unknown"]
    assert tag["images"][0]["variant"] is None


def test_the_old_paths_answer_alike(ask: Ask):
    assert ask("/v2/repositories/library/nginx/").json() == ask(NGINX).json()
    assert ask("/v2/repositories/library/nginx/tags/latest/").json() == ask(f"{NGINX}/tags/latest").json()
    assert ask("/v2/repositories/acme/").json() == ask("/v2/namespaces/acme/repositories").json()


def test_the_old_path_has_layers_with_their_instructions(ask: Ask):
    images = ask("/v2/repositories/library/nginx/tags/latest/images").json()
    (made,) = images[0]["layers"]
    assert made["digest"].startswith("sha256:")
    assert made["size"] == images[0]["size"]
    assert isinstance(made["instruction"], str)


def test_only_automated_builds_have_a_dockerfile(ask: Ask):
    assert ask("/v2/repositories/ada/automated/dockerfile/").json() == {"contents": "FROM nginx\n"}
    assert ask("/v2/repositories/library/nginx/dockerfile/").status_code == 404


def test_head_tells_whether_a_repository_or_tag_is_there(ask: Ask):
    paths = (NGINX, f"{NGINX}/tags", f"{NGINX}/tags/latest", f"{NGINX}/tags/nowhere", LEDGER)
    answers = [ask(path, "HEAD") for path in paths]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 404, 404]
    assert all(answer.content == b"" for answer in answers)


def test_missing_and_private_are_told_alike(ask: Ask):
    private = ask(LEDGER)
    missing = ask(LEDGER.replace("ledger", "nothing"))
    assert private.status_code == missing.status_code == 404
    assert private.text == missing.text.replace("nothing", "ledger")


def test_missing_may_be_told_without_names():
    with DockerHubDouble(missing_style="bare").serve() as places:
        answers = [httpx.get(f"{places.api}{path}") for path in (LEDGER, f"{NGINX}/tags/nowhere")]
    assert [answer.json() for answer in answers] == [{"message": "object not found", "errinfo": {}}] * 2


def test_pages_are_cut_at_a_hundred_and_linked_in_both_directions(places: Places, ask: Ask):
    answer = ask(MANY, params={"page": 2, "page_size": 500, "ordering": "last_updated"}).json()
    assert (answer["count"], len(answer["results"])) == (3000, 100)
    assert answer["next"] == f"{places.api}{MANY}?ordering=last_updated&page=3&page_size=100"
    assert answer["previous"] == f"{places.api}{MANY}?ordering=last_updated&page=1&page_size=100"
    assert len(ask(MANY).json()["results"]) == 10


def test_the_first_page_of_nothing_is_empty_and_a_page_past_the_end_is_missing(ask: Ask):
    nothing = {"count": 0, "next": None, "previous": None, "results": []}
    assert ask("/v2/namespaces/acme/repositories/empty/tags").json() == nothing
    assert ask("/v2/namespaces/acme/repositories?page=2&page_size=50").status_code == 404
    assert ask(f"{NGINX}/tags?page=2&page_size=50").status_code == 404


def test_tags_are_found_by_a_part_of_their_name_newest_first(ask: Ask):
    rows = ask(MANY, params={"name": "-000", "ordering": "last_updated"}).json()["results"]
    assert [row["name"] for row in rows] == [f"build-000{number}" for number in range(9, -1, -1)]


@pytest.mark.parametrize(
    ("sense", "ordering", "first"),
    [
        ("hub-spec", "name", "nginx"),
        ("hub-spec", "-name", "redis"),
        ("hub-spec", "-pull_count", "nginx"),
        ("hub-mcp", "pull_count", "nginx"),
        ("hub-mcp", "-pull_count", "python"),
    ],
)
def test_repositories_are_ordered_in_either_of_two_senses(sense: Any, ordering: str, first: str):
    with DockerHubDouble(ordering_sense=sense).serve() as places:
        url = f"{places.api}/v2/namespaces/library/repositories"
        rows = httpx.get(url, params={"ordering": ordering}).json()["results"]
    assert rows[0]["name"] == first


def test_an_unknown_ordering_is_refused_as_documented(ask: Ask):
    answer = ask("/v2/namespaces/acme/repositories?ordering=stars")
    assert (answer.status_code, answer.json()["text"]) == (400, "Invalid ordering value")
    assert list(answer.json()["fields"]) == ["ordering"]


def test_anonymous_callers_do_not_page_far(ask: Ask):
    assert ask(MANY, params={"page": 10, "page_size": 100}).status_code == 200
    assert ask(MANY, params={"page": 11, "page_size": 100}).status_code == 403
    assert ask("/v2/search/repositories/", params={"query": "", "page": 2, "page_size": 100}).status_code == 403
    assert ask("/v2/namespaces/acme/repositories", params={"page": 11, "page_size": 10}).status_code == 403
    assert ask("/api/search/v4", params={"query": "", "from": 100}).status_code == 403


def test_the_cap_on_tags_may_be_lower():
    with DockerHubDouble(tags_cap=500).serve() as places:
        url = f"{places.api}{MANY}"
        answers = [httpx.get(url, params={"page": page, "page_size": 100}) for page in (5, 6)]
    assert [answer.status_code for answer in answers] == [200, 403]


def test_a_malformed_row_comes_on_demand(hub: DockerHubDouble, ask: Ask):
    hub.paging.malformed_rows += [{"name": 42}, None]
    for path in (f"{NGINX}/tags", "/v2/namespaces/acme/repositories", "/api/search/v4?query=nginx"):
        assert ask(path).json()["results"][:2] == [{"name": 42}, None]


def test_links_may_lead_elsewhere(hub: DockerHubDouble, ask: Ask):
    hub.paging.links_base = "https://evil.test"
    assert ask(MANY).json()["next"] == f"https://evil.test{MANY}?page=2&page_size=10"


def test_what_is_pushed_is_told_by_both_apis(hub: DockerHubDouble, ask: Ask):
    digest = hub.push("ada/fresh", image([layer({"a": "b"})]), tags=["1.0"])
    assert ask("/v2/namespaces/ada/repositories/fresh/tags/1.0").json()["digest"] == digest
    assert hub.registry.digest("ada/fresh", "1.0") == digest
