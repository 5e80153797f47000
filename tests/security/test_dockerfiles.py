"""Dockerfiles that somebody wrote: what they name is asked for under the same policy; nothing of them is run."""

from __future__ import annotations

import json
import os
import re
import shlex
import sysconfig
from pathlib import Path

import pytest
from tests.core.http.asking import PASSWORD, USER, asking, with_password
from tests.core.render.markdown_scanner import outside_code
from tests.core.render.test_hostile_answers import INJECTIONS, WORD, assert_safe
from tests.security.advisory import advisory
from tests.security.internet import Internet
from tests.security.spellings import DISGUISED, INSIDE, NAMES, teach
from tests.security.watch import Outcome, Watch

from portcall.render import fitted
from portcall.testing import BasicAuth, FakeRegistry, RecordingServer, Reply

pytestmark = pytest.mark.anyio

SPELLINGS = ("google/go-containerregistry#2425", "google/go-containerregistry#2440")


# Bases


@advisory(*SPELLINGS)
@pytest.mark.parametrize(
    "line", ["FROM {}/x:1", "FROM scratch\nCOPY --from={}/x:1 / /", "# syntax={}/x:1\nFROM scratch"]
)
async def test_dockerfile_leads_to_no_private_host(internet: Internet, watch: Watch, line: str):
    teach(internet)
    hosts = [*INSIDE, *DISGUISED, *NAMES]
    async with asking(timeout=10) as gateway:
        for text in (
            "\n".join(line.format(host) for host in hosts[at : at + 40]) for at in range(0, len(hosts), 40)
        ):
            told = await watch.ask(gateway, "analyze_dockerfile", content=text)
            assert told.code == "ok"
            assert {base.exists for base in told.answer.bases} <= {None}
    assert internet.inside() == []


async def test_base_in_a_dockerfile_gets_no_other_registrys_credentials(
    internet: Internet, watch: Watch, attacker: RecordingServer
):
    attacker.reply = Reply(status=401, headers={"WWW-Authenticate": 'Basic realm="give"'})
    there = internet.host("attacker.example", attacker.address)
    registry = FakeRegistry(auth=BasicAuth({USER: PASSWORD}))
    with registry.serve() as address:
        entries = {**with_password(address), there.netloc: {"endpoint": there.url}}
        async with asking(entries) as gateway:
            text = f"FROM {there.netloc}/x:1\nCOPY --from={there.netloc}/y / /\n"
            told = await watch.ask(gateway, "analyze_dockerfile", content=text)
    assert told.code == "ok"
    assert attacker.requests != []
    assert attacker.secrets() == []


# hadolint


class StandIn:
    """A program of hadolint's name, which writes down how it was run.

    Args:
        folder: Where it is.
        says: What it answers.
    """

    def __init__(self, folder: Path, says: str) -> None:
        self.folder = folder
        (folder / "says").write_text(says)
        here = shlex.quote(str(folder))
        program = folder / "hadolint"
        program.write_text(
            '#!/bin/sh\n[ "$1" = --version ] && echo "Haskell Dockerfile Linter 9.8.7" && exit\n'
            f"cd {here}; /bin/cat > given; /usr/bin/env > environment\n"
            'for each in "$@"; do echo "$each"; done > arguments\n'
            "/bin/cat says\n"
        )
        program.chmod(0o755)

    def wrote(self, name: str) -> str:
        """Return what it wrote down: ``given``, ``environment`` or ``arguments``."""
        return (self.folder / name).read_text()


