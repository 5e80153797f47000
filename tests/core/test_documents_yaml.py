"""The images that YAML mentions: compose, Kubernetes, Helm values, workflows, CI."""

from __future__ import annotations

import pytest
import yaml

from portcall.documents import DocumentKind, FoundReference, find_references
from portcall.errors import InvalidArgumentError


def found(text: str, kind: DocumentKind) -> list[tuple[int, str, str]]:
    document = find_references(text)
    assert document.kind == kind
    return [(reference.line, reference.via, reference.text) for reference in document.references]


def one(text: str) -> FoundReference:
    (only,) = find_references(text).references
    return only


def test_compose_services_are_found_with_their_defaults():
    text = """services:
  web:
    image: nginx:${TAG:-1.27}
  cache: {image: "redis:${REDIS-7}", command: [redis-server]}
  db:
    image: &db ${REGISTRY:-docker.io}/library/postgres:16
  replica:
    image: *db
"""
    assert found(text, "compose") == [
        (3, "image", "nginx:1.27"),
        (4, "image", "redis:7"),
        (6, "image", "docker.io/library/postgres:16"),
        (8, "image", "docker.io/library/postgres:16"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "services: {z: {image: c}, a: {image: b}, m: {image: d}}",
        (
            '{"apiVersion": "v1", "kind": "Pod", "spec": {"containers": '
            '[{"name": "z", "image": "c"}, {"name": "a", "image": "b"}, {"name": "m", "image": "d"}]}}'
        ),
    ],
    ids=["compose", "kubernetes"],
)
def test_images_of_one_line_come_in_its_order_with_what_uses_them(text: str):
    told = [(reference.used_by, reference.text) for reference in find_references(text).references]
    assert told == [("z", "c"), ("a", "b"), ("m", "d")]


def test_a_name_that_is_too_long_for_one_is_cut():
    assert one(f"services:\n  {'a' * 300}:\n    image: nginx\n").used_by == "a" * 100


def test_image_of_a_service_that_is_built_is_listed_and_marked():
    reference = one("services:\n  app:\n    build: .\n    image: acme/app:dev\n")

    assert reference.text == "acme/app:dev"
    assert reference.skipped == "built here: this is the name that the service's build gets"
    assert not reference.is_checkable


@pytest.mark.parametrize(
    ("image", "text", "problem"),
    [
        ("app:${TAG}", "app:${TAG}", "variable TAG has no default"),
        ("app:$TAG", "app:$TAG", "variable TAG has no default"),
        ("app:${TAG:?set it}", "app:${TAG:?set it}", "variable TAG has no default"),
        ("app:${TAG:-${OTHER:-1}}", "app:1", None),
        ("app:1${TAG:+-x}", "app:1", None),
        ("app$$x", "app$x", None),
        ("app:${TAG:-", "app:${TAG:-", "a variable that cannot be read"),
    ],
)
def test_compose_variables_are_filled_in_by_their_defaults(image: str, text: str, problem: str | None):
    reference = one(f"services:\n  app:\n    image: '{image}'\n")

    assert (reference.text, reference.problem) == (text, problem)


def test_every_container_of_every_kubernetes_document_is_found():
    text = """---
apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      initContainers: [{name: init, image: busybox}]
      containers:
        - name: web
          image: "ghcr.io/acme/app:v1.4.2"
      volumes:
        - name: model
          image: {reference: quay.io/acme/model:1, pullPolicy: Always}
---
# nothing here
---
apiVersion: batch/v1
kind: CronJob
spec: {jobTemplate: {spec: {template: {spec: {containers: [{image: "curlimages/curl@sha256:abc"}]}}}}}
"""
    assert found(text, "kubernetes") == [
        (7, "image", "busybox"),
        (10, "image", "ghcr.io/acme/app:v1.4.2"),
        (13, "image", "quay.io/acme/model:1"),
        (19, "image", "curlimages/curl@sha256:abc"),
    ]


def test_helm_values_are_put_together():
    text = """image:
  registry: quay.io
  repository: acme/app
  tag: "1.10"
sidecar:
  repository: acme/sidecar
  tag: v2
pinned:
  image: {repository: acme/pinned, tag: "1", digest: sha256:abc}
hashed:
  image: {repository: acme/hashed, sha: abc}
chart:
  repository: https://charts.example
  tag: 1
"""
    assert found(text, "helm") == [
        (3, "repository", "quay.io/acme/app:1.10"),
        (6, "repository", "acme/sidecar:v2"),
        (9, "repository", "acme/pinned:1@sha256:abc"),
        (11, "repository", "acme/hashed@sha256:abc"),
    ]


@pytest.mark.parametrize(
    ("tag", "problem"),
    [
        ('"1.10"', None),
        ("1.27", None),
        ("16", None),
        ("v1.10", None),
        ("1.27.0", None),
        ("1.10", "its tag is an unquoted number, which YAML changes: quote it"),
        ("20240101", "its tag is an unquoted number, which YAML changes: quote it"),
        ('""', "no tag: the chart fills one in, mostly its appVersion"),
        ("", "no tag: the chart fills one in, mostly its appVersion"),
    ],
)
def test_tag_that_helm_would_read_otherwise_is_a_problem(tag: str, problem: str | None):
    assert one(f"image:\n  repository: acme/app\n  tag: {tag}\n").problem == problem


