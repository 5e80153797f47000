"""The double of Quay as a double: what was recorded, what it remembers, how it breaks."""

from __future__ import annotations

import http.client
import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.doubles.quay import HtmlInsteadOfJson, MalformedRow, Outage, QuayDouble, TooManyRequests
from tests.doubles.quay.asking import asking
from tests.doubles.quay.discovery import DATA, DOCUMENT, described

from portcall.testing import quirks

SECURITY = "/api/v1/repository/prometheus/node-exporter/manifest/{}/security?vulnerabilities=true"
NEED_DATA = pytest.mark.skipif(not DATA.is_dir(), reason="the recorded answers are not beside this checkout")
NEED_DOCUMENT = pytest.mark.skipif(not DOCUMENT.is_file(), reason="the discovery document is not at hand")


def shapes(value: Any) -> set[str]:
    """Return every key of a document by its place, lists being all alike: ``{".data.Layer.Name", …}``."""
    if isinstance(value, dict):
        return {f".{key}{rest}" for key, below in value.items() for rest in shapes(below) | {""}}
    if isinstance(value, list):
        return {f"[]{rest}" for below in value for rest in shapes(below)}
    return set()


# Against what was recorded


def scanned() -> dict[str, Any]:
    quay = QuayDouble()
    (digest,) = [digest for digest, scan in quay.catalogue.scans.items() if scan.status == "scanned"]
    with asking(quay) as client:
        answer: dict[str, Any] = client.get(SECURITY.format(digest)).json()
    return answer


@NEED_DATA
def test_a_report_has_the_keys_of_the_one_recorded_from_quay_io():
    recorded = json.loads((DATA / "cupdate.manifest-security.json").read_text())
    assert shapes(scanned()) == shapes(recorded)


@NEED_DATA
@pytest.mark.parametrize("name", ["securityinformation", "securityinformation_withenrichments"])
def test_a_report_has_the_keys_of_quays_own_examples(name: str):
    recorded = json.loads((DATA / f"quay-quay.{name}.json").read_text())
    assert shapes(scanned()["data"]) == shapes(recorded.get("data", recorded))


@NEED_DATA
def test_links_are_as_the_recorded_one_but_for_the_old_token():
    (recorded,) = json.loads((DATA / "recorded-quay-headers.json").read_text())
    with asking() as client:
        link = client.get("/v2/coreos/etcd/tags/list?n=50").headers["link"]
    form = re.compile(r'<https?://[^/]+/v2/coreos/etcd/tags/list\?(?P<query>[^>]+)>; rel="next"')
    old, new = form.fullmatch(recorded["headers"]["link"]), form.fullmatch(link)
    assert old is not None
    assert new is not None
    assert re.fullmatch(r"n=50&last=v[\d.]+", new["query"])


# Against the discovery document


@NEED_DOCUMENT
def test_every_operation_that_it_plays_is_in_the_document():
    paths = {
        "conductRepoSearch": "find/repositories",
        "conductSearch": "find/all",
        "getMatchingEntities": "entities/a",
        "getOrganization": "organization/a",
        "getRepo": "repository/a/b",
        "getRepoBuilds": "repository/a/b/c/build/",
        "getRepoManifest": "repository/a/b/manifest/sha256:0",
        "getRepoManifestSecurity": "repository/a/b/c/manifest/sha256:0/security",
        "getUserInformation": "users/a",
        "listManifestLabels": "repository/a/b/manifest/sha256:0/labels",
        "listRepoTags": "repository/a/b/tag/",
        "listRepos": "repository",
    }
    quay = QuayDouble()
    with asking(quay) as client:
        for path in paths.values():
            client.get(f"/api/v1/{path}")
    assert [asked.operation for asked in quay.requests] == list(paths)
    assert quay.violations == []
    for name, path in paths.items():
        document = [one.name for one in described(DOCUMENT) if one.pattern.match(f"/api/v1/{path}")]
        assert document[0] == name


