"""The double, held against Harbor's own API document: it has to be stricter than Harbor, not kinder."""

from __future__ import annotations

import pytest
from portcall.testing import Reply, Request

from harbor_double import EVERYTHING, Account, HarborDouble, Project, Scan
from harbor_double.api import BASE, OPERATIONS, Operation
from harbor_double.document import ApiDocument, document
from wiring import AMD64, BOTH

needs_document = pytest.mark.skipif(
    not document(), reason="HARBOR_API_DOCUMENT names no api/v2.0/swagger.yaml of goharbor/harbor"
)
ADA = Account("ada", "x", {"secret": EVERYTHING})


def asking(target: str, *, method: str = "GET", harbor: HarborDouble | None = None) -> tuple[Reply, list[str]]:
    """Return what a Harbor answers to one request, and what it thinks of it."""
    harbor = harbor or HarborDouble([Project("team"), Project("secret", public=False)], accounts=[ADA])
    path, _, query = f"{BASE}{target}".partition("?")
    return harbor.answer(Request(method=method, path=path, query=query)), harbor.violations


@needs_document
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.path)
def test_every_operation_of_the_double_is_in_the_document_with_its_parameters(operation: Operation):
    sample = operation.path.replace("{", "").replace("}", "")
    queries = [f"{name}={'1' if 'page' in name else 'true'}" for name in operation.parameters]
    request = Request(method="GET", path=f"{BASE}{sample}", query="&".join(queries))
    complaints = ApiDocument().complaints(request, Reply(body=b"{}"))
    assert [told for told in complaints if "the answer" not in told] == []


@needs_document
@pytest.mark.parametrize(
    "target",
    [
        "/projects",
        "/projects/team",
        "/projects/secret",
        "/repositories?page=1&page_size=100",
        "/projects/team/repositories",
        "/projects/team/repositories/shop%252Fapi",
        "/projects/team/repositories/none",
        "/projects/team/repositories/shop%252Fapi/artifacts?q=tags=*&with_tag=true",
        f"/projects/team/repositories/shop%252Fapi/artifacts/{AMD64.digest}?with_scan_overview=true",
        f"/projects/team/repositories/shop%252Fapi/artifacts/{AMD64.digest}/additions/vulnerabilities",
        "/users/search?username=a",
        "/users/current",
    ],
)
def test_what_the_double_answers_is_as_the_document_has_it(target: str):
    harbor = HarborDouble([Project("team"), Project("secret", public=False)], accounts=[ADA])
    harbor.push("team/shop/api", BOTH, tags=["1.0", "latest"])
    harbor.site.scans[AMD64.digest] = Scan(findings=({"id": "CVE-1"},))
    _, violations = asking(target, harbor=harbor)
    assert violations == []


@needs_document
@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b'[{"name": 7}]', "is not of type 'string'"),
        (b'[{"stars": 7}]', "'stars' was unexpected"),
        (b"{}", "is not of type 'array'"),
    ],
)
def test_an_answer_that_harbor_would_not_give_is_seen(body: bytes, complaint: str):
    request = Request(method="GET", path=f"{BASE}/projects/team/repositories")
    (found,) = ApiDocument().complaints(request, Reply(body=body))
    assert complaint in found


@pytest.mark.parametrize(
    ("target", "status", "violation"),
    [
        ("/projects?page_size=101", 422, ""),
        ("/projects?page=x", 422, ""),
        ("/repositories?q=nginx", 400, ""),
        ("/projects?pagesize=10", 200, "no parameter 'pagesize'"),
        ("/project", 404, "no such operation"),
        ("/projects/team/repositories/a%2Fb", 404, "encoded twice"),
        ("/projects/team/repositories/a/b", 404, "no such operation"),
        ("/projects/secret", 401, ""),
        ("/projects/none", 401, ""),
        ("/users/search?username=a", 401, ""),
    ],
)
def test_the_double_is_strict(target: str, status: int, violation: str):
    reply, violations = asking(target)
    assert reply.status == status
    assert any(violation in told for told in violations) if violation else violations == [] or document()


def test_the_double_lets_nobody_write():
    reply, violations = asking("/projects", method="POST")
    assert reply.status == 405
    assert any("reads only" in told for told in violations)


def test_a_page_says_where_the_next_is_and_how_many_there_are():
    harbor = HarborDouble(Project(f"project-{number:02}") for number in range(25))
    reply, _ = asking("/projects?page=2&page_size=10", harbor=harbor)
    assert reply.header("X-Total-Count") == "25"
    assert reply.header("Link") == (
        f'<{BASE}/projects?page=1&page_size=10>; rel="prev", <{BASE}/projects?page=3&page_size=10>; rel="next"'
    )
