"""analyze_dockerfile: what the registries say now of the images that a Dockerfile uses."""

from __future__ import annotations

import pytest
from tests.core.images.conftest import HOST, Told, asked, settings_for

from portcall import Portcall
from portcall.models import DockerfileAnalysis, LintFinding
from portcall.testing import EPOCH, FakeRegistry, helm_chart, image, index, layer, quirks

pytestmark = pytest.mark.anyio

AMD, ARM = image([layer({"a": "1"})]), image([layer({"a": "2"})], platform="linux/arm64")
BOTH = index([AMD, ARM], annotations={"org.opencontainers.image.created": EPOCH})
OTHER = image([layer({"a": "3"})])
NAME = f"{HOST}/shop/api"


@pytest.fixture(autouse=True)
def _stocked(registry: FakeRegistry) -> None:
    registry.push("shop/api", BOTH, tags=["1.4.1", "1.5.0", "latest"])
    registry.push("shop/arm", ARM, tags=["1.0"])
    registry.push("shop/old", OTHER, tags=["1.0"])


def said(answer: DockerfileAnalysis, rule: str) -> list[LintFinding]:
    return [finding for finding in answer.findings if finding.rule == rule]


async def test_a_base_is_told_with_all_that_it_takes_to_pin_it(pc: Portcall):
    answer = await pc.analyze_dockerfile(f"ARG V=1.4.1\nFROM {NAME}:$V\n")
    (base,) = answer.bases
    assert (base.image, base.line, base.via, base.pinned, base.exists) == (f"{NAME}:1.4.1", 2, "FROM", False, True)
    assert (base.digest, base.reference) == (BOTH.digest, f"{NAME}:1.4.1@{BOTH.digest}")
    assert (base.platforms, base.created, base.newer) == (("linux/amd64", "linux/arm64"), EPOCH, "1.5.0")
    (pin,), (newer,) = said(answer, "pinned-base"), said(answer, "newer-base")
    assert (pin.line, pin.severity) == (2, "info")
    assert f"{NAME}:1.4.1@{BOTH.digest}" in pin.advice
    assert newer.message == f"1.5.0 is newer than {NAME}:1.4.1"


async def test_every_use_of_an_image_is_looked_up_once(pc: Portcall, registry: FakeRegistry):
    answer = await pc.analyze_dockerfile(
        f"FROM {NAME}:1.5.0\nCOPY --from={NAME}:1.5.0 / /\nRUN --mount=type=bind,from={NAME}:1.5.0,target=/x ls\n"
        f"ONBUILD COPY --from={NAME}:1.5.0 / /\n"
    )
    assert [base.via for base in answer.bases] == ["FROM", "COPY --from", "RUN --mount", "ONBUILD COPY --from"]
    assert asked(registry).count("GET manifest") == 1


@pytest.mark.parametrize(
    ("base", "why"), [(NAME, "names no version"), (f"{NAME}:latest", "is whatever came last")]
)
async def test_a_base_without_a_version_is_warned_of(pc: Portcall, base: str, why: str):
    answer = await pc.analyze_dockerfile(f"FROM {base}\n")
    (finding,) = said(answer, "latest-base")
    assert (finding.severity, finding.message) == ("warning", f"{base} {why}")
    assert said(answer, "pinned-base") == []
    assert not [finding for finding in answer.findings if finding.rule in {"DL3006", "DL3007"}]


async def test_a_pinned_base_is_fine(pc: Portcall):
    answer = await pc.analyze_dockerfile(f"FROM {NAME}:1.5.0@{BOTH.digest}\nUSER 1\n")
    assert [base.pinned for base in answer.bases] == [True]
    assert answer.findings == ()


async def test_a_digest_whose_tag_has_moved_on_is_told(pc: Portcall, registry: FakeRegistry):
    registry.push("shop/api", OTHER)
    answer = await pc.analyze_dockerfile(
        f"FROM {NAME}:1.5.0@{OTHER.digest}\nFROM {HOST}/shop/old:1.0@{OTHER.digest}\n"
    )
    (finding,) = said(answer, "moved-base")
    assert (finding.line, BOTH.digest in finding.message) == (1, True)


