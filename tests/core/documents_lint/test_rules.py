"""Each rule of ours finds what it is for, and leaves its nearest neighbour alone."""

from __future__ import annotations

import pytest

from portcall.documents.dockerfile_stages import read_dockerfile
from portcall.documents.lint import CHECKS, Check, findings_of, steps_of

TAIL = "\nUSER 1000\n"


def found(text: str, *, is_source: bool = True) -> list[tuple[str, int]]:
    build = steps_of(read_dockerfile(text))
    return [(finding.rule.name, finding.line) for finding in findings_of(build, is_source=is_source)]


def names(text: str) -> set[str]:
    return {name for name, _ in found(text)}


#: By rule: what it finds, with the line in front, and what it lets pass. Without ``FROM``, both are a stage's.
EXAMPLES: dict[str, tuple[list[tuple[int, str]], list[str]]] = {
    "missing-from": (
        [(1, "RUN a\nFROM a"), (0, "ARG A=1"), (1, "COPY a b")],
        ["ARG A=1\nFROM a", "# syntax=a\nFROM a"],
    ),
    "unknown-instruction": ([(2, "FROM a\nRUNN x"), (1, "FORM a\nFROM b\nRUN c")], ["from a\nrun x"]),
    "malformed-from": ([(1, "FROM a b"), (1, "FROM a AS")], ["FROM a as b"]),
    "duplicate-stage": ([(2, "FROM a AS x\nFROM b AS X")], ["FROM a AS x\nFROM b AS y\nCOPY --from=x a b"]),
    "unused-stage": (
        [(1, "FROM a AS x\nFROM b"), (2, "FROM a AS x\nFROM b AS y\nFROM x")],
        [
            "FROM a AS x\nFROM x",
            "FROM a AS x\nFROM b\nCOPY --from=X / /",
            "FROM a\nFROM b\nCOPY --from=0 / /",
            "FROM a AS x\nFROM b\nRUN --mount=type=bind,from=x,target=/x ls",
            "FROM a AS x\nFROM x AS y\nFROM b\nCOPY --from=y / /",
            "FROM a AS d-amd64\nFROM a AS d-arm64\nFROM d-${TARGETARCH}",
            "ARG V=prod\nFROM a AS dev\nFROM a AS prod\nFROM ${V}",
        ],
    ),
    "unknown-stage": (
        [
            (3, "FROM a AS builder\nFROM b\nCOPY --from=biulder x y"),
            (3, "FROM a AS builder\nFROM b\nCOPY --from=nosuch x y"),
            (2, "FROM a\nRUN --mount=type=bind,from=nosuch,target=/x ls"),
        ],
        [
            "FROM a AS builder\nFROM b\nCOPY --from=builder x y",
            "FROM a AS builder\nFROM b\nCOPY --from=Builder x y",
            "FROM a AS builder\nFROM b\nCOPY --from=nginx:1 x y",
            "FROM a AS builder\nFROM b\nCOPY --from=acme/nginx x y",
            "FROM a AS builder\nFROM b\nCOPY --from=nginx@sha256:0 x y",
            "FROM a AS builder\nFROM b\nCOPY --from=$X x y",
            "FROM a AS builder\nFROM b\nCOPY --from=scratch x y",
            "FROM a AS builder\nFROM b\nONBUILD COPY --from=nosuch x y",
            "FROM a AS builder\nFROM b\nCOPY --from=7 x y",
        ],
    ),
    "missing-stage": (
        [(2, "FROM a\nCOPY --from=7 x y")],
        ["FROM a\nFROM b\nCOPY --from=0 x y", "FROM a\nCOPY --from=seven x y"],
    ),
    "own-stage": ([(2, "FROM a AS x\nCOPY --from=x a b"), (2, "FROM a\nCOPY --from=0 a b")], []),
    "lost-argument": (
        [
            (3, "ARG V=1\nFROM a\nRUN get $V"),
            (2, "FROM a\nRUN get ${TARGETARCH}"),
            (4, "ARG V=1\nFROM a AS x\nFROM b\nENV W=$V"),
        ],
        [
            "ARG V=1\nFROM a\nARG V\nRUN get $V",
            "ARG V=1\nFROM a AS x\nARG V\nFROM x\nRUN get $V",
            "ARG V=1\nFROM a\nRUN V=2; get $V",
            "ARG V=1\nFROM a\nRUN for V in 1 2; do get $V; done",
            "ARG V=1\nFROM a\nRUN get \\$V",
            "ARG V=1\nFROM a\nCMD run $V",
            "FROM a\nRUN get $HOME",
        ],
    ),
    "deprecated-maintainer": ([(2, "FROM a\nMAINTAINER me")], ["FROM a\nLABEL maintainer=me"]),
    "broken-array": (
        [(2, "FROM a\nCMD ['a', 'b']"), (2, 'FROM a\nENTRYPOINT ["a" "b"]')],
        ['FROM a\nCMD ["a", "b"]', "FROM a\nCMD [ -f x ]"],
    ),
    "secret-value": (
        [
            (2, "FROM a\nRUN aws --key AKIA0123456789ABCDEF"),
            (2, f"FROM a\nRUN git clone https://ghp_{'a' * 36}@x"),
            (2, f"FROM a\nENV A=glpat-{'a' * 20}"),
            (3, "FROM a\nCOPY <<E /k\n-----BEGIN RSA PRIVATE KEY-----\nE"),
            (3, "FROM a\nRUN a \\\n  --index https://me:hunter2@pypi.example/"),
            (1, f"# npm_{'a' * 36}\nFROM a"),
        ],
        [
            "FROM a\nRUN git clone https://user:$TOKEN@x.example/",
            "FROM a\nRUN curl https://x.example:8080/a@b",
            "FROM a\nRUN echo -----BEGIN CERTIFICATE-----",
            "FROM a\nRUN echo XAKIA0123456789ABCDEF",
        ],
    ),
    "secret-variable": (
        [
            (2, "FROM a\nENV DB_PASSWORD=hunter2"),
            (2, "FROM a\nENV apiKey hunter2"),
            (2, 'FROM a\nARG NPM_TOKEN="abcdef"'),
            (2, "FROM a\nENV GH_TOKEN=$GH_TOKEN"),
            (1, "ARG SECRET=abcdef\nFROM a"),
        ],
        [
            "FROM a\nENV DB_PASSWORD_FILE=/run/secrets/x",
            "FROM a\nENV DB_PASSWORD=/run/secrets/x",
            "FROM a\nENV DB_PASSWORD=",
            "FROM a\nENV REQUIRE_PASSWORD=true",
            "FROM a\nENV TOKENIZERS=many",
            "FROM a\nENV GPG_KEY=0D96DF4D4110E5C43FBFB17F2D347EA6AA65421D",
            "FROM a\nENV PWD=here",
            "FROM a\nENV PUBLIC_KEY_TOKEN=abc",
        ],
    ),
    "secret-argument": (
        [(2, "FROM a\nARG NPM_TOKEN"), (2, "FROM a\nARG PASSWORD=")],
        ["FROM a\nARG VERSION", "FROM a\nENV TOKEN=", "FROM a\nARG TOKEN_FILE"],
    ),
    "secret-file": (
        [
            (2, "FROM a\nCOPY .env /app/"),
            (2, "FROM a\nCOPY --chown=1 ssh/id_rsa /root/.ssh/"),
            (2, 'FROM a\nADD [".npmrc", "/root/"]'),
            (2, "FROM a\nCOPY .aws/credentials x"),
            (2, "FROM a\nCOPY tls/server.pem x"),
        ],
        [
            "FROM a\nCOPY .env.example /app/",
            "FROM a\nCOPY id_rsa.pub /root/",
            "FROM a\nCOPY certs/ca.pem /etc/",
            "FROM a AS x\nFROM b\nCOPY --from=x /root/.npmrc /root/",
            "FROM a\nCOPY environment .env",
        ],
    ),
    "runs-as-root": (
        [
            (1, "FROM a"),
            (2, "FROM a\nUSER root"),
            (3, "FROM a\nUSER 1\nUSER 0:0"),
            (3, "FROM a AS x\nUSER 1\nFROM b"),
            (3, "FROM a\nARG U=root\nUSER $U"),
        ],
        [
            "FROM a\nUSER 1",
            "FROM a AS x\nUSER app\nFROM x",
            "FROM x/static:nonroot",
            "FROM x/nginx-unprivileged:1",
        ],
    ),
    "missing-healthcheck": (
        [(2, "FROM a\nEXPOSE 80")],
        ["FROM a", "FROM a\nEXPOSE 80\nHEALTHCHECK CMD x", "FROM a\nEXPOSE 80\nHEALTHCHECK NONE"],
    ),
    "superseded": (
        [(3, "FROM a\nCMD a\nCMD b"), (4, 'FROM a\nENTRYPOINT ["a"]\nRUN x\nENTRYPOINT ["b"]')],
        ["FROM a AS x\nCMD a\nFROM x\nCMD b", "FROM a\nENTRYPOINT a\nCMD b"],
    ),
    "shell-form": (
        [(2, "FROM a\nCMD node app.js"), (2, "FROM a\nENTRYPOINT run")],
        ['FROM a\nCMD ["node"]', 'FROM a\nSHELL ["/bin/bash", "-c"]\nCMD node', "FROM a\nCMD []"],
    ),
    "port-range": (
        [
            (2, "FROM a\nEXPOSE 65536"),
            (2, "FROM a\nEXPOSE 0"),
            (2, "FROM a\nEXPOSE 9-8"),
            (2, "FROM a\nEXPOSE 1:2"),
        ],
        ["FROM a\nEXPOSE 1 65535/udp 7000-7005/tcp", "FROM a\nEXPOSE $PORT", "FROM a\nARG P=80\nEXPOSE ${P}"],
    ),
    "relative-workdir": (
        [(2, "FROM a\nWORKDIR app")],
        ["FROM a\nWORKDIR /a\nWORKDIR b", "FROM a\nWORKDIR $HOME", "FROM a\nWORKDIR C:\\\\app"],
    ),
    "pipe-to-shell": (
        [
            (2, "FROM a\nRUN curl -fsSL https://x | sh"),
            (2, "FROM a\nRUN wget -qO- https://x | sudo -E bash -"),
            (2, "FROM a\nRUN true && curl https://x | tee y | python3"),
            (2, 'FROM a\nRUN sh -c "$(curl -fsSL https://x)"'),
            (2, "FROM a\nRUN bash <(curl -s https://x)"),
            (2, "FROM a\nRUN <<E\ncurl https://x | bash\nE"),
        ],
        [
            "FROM a\nRUN curl https://x | tar xz && sh y",
            "FROM a\nRUN curl https://x -o y; sh y",
            "FROM a\nRUN curl https://x || sh y",
            "FROM a\nRUN echo 'curl https://x | sh'",
            "FROM a\nRUN cat <<E > y\ncurl https://x | sh\nE",
            "FROM a\nRUN <<E\n#!/usr/bin/env python3\ncurl | sh\nE",
        ],
    ),
    "sudo": (
        [(2, "FROM a\nRUN sudo ls"), (2, "FROM a\nRUN x && FOO=1 sudo -u y z")],
        ["FROM a\nRUN echo sudo ls"],
    ),
    "world-writable": (
        [(2, "FROM a\nRUN chmod -R 777 /x"), (2, "FROM a\nRUN chmod a+rwx /x"), (2, "FROM a\nRUN chmod 0666 /x")],
        [
            "FROM a\nRUN chmod 755 /x",
            "FROM a\nRUN chmod 1777 /tmp",
            "FROM a\nRUN chmod +x /777",
            "FROM a\nRUN chmod u+w x",
        ],
    ),
    "lost-cd": ([(2, "FROM a\nRUN cd /x")], ["FROM a\nRUN cd /x && make"]),
    "pipefail": (
        [(3, 'FROM a\nSHELL ["/bin/bash", "-c"]\nRUN a | b'), (2, "FROM a\nRUN bash -c 'a | b'")],
        [
            'FROM a\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN a | b',
            'FROM a\nSHELL ["/bin/bash", "-c"]\nRUN set -o pipefail; a | b',
            'FROM a\nSHELL ["/bin/bash", "-c"]\nRUN a || b',
            "FROM a\nRUN a | b",
        ],
    ),
    "apt-asks": (
        [(2, "FROM a\nRUN apt-get install x"), (2, "FROM a\nRUN if x; then apt-get -q install x; fi")],
        [
            "FROM a\nRUN apt-get install -y x",
            "FROM a\nRUN apt-get -qqo A=b install x",
            "FROM a\nRUN apt-get --yes -t sid install x",
            "FROM a\nRUN yes | apt-get install x",
            "FROM a\nRUN echo apt-get install x",
            'FROM a\nRUN ["apt-get", "install", "-y", "x"]',
        ],
    ),
    "apt-recommends": (
        [(2, "FROM a\nRUN apt-get install -y x")],
        [
            "FROM a\nRUN apt-get install -y --no-install-recommends x",
            "FROM a\nRUN apt-get -o APT::Install-Recommends=false install x",
        ],
    ),
    "apt-update-alone": (
        [(2, "FROM a\nRUN apt-get update")],
        ["FROM a\nRUN apt-get update && apt-get install -y x", "FROM a\nRUN apk update"],
    ),
    "apt-lists": (
        [
            (2, "FROM a\nRUN apt-get update && apt-get install -y x"),
            (2, "FROM a\nRUN apt-get update && apt-get install -y x && rm -rf /var/cache/apt/*"),
            (2, "FROM a\nRUN --mount=type=cache,target=/root/.cache apt-get update"),
        ],
        [
            "FROM a\nRUN apt-get update && apt-get install -y x && rm -rf /var/lib/apt/lists/*",
            "FROM a\nRUN apt-get update && rm -rf /var/lib/apt",
            "FROM a\nRUN --mount=type=cache,target=/var/lib/apt,sharing=locked apt-get update",
            "FROM a\nRUN apt-get install -y x",
        ],
    ),
    "apt-for-people": ([(2, "FROM a\nRUN apt install -y x")], ["FROM a\nRUN apt-get install -y x"]),
    "apt-upgrade": (
        [(2, "FROM a\nRUN apt-get -y dist-upgrade"), (2, "FROM a\nRUN apt-get upgrade -y")],
        ["FROM a\nRUN apt-get update", "FROM a\nRUN apt-get install -y upgrade"],
    ),
    "apk-cache": (
        [(2, "FROM a\nRUN apk add curl")],
        [
            "FROM a\nRUN apk add --no-cache curl",
            "FROM a\nRUN apk --no-cache add curl",
            "FROM a\nRUN --mount=type=cache,target=/var/cache/apk apk add curl",
            "FROM a\nRUN apk add curl && rm -rf /var/cache/apk/*",
        ],
    ),
    "rpm-cache": (
        [
            (2, "FROM a\nRUN dnf install -y x"),
            (2, "FROM a\nRUN yum -y install x"),
            (2, "FROM a\nRUN zypper in -y x"),
        ],
        [
            "FROM a\nRUN microdnf install x && microdnf clean all",
            "FROM a\nRUN yum install -y x && rm -rf /var/cache/yum",
        ],
    ),
    "pip-cache": (
        [
            (2, "FROM a\nRUN pip install x"),
            (2, "FROM a\nRUN python3 -m pip install x"),
            (3, "FROM a\nENV PIP_NO_CACHE_DIR=0\nRUN pip install x"),
        ],
        [
            "FROM a\nRUN pip install --no-cache-dir x",
            "FROM a\nENV PIP_NO_CACHE_DIR=1\nRUN pip install x",
            "FROM a AS b\nENV PIP_NO_CACHE_DIR=1\nFROM b\nRUN pip install x",
            "FROM a\nRUN PIP_NO_CACHE_DIR=1 pip install x",
            "FROM a\nRUN --mount=type=cache,target=/home/app/.cache/pip pip install x",
            "FROM a\nRUN pip install x && rm -rf ~/.cache",
            "FROM a\nRUN pip list",
        ],
    ),
    "npm-install": (
        [(2, "FROM a\nRUN npm install"), (2, "FROM a\nRUN npm i --production")],
        ["FROM a\nRUN npm ci", "FROM a\nRUN npm install -g x", "FROM a\nRUN npm install x"],
    ),
    "npm-cache": (
        [(2, "FROM a\nRUN npm ci")],
        [
            "FROM a\nRUN --mount=type=cache,target=/root/.npm npm ci",
            "FROM a\nRUN npm ci && npm cache clean --force",
        ],
    ),
    "package-runs": (
        [(3, "FROM a\nRUN apt-get update\nRUN apt-get install -y x"), (3, "FROM a\nRUN apk add x\nRUN apk add y")],
        ["FROM a\nRUN apk add x\nCOPY a b\nRUN apk add y", "FROM a\nRUN apk add x\nRUN make"],
    ),
    "copied-first": (
        [
            (2, "FROM a\nCOPY . .\nRUN npm ci"),
            (3, "FROM a\nWORKDIR /x\nCOPY --chown=1 . ./\nRUN pip install -r requirements.txt"),
            (2, "FROM a\nADD . /x\nRUN cd /x && go mod download"),
        ],
        [
            "FROM a\nCOPY package.json .\nRUN npm ci\nCOPY . .",
            "FROM a\nCOPY . .\nRUN pip install .",
            "FROM a\nCOPY . .\nRUN npm install -g x",
            "FROM a AS b\nFROM c\nCOPY --from=b . .\nRUN npm ci",
        ],
    ),
    "owned-later": (
        [
            (3, "FROM a\nCOPY . /app\nRUN chown -R 1:1 /app"),
            (4, "FROM a\nWORKDIR /srv\nCOPY x app/x\nRUN chmod -R 755 app"),
            (3, "FROM a\nCOPY x /app\nRUN chown --recursive 1 /app/x"),
        ],
        [
            "FROM a\nCOPY . /app\nRUN chown -R 1 /data",
            "FROM a\nCOPY . /app\nRUN chown 1 /app",
            "FROM a\nRUN chown -R 1 /app",
        ],
    ),
    "written-volume": (
        [(3, "FROM a\nVOLUME /data\nRUN mkdir -p /data/x"), (3, 'FROM a\nVOLUME ["/data"]\nCOPY x /data/')],
        [
            "FROM a\nRUN mkdir /data\nVOLUME /data",
            "FROM a\nVOLUME /data\nRUN mkdir /database",
            "FROM a\nVOLUME /data\nRUN ls /data",
        ],
    ),
    "unchecked-url": (
        [(2, "FROM a\nADD https://x.example/y /y"), (3, "FROM a\nARG V=1\nADD https://x.example/$V.tgz /y")],
        [
            "FROM a\nADD --checksum=sha256:24454f830cdb571e https://x/y /y",
            "FROM a\nADD https://github.com/a/b.git#v1 /y",
        ],
    ),
    "needless-add": (
        [(2, "FROM a\nADD x /y")],
        [
            "FROM a\nCOPY x /y",
            "FROM a\nADD x.tar.gz /y",
            "FROM a\nADD git@github.com:a/b.git /y",
            "FROM a\nADD $X /y",
        ],
    ),
}
BAD = [(name, line, text) for name, (bad, _) in EXAMPLES.items() for line, text in bad]
GOOD = [(name, text) for name, (_, good) in EXAMPLES.items() for text in good]


