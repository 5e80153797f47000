"""A Dockerfile put together from a history: what each builder's lines read like."""

from __future__ import annotations

import json
from typing import Any

import pytest

from portcall.documents.dockerfile import read_instructions
from portcall.images.dockerfile.reconstruction import reconstruct
from portcall.oci.config import ImageConfig
from portcall.reference import parse_reference

NAME = "shop/api:1"
ROOTFS = "ADD file:b2f5a0ecc7d3b1b8b9b6d8f3e2a1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3 in / "


def config(*steps: str | tuple[str, str], system: str = "linux", run: dict[str, Any] | None = None) -> ImageConfig:
    lines = [(step, "") if isinstance(step, str) else step for step in steps]
    history = [{"created_by": command, "comment": comment} for command, comment in lines]
    document = {"os": system, "architecture": "amd64", "config": run or {}, "history": history}
    return ImageConfig.parse(json.dumps(document).encode())


def content(*steps: str | tuple[str, str], base: str | None = None, **more: Any) -> str:
    made = reconstruct(config(*steps, **more), NAME, parse_reference(base) if base else None)
    assert made is not None
    return made.content


def read(*steps: str | tuple[str, str], **more: Any) -> str:
    """Return what follows the head and ``FROM``."""
    return content(*steps, **more).split("\n\n", 2)[2].rstrip("\n")


def one(step: str, **more: Any) -> str:
    return read(step, **more)


# What every step becomes


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        # The classic builder
        ('/bin/sh -c #(nop)  CMD ["nginx" "-g" "daemon off;"]', 'CMD ["nginx", "-g", "daemon off;"]'),
        ('/bin/sh -c #(nop) ENTRYPOINT &{["docker-entrypoint.sh"]}', 'ENTRYPOINT ["docker-entrypoint.sh"]'),
        (r"/bin/sh -c #(nop) CMD [\"bash\"]", 'CMD ["bash"]'),
        ("/bin/sh -c #(nop)  CMD []", "CMD []"),
        ("/bin/sh -c #(nop)  EXPOSE 443/tcp 80/tcp", "EXPOSE 443/tcp 80/tcp"),
        ("/bin/sh -c #(nop)  EXPOSE map[443/tcp:{} 80/tcp:{}]", "EXPOSE 443/tcp 80/tcp"),
        ("/bin/sh -c #(nop)  VOLUME [/data /var/lib/x]", 'VOLUME ["/data", "/var/lib/x"]'),
        ("/bin/sh -c #(nop)  STOPSIGNAL [SIGTERM]", "STOPSIGNAL SIGTERM"),
        ("/bin/sh -c #(nop)  USER [node]", "USER node"),
        ("/bin/sh -c #(nop) WORKDIR /app", "WORKDIR /app"),
        ("/bin/sh -c #(nop)  MAINTAINER Ada <ada@x.test>", "MAINTAINER Ada <ada@x.test>"),
        ("/bin/sh -c #(nop)  ONBUILD COPY . /app", "ONBUILD COPY . /app"),
        ("/bin/sh -c #(nop)  ARG RELEASE", "ARG RELEASE"),
        ("/bin/bash -o pipefail -c #(nop)  ENV A=b", "ENV A=b"),
        ("/bin/sh -c apt-get update", "RUN apt-get update"),
        ("|1 V=1 /bin/sh -c echo $V", "ARG V=1\nRUN echo $V"),
        ("|2 A=b c D=/bin/sh /bin/sh -c make", 'ARG A="b c"\nARG D=/bin/sh\nRUN make'),
        ("|0 /bin/sh -c make", "RUN make"),
        # BuildKit
        ("RUN /bin/sh -c make # buildkit", "RUN make"),
        ("RUN |1 V=1 /bin/sh -c echo $V # buildkit", "ARG V=1\nRUN echo $V"),
        ("RUN pip install x # buildkit", "RUN pip install x"),
        ('RUN /bin/bash -c set -e; echo "a" # buildkit', r'RUN ["/bin/bash", "-c", "set -e; echo \"a\""]'),
        ("COPY --chown=1:1 a b/ /c/ # buildkit", "COPY --chown=1:1 a b/ /c/"),
        ("COPY --link a /b # buildkit", "COPY --link a /b"),
        ("ADD https://x.test/a.tgz /a # buildkit", "ADD https://x.test/a.tgz /a"),
        ("EXPOSE [80/tcp 9000-9001/udp]", "EXPOSE 80/tcp 9000-9001/udp"),
        ("EXPOSE map[80/tcp:{}]", "EXPOSE 80/tcp"),
        ("SHELL [/bin/bash -o pipefail -c]", 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]'),
        (r'CMD ["sh" "-c" "a\n\x07\u00e9\U0001f600\"\\"]', r'CMD ["sh", "-c", "a\n\u0007é😀\"\\"]'),
        ("WORKDIR /app", "WORKDIR /app"),
        ("COPY <<EOF /etc/app.conf # buildkit", "COPY <<EOF /etc/app.conf\nEOF"),
        ("USER <<EOF", "USER <<EOF"),
        # Buildah and Kaniko, which keep the Dockerfile's own words
        ('/bin/sh -c #(nop) ENTRYPOINT ["sleep","1"]', 'ENTRYPOINT ["sleep", "1"]'),
        ('/bin/sh -c #(nop) ENV PATH="$HOME/bin:$PATH"', 'ENV PATH="$HOME/bin:$PATH"'),
        ("/bin/sh -c #(nop) ENV A b c", "ENV A b c"),
        ("HEALTHCHECK --interval=5s CMD curl x", "HEALTHCHECK --interval=5s CMD curl x"),
        ("RUN apk add git", "RUN apk add git"),
        # What no instruction made
        ("bazel build ...", "# bazel build ..."),
        ("/bin/bash", "# /bin/bash"),
        ("FROM evil.test/x", "# FROM evil.test/x"),
        ("run make", "# run make"),
        ("Apply image 10.0.20348.1", "# Apply image 10.0.20348.1"),
        ("buildpacksio/lifecycle:0.19", "# buildpacksio/lifecycle:0.19"),
    ],
)
def test_a_line_of_a_history_reads_like_the_instruction_that_it_was(step: str, expected: str):
    assert one(step) == expected


