"""hadolint: its findings where its program is there, told once, and never at the cost of ours."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from portcall import Portcall
from portcall.documents.lint import CHECKS
from portcall.images.review import review_dockerfile
from portcall.images.review.hadolint import find_program, hear_hadolint
from portcall.models import DockerfileAnalysis, DockerfileInfo
from portcall.platform import Platform

pytestmark = pytest.mark.anyio

#: Those that need another text, or a configuration of their own.
NOT_HERE = {"DL1000", "DL3005", "DL3036", "DL3057", "DL3061", "DL4004", "DL3003", "DL3009"}
TEXT = "FROM scratch\nRUN apt-get install curl && cd /tmp && echo $x\nUSER 1\n"


def stand_in(folder: Path, script: str) -> list[str]:
    """Return a folder with a program of hadolint's name."""
    program = folder / "hadolint"
    program.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "Haskell Dockerfile Linter 9.8.7" && exit\n{script}\n'
    )
    program.chmod(0o755)
    return [str(folder)]


async def reviewed(text: str | DockerfileInfo, folders: list[str] | None = None) -> DockerfileAnalysis:
    async def nobody(reference: object) -> None:
        raise AssertionError(reference)

    return await review_dockerfile(text, nobody, Platform.parse("linux/amd64"), folders=folders)  # type: ignore[arg-type]


def told(answer: DockerfileAnalysis, source: str) -> list[tuple[str, int]]:
    return [(finding.rule, finding.line) for finding in answer.findings if finding.source == source]


async def test_its_findings_stand_among_ours_the_worst_first(pc: Portcall):
    answer = await pc.analyze_dockerfile(TEXT)
    assert answer.linters[0] == "portcall"
    assert answer.linters[1].startswith("hadolint 2.")
    assert {("DL3008", 2), ("DL3003", 2)} <= set(told(answer, "hadolint"))
    ranks = [["error", "warning", "info", "style"].index(finding.severity) for finding in answer.findings]
    assert ranks == sorted(ranks)
    assert all(finding.advice for finding in answer.findings if finding.source == "portcall")


async def test_what_both_say_of_a_line_is_told_once_by_us(pc: Portcall):
    answer = await pc.analyze_dockerfile(TEXT)
    rules = {finding.rule for finding in answer.findings}
    assert {"apt-asks", "apt-recommends"} <= rules
    assert not {"DL3014", "DL3015"} & rules


async def test_each_rule_that_both_have_names_hadolints(pc: Portcall):
    """Every code of ours is one that hadolint really gives at that line, so that the pairing is not dead."""
    text = """FROM scratch AS one
ENV API_TOKEN=abcdefgh
RUN apt update && apt-get install curl
RUN pip install x
RUN sudo ls
ADD foo /foo
COPY --from=7 /x /x
COPY --from=one /x /x
WORKDIR foo
EXPOSE 99999
MAINTAINER me
CMD foo
CMD bar
FROM scratch AS two
FROM scratch AS two
RUN apk add x
RUN apk add y
RUN yum install -y x
RUN dnf install -y y
SHELL ["/bin/bash", "-c"]
RUN a | b
HEALTHCHECK NONE
HEALTHCHECK CMD ["x"]
USER root
"""
    codes = {code for check in CHECKS for code in check.rule.codes} - NOT_HERE
    heard = {remark.code for remark in (await hear_hadolint(text)).remarks}
    assert codes - heard == set()
    answer = await pc.analyze_dockerfile(text)
    still = {finding.rule for finding in answer.findings}
    # At other lines than ours, it speaks for itself.
    assert codes & still <= {"DL3059"}


async def test_neither_this_folders_configuration_nor_the_environment_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / ".hadolint.yaml").write_text("ignored: [DL3003]\nformat: tty\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HADOLINT_IGNORE", "DL3008")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert {"DL3003", "DL3008"} <= {remark.code for remark in (await hear_hadolint(TEXT)).remarks}


async def test_without_it_ours_stand_alone(tmp_path: Path):
    answer = await reviewed(TEXT, [str(tmp_path)])
    assert (answer.linters, answer.warnings) == (("portcall",), ())
    assert ("apt-asks", 2) in told(answer, "portcall")
    assert told(answer, "hadolint") == []


def test_it_is_found_beside_python_itself():
    found = find_program()
    assert found is not None
    assert Path(found).is_absolute()


def test_no_folder_that_depends_on_where_one_stands_is_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    stand_in(tmp_path, "exit 0")
    monkeypatch.chdir(tmp_path)
    assert find_program([".", ""]) is None
    assert find_program([str(tmp_path)]) == str(tmp_path / "hadolint")


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("exit 3", "it ended with status 3"),
        ("echo no JSON", "it did not answer with JSON"),
        ("echo '{}'", "it did not answer with JSON"),
        ("exit 251", "it ran out of the memory or the time that it is given"),
        ("head -c 5000000 /dev/zero", "it wrote more than 4096 KiB"),
    ],
)
async def test_its_failure_is_a_warning_and_no_error(tmp_path: Path, script: str, why: str):
    answer = await reviewed(TEXT, stand_in(tmp_path, script))
    assert answer.linters == ("portcall",)
    assert answer.warnings == (f"hadolint's findings are missing: {why}",)
    assert ("apt-asks", 2) in told(answer, "portcall")