def test_every_rule_has_its_examples():
    assert {check.rule.name for check in CHECKS} == EXAMPLES.keys()
    assert len(CHECKS) == len(EXAMPLES)


@pytest.mark.parametrize(("name", "line", "text"), BAD, ids=[f"{name} {text!r}" for name, _, text in BAD])
def test_a_rule_finds_what_it_is_for(name: str, line: int, text: str):
    assert (name, line) in found(text)


@pytest.mark.parametrize(("name", "text"), GOOD, ids=[f"{name} {text!r}" for name, text in GOOD])
def test_a_rule_leaves_its_neighbour_alone(name: str, text: str):
    assert name not in names(text)


@pytest.mark.parametrize("check", CHECKS, ids=[check.rule.name for check in CHECKS])
def test_every_rule_says_what_to_do(check: Check):
    assert check.rule.advice.endswith(".")
    assert check.rule.advice[0].isupper()


def test_a_good_dockerfile_is_left_in_peace():
    text = """# syntax=docker/dockerfile:1
FROM golang:1.25 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg go mod download
COPY . .
RUN go build -o /app ./cmd/app

FROM gcr.io/distroless/static:nonroot
COPY --from=build /app /app
EXPOSE 8080
HEALTHCHECK CMD ["/app", "health"]
ENTRYPOINT ["/app"]
"""
    assert found(text) == []