async def test_one_platforms_digest_of_the_same_index_has_not_moved(pc: Portcall):
    answer = await pc.analyze_dockerfile(f"FROM {NAME}:1.5.0@{AMD.digest}\n")
    assert answer.bases[0].exists
    assert said(answer, "moved-base") == []


async def test_not_to_know_what_a_tag_stands_for_now_spoils_nothing(pc: Portcall, registry: FakeRegistry):
    registry.add(quirks.Answer(403, path="manifests/1.5.0"))
    answer = await pc.analyze_dockerfile(f"FROM {NAME}:1.5.0@{BOTH.digest}\n")
    assert answer.bases[0].exists
    assert said(answer, "moved-base") == []


async def test_a_missing_base_is_an_error_with_near_names(pc: Portcall):
    answer = await pc.analyze_dockerfile(f"FROM {NAME}:1.4.2\n")
    assert (answer.bases[0].exists, answer.findings[0].rule) == (False, "missing-base")
    assert (answer.findings[0].severity, "1.4.1" in answer.findings[0].advice) == ("error", True)
    assert said(answer, "pinned-base") == []


GONE = f"sha256:{'0' * 64}"


async def test_of_a_digest_that_is_gone_the_tags_present_one_is_told_and_nothing_else(pc: Portcall):
    answer = await pc.analyze_dockerfile(f"FROM {NAME}:1.5.0@{GONE}\nUSER 1\n")
    (finding,) = answer.findings
    assert (finding.rule, finding.severity, finding.line) == ("missing-digest", "error", 1)
    assert finding.message == f"the tag exists, and stands for {BOTH.digest} now; this digest does not exist"
    assert finding.advice == f"Write {NAME}:1.5.0@{BOTH.digest}."


@pytest.mark.parametrize("tag", ["", ":9.9"])
async def test_of_a_digest_that_is_gone_without_a_tag_no_other_is_guessed(pc: Portcall, tag: str):
    answer = await pc.analyze_dockerfile(f"FROM {NAME}{tag}@{GONE}\nUSER 1\n")
    (finding,) = answer.findings
    assert (finding.rule, finding.advice) == ("missing-digest", "Correct its digest, or name a tag.")


async def test_an_artifact_is_no_base_and_costs_no_request_more(pc: Portcall, registry: FakeRegistry):
    chart = helm_chart(name="api", version="1.0.0")
    registry.push("shop/chart", chart, tags=["1.0.0", "1.1.0"])
    await pc.analyze_dockerfile(f"FROM {NAME}:1.5.0\nUSER 1\n")
    before = len(registry.requests)
    answer = await pc.analyze_dockerfile(f"FROM {HOST}/shop/chart:1.0.0\nUSER 1\n")
    (finding,) = answer.findings
    assert (finding.rule, finding.severity) == ("artifact-base", "error")
    assert finding.message == f"{HOST}/shop/chart:1.0.0 is an artifact, no image"
    assert asked(registry)[before:].count("GET manifest") == 1


async def test_a_source_that_may_be_a_stage_is_not_asked_for_its_version(registry: FakeRegistry):
    registry.push("library/tools", OTHER, tags=["latest"])
    async with Portcall(settings_for({"docker.io": {"endpoint": registry.address.url}})) as pc:
        answer = await pc.analyze_dockerfile(
            "FROM scratch AS deps\nFROM scratch\nCOPY --from=tools /a /\nRUN --mount=from=nosuch ls\nUSER 1\n"
        )
    ours = [(finding.rule, finding.line) for finding in answer.findings if finding.source == "portcall"]
    assert ours == [("missing-base", 4), ("unknown-stage", 3), ("unknown-stage", 4), ("unused-stage", 1)]
    assert [(base.image, base.exists) for base in answer.bases] == [("tools", True), ("nosuch", False)]