async def test_a_program_that_hangs_is_killed_and_costs_no_more_than_its_time(tmp_path: Path):
    marker = tmp_path / "ended"
    folders = stand_in(tmp_path, f"sleep 60; touch {marker}")
    started = time.monotonic()
    hearing = asyncio.create_task(hear_hadolint(TEXT, folders))
    await asyncio.sleep(0.3)
    hearing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hearing
    assert time.monotonic() - started < 10
    assert not marker.exists()


async def test_what_it_answers_is_not_believed(tmp_path: Path):
    rows = [
        {"code": "DL9999", "line": 2, "level": "odd", "message": "two\nlines"},
        {"code": "<script>", "line": 1, "level": "error", "message": "x"},
        {"code": "DL1", "line": "1", "level": "error"},
        {"code": "SC2000", "line": -5, "level": "style", "message": "y" * 5000},
        None,
    ]
    answer = await reviewed(TEXT, stand_in(tmp_path, f"cat <<'EOF'\n{json.dumps(rows)}\nEOF\nexit 1"))
    found = [finding for finding in answer.findings if finding.source == "hadolint"]
    assert [(f.rule, f.line, f.severity) for f in found] == [("DL9999", 2, "info"), ("SC2000", 0, "style")]
    assert (found[0].message, len(found[1].message)) == ("two lines", 301)
    assert answer.linters == ("portcall", "hadolint 9.8.7")


async def test_a_secret_that_it_repeats_is_taken_out(tmp_path: Path):
    secret = f"ghp_{'a1' * 18}"
    row = {"code": "SC1000", "line": 2, "level": "info", "message": f"odd: {secret}!"}
    script = f"cat <<'EOF'\n{json.dumps([row])}\nEOF"
    answer = await reviewed(f"FROM scratch\nRUN x {secret}\nUSER 1\n", stand_in(tmp_path, script))
    assert secret not in answer.model_dump_json()
    assert "odd: …!" in answer.model_dump_json()


async def test_it_reads_more_than_a_pipe_holds(tmp_path: Path):
    text = "FROM scratch\n" + "# a line\n" * 20_000
    script = """wc -c | sed 's/ *\\([0-9]*\\).*/[{"code":"DL0001","line":\\1,"level":"info","message":"m"}]/'"""
    heard = await hear_hadolint(text, stand_in(tmp_path, script))
    assert [remark.line for remark in heard.remarks] == [len(text)]


async def test_a_program_that_reads_nothing_is_no_hindrance(tmp_path: Path):
    text = "FROM scratch\n" + "# a line\n" * 20_000
    heard = await hear_hadolint(text, stand_in(tmp_path, "echo '[]'"))
    assert (heard.linter, heard.remarks, heard.warning) == ("hadolint 9.8.7", (), None)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"FROM scratch AS a\nFROM a\nCOPY --from=localhost:5000/a/b:1@sha256:{'0' * 64} / /\nUSER 1\n", None),
        ("FROM scratch\nCOPY <<END /a\nx\nEND\nRUN <<END\nls\nEND\nUSER 1\n", 5),
    ],
)
async def test_what_it_cannot_read_is_no_fault_of_the_dockerfile(text: str, line: int | None):
    """Its parser knows less than BuildKit's, and then gives up with an error about the line."""
    heard = await hear_hadolint(text)
    assert (heard.linter is None) == (line is not None)
    if line is not None:
        assert heard.warning == f"hadolint could not read line {line}, so its rules were not applied"


async def test_where_it_cannot_read_on_ours_stand_alone_without_its_name():
    answer = await reviewed("FROM scratch\nCOPY <<END /a\nx\nEND\nRUN <<END\nls\nEND\nUSER 1\n")
    assert (answer.findings, answer.linters) == ((), ("portcall",))
    assert answer.warnings == ("hadolint could not read line 5, so its rules were not applied",)


async def test_what_neither_can_read_is_told_by_us():
    answer = await reviewed("FROM scratch\nFORM x\nUSER 1\n")
    assert [(finding.rule, finding.line) for finding in answer.findings] == [("unknown-instruction", 2)]
    assert answer.linters == ("portcall",)


@pytest.mark.slow
async def test_it_gets_no_more_than_a_gigabyte():
    """One RUN of 70 KB takes it seven gigabytes, if it gets them."""
    heard = await hear_hadolint("FROM debian:12\nRUN " + " && ".join(["echo $x | cat"] * 4000))
    assert heard.warning is not None
    assert "ran out of the memory" in heard.warning or "gave no answer" in heard.warning
