"""analyze_dockerfile: what is left out on request, and what is said of an image's own Dockerfile."""

from __future__ import annotations

from typing import Any

import pytest
from tests.core.images.review.test_hadolint import reviewed

from portcall.errors import NotFoundError, UpstreamError
from portcall.models import DockerfileInfo

pytestmark = pytest.mark.anyio


async def rules(text: str) -> set[tuple[str, int]]:
    return {(finding.rule, finding.line) for finding in (await reviewed(text)).findings}


async def test_a_comment_above_an_instruction_silences_a_rule_there_alone():
    text = "FROM scratch\n# portcall ignore=sudo, apt-asks\n# because of this\nRUN sudo a\nRUN sudo b\nUSER 1\n"
    found = await rules(text)
    assert ("sudo", 4) not in found
    assert ("sudo", 5) in found


@pytest.mark.parametrize(
    "pragma", ["hadolint ignore=DL3004", "portcall ignore=sudo", "portcall ignore=DL3004,SC1000"]
)
async def test_either_name_silences_both_linters(pragma: str):
    found = await rules(f"FROM scratch\n# {pragma}\nRUN sudo a\nUSER 1\n")
    assert not {rule for rule, _ in found} & {"sudo", "DL3004"}


async def test_the_name_of_ours_silences_hadolint_where_we_say_nothing():
    text = "FROM scratch\n# portcall ignore=lost-cd\nRUN cd /x && y\nRUN cd /x && y\nUSER 1\n"
    assert {line for rule, line in await rules(text) if rule == "DL3003"} == {4}


async def test_the_worst_comes_first_and_then_the_line():
    answer = await reviewed("FROM scratch\nRUN sudo b\nRUN chmod 777 /x\nRUN sudo a\nENV A_TOKEN=abcdef\nUSER 1\n")
    ours = [(finding.severity, finding.line) for finding in answer.findings if finding.source == "portcall"]
    assert ours == [("error", 5), ("warning", 2), ("warning", 3), ("warning", 4)]


async def test_a_global_comment_holds_everywhere():
    text = "# portcall global ignore=sudo,runs-as-root\nFROM scratch\nRUN sudo a\nRUN sudo b\n"
    assert not {rule for rule, _ in await rules(text)} & {"sudo", "DL3004", "runs-as-root", "DL3002"}


async def test_a_heredoc_silences_nothing():
    inside = "# portcall global ignore=sudo\n# portcall ignore=sudo\n"
    text = f"FROM scratch\nCOPY <<END /x\n{inside}END\nRUN sudo a\nUSER 1\n"
    assert ("sudo", 6) in await rules(text)


async def test_of_one_rule_so_many_lines_are_told_and_the_rest_counted():
    answer = await reviewed("FROM scratch\n" + "RUN sudo a\n" * 25 + "USER 1\n")
    assert [finding.line for finding in answer.findings if finding.rule == "sudo"] == list(range(2, 22))
    assert "sudo: 5 more lines" in answer.warnings


def of_image(content: str | None, **more: Any) -> DockerfileInfo:
    told = {"repo": "github.com/acme/app", "origin": "source", "exact": True, "image": "acme/app@sha256:0"}
    return DockerfileInfo(**(told | {"content": content} | more))


async def test_an_images_dockerfile_says_where_it_is_from():
    answer = await reviewed(of_image("FROM scratch\nUSER 1\n", warnings=("noted",), claimed=True))
    assert (answer.image, answer.origin, answer.exact) == ("acme/app@sha256:0", "source", True)
    assert answer.warnings == ("noted", "that this Dockerfile is the image's is what an unsigned source says")


async def test_a_reconstruction_is_not_judged_by_how_it_is_written():
    text = "FROM scratch\nADD file:0f3c /\nCMD a\nRUN apt-get update\nRUN apt-get install -y x\nCMD b\nUSER root\n"
    answer = await reviewed(of_image(text, origin="history", exact=False))
    found = {finding.rule for finding in answer.findings}
    assert not found & {"needless-add", "DL3020", "superseded", "DL4003", "package-runs", "DL3059", "DL3045"}
    assert {"apt-lists", "runs-as-root", "DL3008"} <= found
    assert answer.exact is False
    assert "reconstruction" in answer.warnings[0]
    assert {"needless-add", "superseded"} <= {finding.rule for finding in (await reviewed(text)).findings}


async def test_an_origin_that_calls_something_else_a_dockerfile_is_at_fault():
    with pytest.raises(UpstreamError):
        await reviewed(of_image("services:\n  a:\n    image: b\n"))


@pytest.mark.parametrize("content", [None, ""])
async def test_a_dockerfile_without_its_text_is_not_known(content: str | None):
    with pytest.raises(NotFoundError):
        await reviewed(of_image(content))