async def test_a_base_for_other_platforms_is_an_error(pc: Portcall):
    answer = await pc.analyze_dockerfile(
        f"FROM {HOST}/shop/arm:1.0 AS a\nFROM --platform=linux/arm64 {HOST}/shop/arm:1.0 AS b\n"
        f"FROM --platform=$BUILDPLATFORM {HOST}/shop/arm:1.0 AS c\n"
    )
    found = said(answer, "base-platform")
    assert [(finding.line, finding.message) for finding in found] == [
        (1, f"{HOST}/shop/arm:1.0 is not for linux/amd64"),
        (3, f"{HOST}/shop/arm:1.0 is not for linux/amd64"),
    ]
    assert found[0].advice == "It is there for linux/arm64."


async def test_a_registry_that_fails_costs_its_own_row_alone(registry: FakeRegistry):
    broken = FakeRegistry()
    broken.add(quirks.Answer(500))
    with broken.serve() as address:
        settings = settings_for(
            {HOST: {"endpoint": registry.address.url}, "broken.test": {"endpoint": address.url}},
            network={"timeout": 3},
        )
        async with Portcall(settings) as pc:
            answer = await pc.analyze_dockerfile(f"FROM broken.test/a:1\nFROM {NAME}:1.5.0\n")
    failed, fine = answer.bases
    assert (failed.exists, failed.error is not None, fine.exists) == (None, True, True)
    assert failed.error is not None
    assert failed.error.code == "upstream_error"
    assert said(answer, "missing-base") == []


@pytest.mark.parametrize(
    ("line", "rule", "message"),
    [
        ("FROM $BASE", "unresolved-base", "no image can be looked up: variable BASE has no default"),
        ("FROM Nginx:1", "malformed-base", None),
        ("FROM scratch\nCOPY --from=$X / /", "unresolved-source", None),
        ("FROM a b", "malformed-from", None),
        ("FROM scratch\nCOPY --from=7 / /", "missing-stage", "there is no stage 7"),
    ],
)
async def test_what_can_not_be_looked_up_is_told_once(pc: Portcall, line: str, rule: str, message: str | None):
    answer = await pc.analyze_dockerfile(f"{line}\nUSER 1\n")
    found = [
        finding
        for finding in answer.findings
        if "base" in finding.rule or finding.rule == rule or "unres" in finding.rule
    ]
    assert [finding.rule for finding in found] == [rule]
    assert message in {None, found[0].message}
    assert answer.bases[0].exists is None


async def test_the_frontend_is_looked_up_and_need_not_be_pinned(pc: Portcall):
    answer = await pc.analyze_dockerfile(f"# syntax={HOST}/shop/arm:1.0\nFROM scratch\nUSER 1\n")
    (base,) = answer.bases
    assert (base.via, base.exists, base.digest) == ("syntax", True, ARM.digest)
    assert answer.findings == ()


async def test_progress_counts_every_image_once(pc: Portcall):
    told = Told()
    text = f"FROM {NAME}:1.5.0\nFROM {NAME}:1.5.0\nFROM --platform=linux/arm64 {NAME}:1.4.1\n# x\n"
    await pc.analyze_dockerfile(text, progress=told)
    assert [(done, total) for done, total, _ in told.steps] == [(1, 2), (2, 2)]


async def test_of_very_many_images_the_first_are_looked_up(pc: Portcall):
    text = "FROM scratch\n" + "".join(f"COPY --from={NAME}:{i} / /\n" for i in range(52))
    answer = await pc.analyze_dockerfile(text)
    assert len(answer.bases) == 50
    assert "only the first 50 of 52 images were looked at" in answer.warnings
    assert len(said(answer, "missing-base")) == 20
    assert "missing-base: 30 more lines" in answer.warnings


async def test_a_missing_base_comes_with_the_newest_that_there_is(pc: Portcall, registry: FakeRegistry):
    registry.push("shop/api", BOTH, tags=["1.5.0-slim"])
    answer = await pc.analyze_dockerfile(f"FROM {NAME}:1.4.9-slim\nFROM {NAME}:latst\nFROM {HOST}/shop/none:1\n")
    assert [base.exists for base in answer.bases] == [False, False, False]
    assert [base.newer for base in answer.bases] == ["1.5.0-slim", "1.5.0", None]
    assert said(answer, "newer-base") == []