@pytest.fixture
def beside_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands where Python has its programs."""
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path / name))
    (tmp_path / "scripts").mkdir()
    return tmp_path / "scripts"


EVIL = """\
# hadolint global ignore=$(touch {pwned})
# escape=`
FROM scratch AS a;touch {pwned}
COPY --config=/etc/passwd file:///etc/passwd /
ADD $(touch {pwned}) `touch {pwned}` /
RUN touch {pwned}; "$(touch {pwned})"
RUN <<EOF
touch {pwned}
EOF
"""


async def test_hadolint_is_given_the_text_and_nothing_else(
    watch: Watch, beside_python: Path, monkeypatch: pytest.MonkeyPatch
):
    """The text comes by stdin; neither it nor our surroundings are in arguments or environment."""
    for name in ("PASSWORD", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "LD_PRELOAD_NOT", "HADOLINT_CONFIG", "ENV"):
        monkeypatch.setenv(name, PASSWORD)
    program, pwned = StandIn(beside_python, "[]"), beside_python / "pwned"
    text = EVIL.replace("{pwned}", str(pwned))
    async with asking(environ=dict(os.environ)) as gateway:
        told = await watch.ask(gateway, "analyze_dockerfile", content=text)
    assert told.answer.linters == ("portcall", "hadolint 9.8.7")
    assert program.wrote("given") == text
    *options, last = program.wrote("arguments").splitlines()
    assert last == "-"
    assert options[:2] == ["--no-color", "--config"]
    assert options[2].endswith("review/hadolint.yaml")
    assert options[3:] == ["--format", "json"]
    known = {line.partition("=")[0] for line in program.wrote("environment").splitlines()}
    # The last of them are the shell's own that this program is written in.
    assert known <= {"LANG", "LC_ALL", "HOME", "PWD", "OLDPWD", "SHLVL", "_"}
    assert PASSWORD not in program.wrote("environment")
    assert not pwned.exists()


async def reviewed(watch: Watch, text: str) -> Outcome:
    async with asking() as gateway:
        return await watch.ask(gateway, "analyze_dockerfile", content=text)


@pytest.mark.parametrize("what", INJECTIONS)
async def test_what_hadolint_says_is_one_line_in_which_nothing_is_live(
    watch: Watch, beside_python: Path, what: str
):
    """It is a sentence of a program that the operator installed; but it repeats words of the text."""
    word = f"{WORD} {INJECTIONS[what]} {WORD}"
    row = {"code": "DL3000", "line": 1, "level": word, "message": word, "file": word, "column": word}
    StandIn(beside_python, json.dumps([row, {**row, "code": word}, {**row, "line": word}, word]))
    told = await reviewed(watch, "FROM scratch\n")
    assert told.code == "ok"
    forms = fitted(told.answer)
    assert_safe(forms)
    # Megabytes are more than it may say.
    lines = [line for line in forms.text.splitlines() if WORD in line]
    assert len(lines) == ("megabyte" not in what)
    for line in lines:
        assert line.startswith("- **note** line 1 ")
        quiet = outside_code(line)
        assert "](" not in quiet
        assert not re.search(r"`|<[a-z/!]", quiet.replace("\\`", ""))


@pytest.mark.parametrize("says", ["", "{", "[[[[", "null", "[" * 100_000, '{"a": 1}', "x" * (5 << 20)])
async def test_hadolint_that_makes_no_sense_costs_its_findings_alone(watch: Watch, beside_python: Path, says: str):
    StandIn(beside_python, says)
    told = await reviewed(watch, "FROM scratch\nUSER root\n")
    assert told.answer.linters == ("portcall",)
    assert told.answer.findings
    assert [warning for warning in told.answer.warnings if "hadolint" in warning]


async def test_secret_in_a_dockerfile_is_found_and_not_told(watch: Watch):
    """Of a text that holds it, the rest alone is told."""
    watch.secrets |= {"canary-0f8a7b6c5d4e", "canary-1f8a7b6c5d4e", "canary-2f8a7b6c5d4e"}
    text = (
        "FROM scratch\nENV API_TOKEN=canary-0f8a7b6c5d4e\nARG DB_PASSWORD=canary-1f8a7b6c5d4e\n"
        "RUN curl -u ada:canary-2f8a7b6c5d4e https://x.example\n"
    )
    told = await reviewed(watch, text)
    assert [finding for finding in told.answer.findings if "secret" in finding.rule]