def test_copied_files_without_a_name_are_told_by_their_checksum():
    told = one(
        "/bin/sh -c #(nop) COPY file:65504f71f5855ca017fb64d502ce873a31b2e0decd75297a8fb0a287f97acf92 in /x "
    )
    note, line = told.split("\n")
    assert "65504f71f5855ca017fb64d502ce873a31b2e0decd75297a8fb0a287f97acf92" in note
    assert line == "COPY <file> /x"


@pytest.mark.parametrize(
    ("step", "line"),
    [
        ("COPY --chown=a:b dir:65504f71f585 in /usr/src/app", "COPY --chown=a:b <directory> /usr/src/app"),
        ("ADD multi:65504f71f585 in / ", "ADD <files> /"),
        ("COPY file:65504f71f585 in C:/Program Files ", 'COPY ["<file>", "C:/Program Files"]'),
        ("COPY file:65504f71f585 in ", "COPY <file> ."),
    ],
)
def test_every_kind_of_nameless_copy_stays_an_instruction(step: str, line: str):
    assert one(f"/bin/sh -c #(nop) {step}").split("\n")[1] == line


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (
            '&{["CMD-SHELL" "nc -z 127.0.0.1 80 || exit 1"] "1m0s" "5s" "1m0s" \'\\x03\'}',
            "--interval=1m0s --timeout=5s --start-period=1m0s --retries=3 CMD nc -z 127.0.0.1 80 || exit 1",
        ),
        (
            '&{["CMD" "/app" "--ok"] "0s" "0s" "0s" "2s" \'\\n\'}',
            '--start-interval=2s --retries=10 CMD ["/app", "--ok"]',
        ),
        ('&{["NONE"] "0s" "0s" "0s" \'\\x00\'}', "NONE"),
        (
            "{Test:[CMD-SHELL a[0] || exit 1] Interval:3s Timeout:10ms StartPeriod:0s StartInterval:0s Retries:3}",
            "--interval=3s --timeout=10ms --retries=3 CMD a[0] || exit 1",
        ),
        ("{Test:[NONE] Interval:0s Timeout:0s StartPeriod:0s Retries:0}", "NONE"),
        ("{Test:[CMD a b] Interval:0s Timeout:0s StartPeriod:0s Retries:0}", 'CMD ["a", "b"]'),
        ("&{something else}", "&{something else}"),
    ],
)
def test_a_health_check_is_an_instruction_again(step: str, expected: str):
    assert one(f"HEALTHCHECK {step}") == f"HEALTHCHECK {expected}"


def test_the_configuration_tells_a_health_checks_words_apart():
    """BuildKit prints them without quotes; the last one is in force, and so is known."""
    run = {"Healthcheck": {"Test": ["CMD", "python", "-c", "import os; os.stat('/x')"]}}
    words = "CMD python -c import os; os.stat('/x')"
    step = f"HEALTHCHECK {{Test:[{words}] Interval:1s Timeout:0s StartPeriod:0s Retries:0}}"
    expected = """HEALTHCHECK --interval=1s CMD ["python", "-c", "import os; os.stat('/x')"]"""
    assert one(step, run=run) == expected


