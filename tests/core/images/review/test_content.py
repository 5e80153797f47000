"""analyze_dockerfile: what is taken for a Dockerfile, and what it is said to make."""

from __future__ import annotations

import pytest
from tests.core.images.conftest import HOST

from portcall import Portcall
from portcall.errors import InvalidArgumentError, TooLargeError
from portcall.testing import FakeRegistry, image, layer

pytestmark = pytest.mark.anyio

COMPOSE = "services:\n  web:\n    image: nginx:1.27\n"
POD = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - image: nginx\n"


async def test_stages_users_and_ports_are_told_as_the_last_stage_has_them(pc: Portcall, registry: FakeRegistry):
    registry.push("shop/base", image([layer({"a": "1"})]), tags=["1.0"])
    answer = await pc.analyze_dockerfile(
        f"""ARG V=1.0
FROM {HOST}/shop/base:${{V}} AS Common
ENV PORT=8443
USER 1000:1000
EXPOSE 8080 ${{PORT}}/udp
HEALTHCHECK --interval=5s CMD curl \\
    -f localhost
FROM scratch AS unused
USER root
FROM --platform=linux/amd64 common AS final
EXPOSE 8080
"""
    )
    assert answer.lines == 11
    assert [
        (s.number, s.name, s.base, s.line, s.end_line, s.platform, s.instructions, s.used) for s in answer.stages
    ] == [
        (0, "Common", f"{HOST}/shop/base:1.0", 2, 7, None, 4, True),
        (1, "unused", "scratch", 8, 9, None, 1, False),
        (2, "final", "common", 10, 11, "linux/amd64", 1, True),
    ]
    assert answer.user == "1000:1000"
    assert answer.ports == ("8080/tcp", "8443/udp")
    assert answer.healthcheck == "CMD curl -f localhost"
    assert [base.image for base in answer.bases] == [f"{HOST}/shop/base:1.0"]
    assert (answer.image, answer.origin, answer.exact) == (None, None, None)


async def test_an_argument_that_is_declared_again_keeps_its_value(pc: Portcall):
    answer = await pc.analyze_dockerfile("ARG P=80 Q=81\nFROM scratch\nARG P\nEXPOSE $P ${Q:-82}\n")
    assert answer.ports == ("80/tcp", "82/tcp")


async def test_what_the_base_decides_is_not_guessed(pc: Portcall):
    answer = await pc.analyze_dockerfile("FROM scratch\nCOPY a /\n")
    assert (answer.user, answer.ports, answer.healthcheck, answer.bases) == (None, (), None, ())


async def test_a_markdown_fence_counts_as_no_line(pc: Portcall):
    answer = await pc.analyze_dockerfile(
        "\n```dockerfile\r\n# escape=`\r\nFROM scratch\r\nRUN a `\r\n  b\r\n```\n"
    )
    assert (answer.lines, answer.stages[0].line, answer.stages[0].end_line) == (4, 2, 4)


async def test_a_mistyped_first_word_is_a_finding_and_no_refusal(pc: Portcall):
    answer = await pc.analyze_dockerfile("AGR V=1\nFROM scratch\nCOPY a b\n")
    assert ("unknown-instruction", 1, "there is no instruction AGR; ARG is near") in [
        (finding.rule, finding.line, finding.message) for finding in answer.findings
    ]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (COMPOSE, "a compose file"),
        (POD, "Kubernetes YAML"),
        ("a: [1\nb: 2\n", "YAML or JSON"),
        ("nginx:1.27\n", "a list"),
    ],
)
async def test_what_reads_like_something_else_is_said_to(pc: Portcall, content: str, kind: str):
    with pytest.raises(InvalidArgumentError) as refused:
        await pc.analyze_dockerfile(content)
    assert refused.value.message == f"content is no Dockerfile: it reads like {kind}"
    assert "check_images" in refused.value.hint


@pytest.mark.parametrize(
    "content",
    [
        "Dear all, this is prose.\nIt runs on.",
        "from a import b\nfrom c import d",
        "# just a comment",
        "FORM scratch",
    ],
)
async def test_what_reads_like_nothing_is_refused(pc: Portcall, content: str):
    with pytest.raises(InvalidArgumentError) as refused:
        await pc.analyze_dockerfile(content)
    assert refused.value.message.startswith("content is no Dockerfile: it does not consist of instructions")


MOST = 256 * 1024


@pytest.mark.parametrize("content", ["FROM a\n#".ljust(MOST + 1, "x"), "FROM a\n#" + "é" * (MOST // 2)])
async def test_more_than_a_quarter_of_a_megabyte_is_refused(pc: Portcall, content: str):
    with pytest.raises(TooLargeError) as refused:
        await pc.analyze_dockerfile(content)
    assert refused.value.message == "a Dockerfile larger than 256 KiB is not reviewed"
    assert refused.value.hint


async def test_a_quarter_of_a_megabyte_is_reviewed(pc: Portcall):
    answer = await pc.analyze_dockerfile("FROM scratch\nUSER 1\n#".ljust(MOST, "x"))
    assert (answer.lines, answer.warnings) == (3, ())


async def test_so_many_stages_are_refused(pc: Portcall):
    with pytest.raises(TooLargeError):
        await pc.analyze_dockerfile("FROM scratch\n" * 201)


@pytest.mark.parametrize("arguments", [{}, {"content": " \n"}, {"content": "FROM a", "image_name": "b"}])
async def test_one_of_text_and_image_is_needed(pc: Portcall, arguments: dict[str, str]):
    with pytest.raises(InvalidArgumentError):
        await pc.analyze_dockerfile(**arguments)