@NEED_DOCUMENT
@pytest.mark.parametrize(
    ("target", "complaint"),
    [
        ("/api/v1/nothing", "no such operation"),
        ("/api/v1/repository/ada/tools/tag/?page_size=5", "has no parameter 'page_size'"),
        ("/api/v1/repository/ada/tools/tag/?limit=many", "is no integer: 'many'"),
        ("/api/v1/repository/ada/tools/tag/?onlyActiveTags=1", "is no boolean: '1'"),
        ("/api/v1/find/repositories?query=a&query=b", "given 2 times"),
        ("/api/v1/find/repositories?query=a&n=5", "has no parameter 'n'"),
        ("/api/v1/repository/ada/tools/tag/?limit=5?page=2", "is no integer"),
    ],
)
def test_what_the_document_does_not_know_is_a_violation(target: str, complaint: str):
    quay = QuayDouble()
    with asking(quay) as client:
        client.get(target)
    assert complaint in quay.violations[0]


def test_writing_is_a_violation_and_refused():
    quay = QuayDouble()
    with asking(quay) as client:
        assert client.delete("/api/v1/repository/ada/tools").status_code == 405
        assert client.put("/v2/ada/tools/manifests/1.0").status_code == 405
    assert "portcall reads only" in quay.violations[0]


@NEED_DOCUMENT
def test_parameters_that_came_after_the_document_are_none():
    quay = QuayDouble()
    with asking(quay) as client:
        client.get("/api/v1/find/repositories?query=a&includeUsage=true")
        client.get("/api/v1/repository/ada/tools/tag/?filter_tag_name=like:1")
    assert quay.violations == []


def test_without_the_document_requests_are_answered_all_the_same(tmp_path: Path):
    quay = QuayDouble(document=tmp_path / "none.yaml")
    with asking(quay) as client:
        assert client.get("/api/v1/users/ada?really=yes").status_code == 200
    assert quay.violations == []


# What it remembers


def test_requests_are_kept_with_the_operation_that_they_were():
    quay = QuayDouble()
    with asking(quay) as client:
        client.get("/v2/ada/tools/manifests/1.0")
        client.get("/v2/auth?scope=repository:ada/tools:pull")
        client.get("/api/v1/repository/ada/tools/tag/")
        client.get("/elsewhere")
    assert [asked.operation for asked in quay.requests] == ["manifest", "token", "listRepoTags", ""]
    assert (quay.count("listRepoTags", status=200), quay.count(status=404)) == (1, 1)
    assert quay.asked("manifest")[0].repository == "ada/tools"
    quay.forget()
    assert quay.requests == []


@pytest.mark.parametrize(
    "target",
    [
        "/api/v1/repository/%2E%2E/user/tag/",
        "/api/v1/repository/../user/tag/",
        "/api/v1/repository/ada%2Ftools/x/tag/",
        "/api/v1/repository/ada%3Fpublic=true/tools",
        "/api/v1/repository/ada%23/tools",
        "/api/v1/repository/ada%5C..%5Croot/tools",
        "/api/v1/repository/ada%252Ftools/x",
        "/api/v1/repository/ada//tools",
        "/api/v1/repository/ada%00/tools",
        "/api/v1/repository/ada%/tools",
        "/api/v1/organization/..%2Fuser",
        "/v2/ada%2Ftools/manifests/1.0",
        "/v2/ada/tools/../secret/tags/list",
    ],
)
def test_a_hostile_segment_reaches_no_other_path(target: str):
    quay = QuayDouble()
    with quay.serve() as address:
        connection = http.client.HTTPConnection(address.host, address.port)
        connection.request("GET", target)
        assert connection.getresponse().status == 404
        connection.close()
    assert [asked.target for asked in quay.hostile] == [target]
    assert quay.asked("hostile") == quay.hostile


