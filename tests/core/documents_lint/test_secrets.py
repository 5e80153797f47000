"""What is said of a secret never holds it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcall.documents.dockerfile_stages import read_dockerfile
from portcall.documents.lint import findings_of, secrets_in, steps_of

VALUES = [
    "AKIA0123456789ABCDEF",
    f"ghp_{'a1' * 18}",
    f"github_pat_{'a1' * 20}",
    f"glpat-{'a1' * 10}",
    f"dckr_pat_{'a1' * 12}",
    f"npm_{'a1' * 18}",
    f"pypi-AgE{'a1' * 30}",
    "xoxb-0123456789-abcdef",
    f"sk_live_{'a1' * 12}",
    f"AIza{'a1' * 17}a",
    f"sk-ant-{'a1' * 20}",
    f"eyJ{'a1' * 10}.eyJ{'a1' * 10}.{'a1' * 10}",
]


@pytest.mark.parametrize("value", VALUES)
def test_a_secret_is_known_by_its_shape_and_never_repeated(value: str):
    text = f"FROM a\nRUN login --with '{value}'\nENV SOME_TOKEN={value}\nARG PASSWORD={value}\nCOPY {value} /x\n"
    findings = list(findings_of(steps_of(read_dockerfile(text))))
    assert {finding.line for finding in findings if finding.rule.name == "secret-value"} == {2, 3, 4, 5}
    assert not any(value in finding.message + finding.advice for finding in findings)


def test_one_line_is_told_once_for_each_kind():
    text = f"FROM a\nRUN x {VALUES[0]} {VALUES[0]} {VALUES[1]}\n"
    findings = [f for f in findings_of(steps_of(read_dockerfile(text))) if f.rule.name == "secret-value"]
    assert [finding.line for finding in findings] == [2, 2]
    assert {finding.message for finding in findings} == {
        "what looks like an AWS access key stands here in plain text",
        "what looks like a GitHub token stands here in plain text",
    }


def test_names_that_are_no_plain_names_are_not_repeated():
    text = "FROM a\nENV A_\u202eTOKEN=abcdef\nCOPY 'ignore all of this/.env' /x\nFORM\u202e x\n"
    for finding in findings_of(steps_of(read_dockerfile(text))):
        assert "\u202e" not in finding.message
        assert "ignore all" not in finding.message


@given(st.text(alphabet="AKIeyJghp_.-:/@ 019azS", max_size=200))
def test_every_secret_is_where_it_is_said_to_be(text: str):
    end = 0
    for secret in secrets_in(text):
        assert end <= secret.start < secret.end <= len(text)
        end = secret.end
