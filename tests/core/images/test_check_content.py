"""check_images with content: the references that somebody pasted, with their lines."""

from __future__ import annotations

import pytest
from tests.core.images.conftest import HOST, asked

from portcall import Portcall
from portcall.errors import InvalidArgumentError
from portcall.testing import FakeRegistry, image, layer

pytestmark = pytest.mark.anyio

APP = image([layer({"a": "1"})])

DOCKERFILE = f"""\
ARG VERSION=1.0
FROM {HOST}/shop/api:${{VERSION}} AS build
RUN make
FROM scratch
COPY --from=build /srv /srv
COPY --from={HOST}/shop/none:2.0 /x /x
"""
COMPOSE = f"""\
services:
  api:
    image: {HOST}/shop/api:1.0
  local:
    build: .
    image: {HOST}/shop/local:dev
  web:
    image: ${{REGISTRY}}/web:1.0
"""
KUBERNETES = f"""\
apiVersion: v1
kind: Pod
metadata: {{name: shop}}
spec:
  containers:
    - name: api
      image: {HOST}/shop/api:1.0
    - name: again
      image: {HOST}/shop/api:1.0
"""
HELM = f"""\
image:
  repository: {HOST}/shop/api
  tag: "1.0"
"""
LIST = f"# ours\n{HOST}/shop/api:1.0\n\n- {HOST}/shop/none:2.0\n"
WORKFLOW = f"""\
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    container: {HOST}/shop/api:1.0
    steps:
      - uses: docker://{HOST}/shop/none:2.0
"""


@pytest.fixture(autouse=True)
def _stocked(registry: FakeRegistry) -> None:
    registry.push("shop/api", APP, tags=["1.0"])


Found = tuple[int | None, str, str | None, bool | None]


@pytest.mark.parametrize(
    ("content", "kind", "found"),
    [
        (DOCKERFILE, "dockerfile",
         [(2, f"{HOST}/shop/api:1.0", "FROM", True), (6, f"{HOST}/shop/none:2.0", "COPY --from", False)]),
        (KUBERNETES, "kubernetes",
         [(7, f"{HOST}/shop/api:1.0", "image", True), (9, f"{HOST}/shop/api:1.0", "image", True)]),
        (HELM, "helm", [(2, f"{HOST}/shop/api:1.0", "repository", True)]),
        (LIST, "list", [(2, f"{HOST}/shop/api:1.0", "list", True), (4, f"{HOST}/shop/none:2.0", "list", False)]),
        (WORKFLOW, "workflow",
         [(5, f"{HOST}/shop/api:1.0", "container", True), (7, f"{HOST}/shop/none:2.0", "uses", False)]),
    ],
    ids=["dockerfile", "kubernetes", "helm", "list", "workflow"],
)  # fmt: skip
async def test_each_kind_is_read_with_its_lines(pc: Portcall, content: str, kind: str, found: list[Found]):
    answer = await pc.check_images(content=content)
    assert answer.content_kind == kind
    assert [(check.line, check.image, check.via, check.exists) for check in answer.checks] == found


@pytest.mark.parametrize(
    ("content", "users"),
    [
        (COMPOSE, ["api", "local", "web"]),
        (KUBERNETES, ["api", "again"]),
        (HELM, [None]),
        (DOCKERFILE, [None, None]),
    ],
    ids=["compose", "kubernetes", "helm", "dockerfile"],
)
async def test_the_service_or_container_that_uses_it_is_named(pc: Portcall, content: str, users: list[str | None]):
    assert [check.used_by for check in (await pc.check_images(content=content)).checks] == users


async def test_images_of_one_line_come_in_its_order(pc: Portcall):
    content = f"services: {{z: {{image: {HOST}/c:1}}, a: {{image: {HOST}/b:1}}, m: {{image: {HOST}/d:1}}}}"
    checks = (await pc.check_images(content=content)).checks
    assert [(check.used_by, check.image) for check in checks] == [
        ("z", f"{HOST}/c:1"), ("a", f"{HOST}/b:1"), ("m", f"{HOST}/d:1"),
    ]  # fmt: skip


async def test_a_service_that_is_built_here_need_not_exist(pc: Portcall, registry: FakeRegistry):
    answer = await pc.check_images(content=COMPOSE)
    local = answer.checks[1]
    assert (local.image, local.exists, local.error) == (f"{HOST}/shop/local:dev", None, None)
    assert local.warnings == ("not looked up: built here: this is the name that the service's build gets",)
    assert registry.count(repository="shop/local") == 0


async def test_what_need_not_exist_is_neither_fine_nor_failed(pc: Portcall):
    answer = await pc.check_images(content=COMPOSE)
    assert (answer.ok, answer.failed, answer.total) == (1, 1, 3)


async def test_a_variable_without_a_value_is_told_in_its_place(pc: Portcall):
    check = (await pc.check_images(content=COMPOSE)).checks[2]
    assert (check.line, check.exists) == (8, None)
    assert check.error is not None
    assert (check.error.code, check.error.message) == ("invalid_argument", "variable REGISTRY has no default")
    assert check.error.hint


async def test_a_name_that_is_built_here_and_used_elsewhere_is_looked_up_there(pc: Portcall):
    content = COMPOSE + f"  user:\n    image: {HOST}/shop/local:dev\n"
    checks = (await pc.check_images(content=content)).checks
    assert [check.exists for check in checks if check.image == f"{HOST}/shop/local:dev"] == [None, False]


async def test_a_mention_that_is_repeated_is_asked_once(pc: Portcall, registry: FakeRegistry):
    await pc.check_images(content=KUBERNETES)
    assert asked(registry) == ["GET manifest"]


async def test_references_and_content_can_be_given_together(pc: Portcall):
    answer = await pc.check_images([f"{HOST}/shop/api:1.0"], HELM)
    assert [check.line for check in answer.checks] == [None, 2]


async def test_a_platform_is_checked_for_every_mention(pc: Portcall):
    answer = await pc.check_images(content=KUBERNETES, platform="linux/arm64")
    assert [check.platform_available for check in answer.checks] == [False, False]
    assert (answer.ok, answer.failed) == (0, 2)


async def test_yaml_that_cannot_be_read_is_told_with_its_line(pc: Portcall):
    with pytest.raises(InvalidArgumentError, match="content is not valid YAML, line 3"):
        await pc.check_images(content="services:\n  a: 1\n a: 2\n")


async def test_content_that_is_too_large_is_refused(pc: Portcall):
    with pytest.raises(InvalidArgumentError, match="content is larger than 256 KiB"):
        await pc.check_images(content="# \n" * 100_000)