def test_an_escaped_colon_is_a_digest_like_any_other():
    quay = QuayDouble()
    with asking(quay) as client:
        answer = client.get(f"/api/v1/repository/ada/tools/manifest/sha256%3A{'0' * 64}")
    assert (answer.status_code, quay.hostile) == (404, [])
    assert quay.requests[0].operation == "getRepoManifest"


# How it breaks


def test_tags_are_limited_to_five_a_second_by_a_page_of_nginx():
    now = [1_800_000_000.0]
    quay = QuayDouble(rate_limits=True, clock=lambda: now[0])
    with asking(quay) as client:
        statuses = [client.get("/v2/coreos/etcd/tags/list").status_code for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        limited = client.get("/v2/coreos/etcd/tags/list")
        assert client.get("/v2/coreos/etcd/manifests/v3.0.0").status_code == 200
        now[0] += 0.2
        assert client.get("/v2/coreos/etcd/tags/list").status_code == 200
        assert client.get("/v2/coreos/etcd/tags/list").status_code == 429
    assert limited.headers["content-type"] == "text/html"
    assert "<h1>429 Too Many Requests</h1>" in limited.text
    assert not {"retry-after", "x-ratelimit-remaining", "ratelimit-remaining"} & set(limited.headers)


def test_the_rest_api_is_limited_by_a_bucket_of_its_own():
    quay = QuayDouble(rate_limits=True, clock=lambda: 1_800_000_000.0)
    with asking(quay) as client:
        statuses = [client.get("/api/v1/users/ada").status_code for _ in range(27)]
    assert statuses == [200] * 26 + [429]


def test_nothing_is_limited_unless_switched_on():
    with asking() as client:
        assert {client.get("/v2/coreos/etcd/tags/list").status_code for _ in range(20)} == {200}


def test_too_many_requests_can_be_had_at_once():
    quay = QuayDouble(quirks=[TooManyRequests(path="/tag/", times=1)])
    with asking(quay) as client:
        statuses = [client.get("/api/v1/repository/ada/tools/tag/").status_code for _ in range(2)]
    assert (statuses, quay.fired(TooManyRequests)) == ([429, 200], 1)


def test_a_page_may_come_instead_of_json():
    quay = QuayDouble()
    with asking(quay) as client, quay.misbehaving(HtmlInsteadOfJson(path="/api/v1")):
        answer = client.get("/api/v1/find/repositories?query=a")
        assert client.get("/v2/ada/tools/tags/list").json()["tags"]
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("target", "rows"),
    [
        ("/api/v1/find/repositories?query=a", "results"),
        ("/api/v1/repository?namespace=bulk&public=true", "repositories"),
        ("/api/v1/repository/ada/tools/tag/", "tags"),
        ("/v1/search?q=a", "results"),
    ],
)
def test_one_line_may_be_malformed_and_the_others_are_not(target: str, rows: str):
    with asking(QuayDouble(quirks=[MalformedRow(at=1, row={"name": 7})])) as client:
        lines = client.get(target).json()[rows]
    assert lines[1] == {"name": 7}
    assert all(isinstance(line["name"], str) for line in [lines[0], *lines[2:]])


@pytest.mark.parametrize("status", [502, 503, 504])
def test_one_half_may_be_down_while_the_other_is_not(status: int):
    quay = QuayDouble()
    with asking(quay) as client:
        with quay.misbehaving(Outage(status=status, path="/api/v1")):
            down = client.get("/api/v1/users/ada")
            assert client.get("/v2/ada/tools/tags/list").status_code == 200
        assert client.get("/api/v1/users/ada").status_code == 200
    assert (down.status_code, down.headers["content-type"]) == (status, "text/html")


def test_every_quirk_of_the_fake_registry_works_here_too():
    quay = QuayDouble(quirks=[quirks.Answer(503, path="/api/v1/users", times=1), quirks.NullTags()])
    with asking(quay) as client:
        assert client.get("/api/v1/users/ada").status_code == 503
        assert client.get("/v2/projectquay/clair/db/tags/list").json()["tags"] is None