def test_workflow_containers_services_and_actions_are_found():
    text = """on: push
jobs:
  test:
    container: node:22
    services:
      postgres: {image: postgres:16}
    steps:
      - uses: actions/checkout@v4
      - uses: docker://alpine:3.20
      - uses: acme/release@v1
        with: {repository: acme/app, tag: v1}
  other:
    container: {image: "ghcr.io/acme/ci:${{ matrix.tag }}"}
"""
    assert found(text, "workflow") == [
        (4, "container", "node:22"),
        (6, "image", "postgres:16"),
        (9, "uses", "alpine:3.20"),
        (13, "image", "ghcr.io/acme/ci:${{ matrix.tag }}"),
    ]
    assert find_references(text).references[-1].problem == "a workflow expression"


def test_gitlab_jobs_are_found():
    text = "image: ruby:3.3\nservices: [postgres:16, {name: docker:dind}]\nbuild:\n  image: {name: alpine:3.20}\n"

    assert found(text, "yaml") == [
        (1, "image", "ruby:3.3"),
        (2, "services", "postgres:16"),
        (2, "services", "docker:dind"),
        (4, "image", "alpine:3.20"),
    ]


def test_json_is_read_too_even_indented_by_tabs():
    assert found('{\n\t"services": {\n\t\t"a": {"image": "nginx"}\n\t}\n}', "compose") == [(3, "image", "nginx")]
    assert found('["nginx", "redis:7"]', "list") == [(1, "list", "nginx"), (1, "list", "redis:7")]


@pytest.mark.parametrize(
    "value", ["", "~", "null", "true", "1.27", "[]", "{}", "''", "|\n    two\n    lines", "a b"]
)
def test_image_that_is_no_reference_is_left_out(value: str):
    assert find_references(f"app:\n  name: x\n  image: {value}\n").references == ()


def test_template_expression_is_a_problem_where_it_is_quoted():
    reference = one('apiVersion: v1\nkind: Pod\nspec:\n  image: "{{ .Values.image }}:{{ .Values.tag }}"\n')

    assert reference.problem == "a template expression: render it first"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("services:\n  web:\n   image: nginx\n  - x\n", 4, "did not find expected key"),
        ("a: [1, 2\nb: 3\n", 2, "did not find expected"),
        ("a:\n\t- b\n", 2, "cannot start any token"),
        ("a: 1\nb: *nowhere\n", 2, "an alias without its anchor"),
        ("a: 1\nb: \x07\n", 2, "a control character"),
        ("a: " + "[" * 100, 1, "nested deeper than 64"),
        ("spec:\n  {{- if .x }}\n  image: a\n  {{- end }}\n", 2, ""),
    ],
)
def test_broken_yaml_is_refused_with_line_and_reason(text: str, line: int, reason: str):
    with pytest.raises(InvalidArgumentError) as caught:
        find_references(text)

    assert f"content is not valid YAML, line {line}: " in caught.value.message
    assert reason in caught.value.message


def test_refusal_of_a_chart_template_says_to_render_it():
    with pytest.raises(InvalidArgumentError) as caught:
        find_references("apiVersion: v1\nkind: Pod\n{{- if .Values.x }}\nspec: {}\n{{- end }}\n")

    assert "helm template" in caught.value.hint


def test_refusal_repeats_nothing_of_the_content():
    for text in ("a: *sEcReT\n", "a: [sEcReT\n", "a: 'sEcReT\n", "a: !sEcReT!x b\n"):
        with pytest.raises(InvalidArgumentError) as caught:
            find_references(text)
        assert "sEcReT" not in caught.value.message + caught.value.hint


def test_tags_construct_nothing():
    text = "a: !!python/object/apply:os.system ['touch /tmp/portcall-was-here']\nimage: nginx\nb: !reset []\n"

    assert one(text).text == "nginx"


def test_anchor_that_is_used_a_billion_times_is_read_once():
    bomb = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 200))

    assert one(f"a0: &a0 {{image: nginx}}\n{bomb}\n").text == "nginx"


def test_alias_within_its_own_anchor_ends():
    assert one("a: &a\n  b: *a\n  c: [*a, *a]\n  image: nginx\n").line == 4


def test_pyyaml_without_its_c_library_reads_and_refuses_the_same(monkeypatch: pytest.MonkeyPatch):
    text = "a: &a {image: nginx}\nb: [*a, *a]\nc: {image: 'redis:${TAG:-7}'}\n"
    expected = find_references(text)
    monkeypatch.delattr(yaml, "CSafeLoader")

    assert find_references(text) == expected
    with pytest.raises(InvalidArgumentError, match="line 2"):
        find_references("a: 1\nb: *nowhere\n")
    with pytest.raises(InvalidArgumentError, match="line 2") as caught:
        find_references("a: 1\nb: [c, !sEcReT!d e]\n")
    assert "sEcReT" not in caught.value.message