def test_values_with_blanks_are_told_apart_by_the_configuration():
    run = {"Env": ["A=b c D=e", "F=g"], "Labels": {"maintainer": "Ada <a@x.test>", "x.y/z": "1 2"}}
    assert one("ENV A=b c D=e F=g", run=run) == 'ENV A="b c D=e" F=g'
    assert (
        one("LABEL maintainer=Ada <a@x.test> x.y/z=1 2", run=run)
        == 'LABEL maintainer="Ada <a@x.test>" x.y/z="1 2"'
    )


def test_a_settled_value_means_what_it_says():
    run = {"Env": ['A=$x"y\\', "B="]}
    assert one('ENV A=$x"y\\ B=', run=run) == r'ENV A="\$x\"y\\" B=""'


def test_a_value_that_was_replaced_later_is_told_as_it_was():
    assert one("ENV A=b1 C=d", run={"Env": ["A=b", "C=d"]}) == "ENV A=b1 C=d"


def test_build_arguments_are_declared_once():
    told = read("ARG V=1", "RUN |1 V=1 /bin/sh -c a # buildkit", "RUN |1 V=1 /bin/sh -c b # buildkit")
    assert told == "ARG V=1\nRUN a\nRUN b"


def test_an_argument_without_default_shows_what_it_was():
    assert read("ARG V", "RUN |1 V=1 /bin/sh -c a # buildkit") == "ARG V\nARG V=1\nRUN a"


def test_the_shell_in_force_is_left_out_of_commands():
    steps = ("SHELL [/bin/bash -o pipefail -c]", "RUN /bin/bash -o pipefail -c a | b # buildkit")
    assert read(*steps).split("\n")[1] == "RUN a | b"


def test_windows_has_its_own_escape_and_shells():
    steps = (
        "cmd /S /C #(nop) WORKDIR C:\\app\\",
        "cmd /S /C echo hi",
        "cmd /S /C #(nop)  SHELL [powershell -Command $x = 'Stop';]",
        "powershell -Command $x = 'Stop'; Write-Host hi",
    )
    told = content(*steps, system="windows")
    assert told.startswith("# escape=`\n")
    assert told.endswith(
        'WORKDIR C:\\app\\\nRUN echo hi\nSHELL ["powershell", "-Command", "$x = \'Stop\';"]\nRUN Write-Host hi\n'
    )
    assert len(read_instructions(told)) == 5


# Long commands


def test_lines_that_were_continued_are_again():
    step = "RUN /bin/sh -c set -eux; \tapt-get update; \tapt-get install -y \t\tcurl \t; \trm -rf /x # buildkit"
    assert one(step).split("\n") == [
        "RUN set -eux; \\",
        "\tapt-get update; \\",
        "\tapt-get install -y \\",
        "\t\tcurl \\",
        "\t; \\",
        "\trm -rf /x",
    ]


def test_a_long_chain_is_broken_between_its_commands():
    step = f"RUN /bin/sh -c apt-get update && apt-get install -y {'x' * 80} && echo 'a && b' # buildkit"
    assert one(step).split("\n") == [
        "RUN apt-get update \\",
        f"    && apt-get install -y {'x' * 80} \\",
        "    && echo 'a && b'",
    ]


def test_a_checksums_two_blanks_are_no_end_of_line():
    assert one("RUN /bin/sh -c echo 'abc  /tmp/x' | sha256sum -c -") == "RUN echo 'abc  /tmp/x' | sha256sum -c -"


def test_a_command_of_many_lines_is_a_heredoc():
    told = one("RUN /bin/sh -c set -e\ncat <<EOF > /x\nhello\nEOF\nmake # buildkit")
    assert told == "RUN <<EOF2\nset -e\ncat <<EOF > /x\nhello\nEOF\nmake\nEOF2"


# Where it begins


def test_the_first_line_says_that_it_is_a_reconstruction():
    first, second, *_ = content("RUN make").split("\n")
    assert first == "# Reconstructed from the history of shop/api:1: not the original file."
    assert second == "# Names of stages, mounts, comments, and what was never used, are not in a history."


def test_what_buildah_notes_is_the_base_and_its_steps_are_not_taken_again():
    steps = [
        "/bin/sh -c #(nop) ADD file:65504f71f585 in / ",
        '/bin/sh -c #(nop)  CMD ["/bin/sh"]',
        ("/bin/sh -c apk add curl", "FROM docker.io/library/alpine:3.19"),
        ("/bin/sh -c #(nop) USER app", "FROM 65504f71f585"),
    ]
    told = content(*steps)
    assert [(each.keyword, each.arguments) for each in read_instructions(told)] == [
        ("FROM", "alpine:3.19"),
        ("RUN", "apk add curl"),
        ("USER", "app"),
    ]
    assert '# in the base: CMD ["/bin/sh"]' in told