def test_of_a_reconstruction_it_is_not_judged_how_it_is_written():
    text = "FROM a\nADD file:0f3c in /\nRUN apt-get update\nRUN apt-get install -y x\nCMD a\nCMD b\nUSER root"
    said = {name for name, _ in found(text, is_source=False)}
    assert {"needless-add", "package-runs", "superseded"} <= names(text)
    assert said & {"needless-add", "package-runs", "superseded"} == set()
    assert {"apt-lists", "runs-as-root"} <= said


def test_rules_about_scripts_say_nothing_of_other_shells():
    assert "pipe-to-shell" not in names('FROM a\nSHELL ["powershell", "-Command"]\nRUN curl x | sh')


@pytest.mark.parametrize(
    ("stages", "told"),
    [
        (["deps", "build"], "the stages are build, deps, the first of them near"),
        (["deps", "assets"], "the stages are deps, assets"),
        ([f"stage{i}" for i in range(9)], f"the stages are {', '.join(f'stage{i}' for i in range(8))}, …"),
        ([], "no stage has a name"),
    ],
)
def test_of_an_unknown_stage_the_others_are_named_a_near_one_first(stages: list[str], told: str):
    text = "".join(f"FROM a AS {stage}\n" for stage in stages) + "FROM b\nCOPY --from=biuld x y"
    (finding,) = [
        each for each in findings_of(steps_of(read_dockerfile(text))) if each.rule.name == "unknown-stage"
    ]
    assert finding.message == f"no stage is called biuld, and so it is taken for an image; {told}"
    assert finding.rule.severity == "warning"