@pytest.mark.parametrize(
    "below",
    [
        [("# debian.sh --arch 'amd64' out/ 'bookworm' '@1'", "debuerreotype 0.15")],
        [f"/bin/sh -c #(nop) {ROOTFS}", '/bin/sh -c #(nop)  CMD ["bash"]'],
    ],
)
def test_the_steps_of_a_distribution_that_is_named_are_the_bases(below: Any):
    told = content(*below, "RUN /bin/sh -c make # buildkit", base="debian:12-slim")
    assert [(each.keyword, each.arguments) for each in read_instructions(told)] == [
        ("FROM", "debian:12-slim"),
        ("RUN", "make"),
    ]


def test_where_another_base_ends_is_not_guessed():
    told = content(ROOTFS, "RUN a", "RUN b", base="ghcr.io/acme/base:1")
    assert "FROM ghcr.io/acme/base:1\n# The first of these steps are the base's own" in told
    assert [each.keyword for each in read_instructions(told)] == ["FROM", "ADD", "RUN", "RUN"]


def test_a_distribution_that_is_not_named_is_recognised():
    told = content(("# debian.sh --arch 'amd64' out/ 'bookworm' '@1700000000'", "debuerreotype 0.15"), "RUN a")
    assert "FROM scratch\n# The first of these steps make the file system that debian:bookworm-slim has" in told
    assert "# debian.sh --arch 'amd64' out/ 'bookworm' '@1700000000' · debuerreotype 0.15\nRUN a" in told


def test_an_image_from_scratch_needs_no_explanation():
    told = content("COPY app /app # buildkit", 'ENTRYPOINT ["/app"]')
    assert 'FROM scratch\n\nCOPY app /app\nENTRYPOINT ["/app"]\n' in told


@pytest.mark.parametrize(
    ("command", "comment", "expected"),
    [
        (
            "ko build ko://acme/app",
            "go build output, at /ko-app/app",
            "# ko build ko://acme/app · go build output, at /ko-app/app",
        ),
        ("jib-gradle-plugin:3.4.0", "classes", "# jib-gradle-plugin:3.4.0 · classes"),
        ("", "store paths: ['/nix/store/x-bash']", "# store paths: ['/nix/store/x-bash']"),
        ("apko", "This is an apko single-layer image", "# apko · This is an apko single-layer image"),
        ("Application Layer", "", "# Application Layer"),
    ],
)
def test_builders_without_dockerfile_are_shown_in_their_own_words(command: str, comment: str, expected: str):
    assert one_step(command, comment) == expected


def one_step(command: str, comment: str) -> str:
    return read((command, comment))


def test_how_much_is_no_instruction_is_counted():
    made = reconstruct(config("bazel build", "RUN a", "jib"), NAME)
    assert made is not None
    assert made.unclear == 2


def test_without_history_there_is_nothing():
    assert reconstruct(config(), NAME) is None
    assert reconstruct(config("", ("", " ")), NAME) is None


# Nothing in a step becomes another one


@pytest.mark.parametrize(
    "hostile",
    [
        "RUN a\nUSER root",
        "RUN /bin/sh -c a\nUSER root # buildkit",
        "USER app\nUSER root",
        "WORKDIR /a\\",
        "WORKDIR /a\\ \t",
        "RUN a \\",
        "ENV A=b\\",
        "LABEL a=b\rUSER root",
        "RUN a\u2028USER root",
        "RUN cat <<X",
        "COPY <<X /a",
        "COPY <<-X <<Y /a",
        'COPY <<"X Y" /a',
        'COPY <<"" /a',
        "ADD <<X /a\nX\nUSER root\n",
        "ONBUILD RUN cat <<X",
        "RUN a   # b   c",
        'CMD ["a\\nUSER root"]',
        'CMD ["a" "<<X"]',
        "HEALTHCHECK CMD a\nUSER root",
        "EXPOSE [80/tcp]\nUSER root",
        "|1 A=\nUSER=root /bin/sh -c b",
        "bazel\nUSER root",
        "# escape=`",
        "STOPSIGNAL [A\nB]",
        "SHELL [a\nUSER b -c]",
        "COPY file:65504f71f585 in /a\nUSER root",
        "COPY\u2003<<X /a",
    ],
)
def test_a_line_lets_no_other_instruction_in_and_swallows_none(hostile: str):
    told = content("USER one", hostile, "RUN x\nX\ny", "USER two", "# X", "X")
    found = [each for each in read_instructions(told) if each.keyword != "ARG"]
    assert found[1].arguments == "one"
    assert [each.arguments for each in found if each.keyword == "USER"] == ["one", *_own(hostile), "two"]
    assert found[-1].arguments == "two"


def _own(hostile: str) -> list[str]:
    return ["app USER root"] if hostile.startswith("USER") else []
