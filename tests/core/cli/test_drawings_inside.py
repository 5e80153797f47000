"""What a person sees on a terminal of what is inside images."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from rich.console import Console
from tests.core.cli.test_drawings import row_of, shown
from tests.core.render.answers_inside import INSIDE
from tests.core.render.test_hostile_answers import INJECTIONS
from tests.testbed.hostile import control_characters

from portcall.cli.drawings import drawn, is_copied
from portcall.models import (
    Answer,
    BaseImageCheck,
    DockerfileAnalysis,
    DockerfileInfo,
    FileList,
    ImageComparison,
    ImageFile,
    LayerAnalysis,
    Model,
    ValueDifference,
)
from portcall.models.layers import EntryKind

#: Texts that portcall itself writes, or whose grammar was checked long before.
_OURS = frozenset(
    {
        *("mode", "owner", "kind", "digest", "reference", "registry", "name", "tag", "created", "modified"),
        *("change", "what", "code", "severity", "origin", "found_by", "confidence", "source", "advice"),
        *("base_created", "platform_digest", "next_cursor"),
    }
)


def spoilt(value: Any, words: str) -> Any:
    """Return a model with all of other people's words in it replaced."""
    if isinstance(value, str):
        return words
    if isinstance(value, tuple):
        return tuple(spoilt(item, words) for item in value)
    if isinstance(value, Model):
        fields = {name: getattr(value, name) for name in type(value).model_fields if name not in _OURS}
        return value.model_copy(update={name: spoilt(field, words) for name, field in fields.items()})
    return value


DRAWN = {name: answer for name, answer in INSIDE.items() if not name.startswith("file_") and name != "file"}


@pytest.mark.parametrize("words", INJECTIONS.values(), ids=INJECTIONS)
@pytest.mark.parametrize("name", DRAWN)
def test_nobodys_words_move_the_cursor(name: str, words: str):
    assert control_characters(shown(spoilt(DRAWN[name], words[:5000]))) == set()


def a_file(path: str, kind: EntryKind = "file") -> ImageFile:
    mode = "drwxr-xr-x" if kind == "directory" else "-rw-r--r--"
    return ImageFile(path=path, kind=kind, size=0, mode=mode, owner="0:0", layer=1)


def of(name: str, kind: type[Answer]) -> str:
    answer = INSIDE[name]
    assert isinstance(answer, kind)
    return shown(answer)


class TestLayers:
    def test_each_layer_has_its_size_a_bar_and_its_step(self):
        row = row_of(of("layers", LayerAnalysis), "2 ")
        assert row == "2 312.4 MB █████ cccccccccccc RUN apt-get update && apt-get install -y gcc"

    def test_what_is_wasted_stands_beside_it(self):
        assert "812.3 MB 41.0 MB cccccccccccc" in row_of(of("layers_deep", LayerAnalysis), "2 ")

    def test_what_could_be_saved_comes_before_dives_figures(self):
        text = of("layers_deep", LayerAnalysis)
        assert text.index("reclaimable") < text.index("as dive counts")
        assert "/var/lib/apt/lists" in text
        assert "/usr/lib/gcc/cc1" in text

    def test_a_layer_that_cannot_be_read_says_why(self):
        assert "(it lives outside the registry (a foreign layer)) COPY . /srv" in of("layers_deep", LayerAnalysis)

    def test_on_a_narrow_terminal_bars_leave_their_room_to_the_steps(self):
        (row,) = [line for line in shown(INSIDE["layers_deep"], 80).splitlines() if line.startswith("2 ")]
        assert "█" not in row
        assert "RUN apt-get update && apt" in row
        (row,) = [line for line in shown(INSIDE["layers"], 80).splitlines() if line.startswith("2 ")]
        assert "█" in row
        assert "RUN apt-get update && apt-get install" in row

    @pytest.mark.parametrize("width", [80, 90, 120])
    def test_the_step_gives_way_to_a_narrow_terminal(self, width: int):
        lines = shown(INSIDE["layers_deep"], width).splitlines()
        assert all(len(line) <= width for line in lines)
        (row,) = [line for line in lines if line.startswith("2 ")]
        assert "41.0 MB" in row


class TestFiles:
    def test_a_directory_is_a_tree(self):
        text = of("files", FileList)
        assert "├── os-release → ../usr/lib/os-release" in text
        assert "└── a\\u{1b}[31m`b`  1.2 kB" in text
        assert "more: --cursor WyJuZXh0Il0" in text

    def test_what_matches_stands_below_its_folders(self):
        text = of("files_matching", FileList)
        assert "└── usr\n    └── bin\n        ├── bash  1.3 MB" in text

    def test_a_directory_is_there_once_with_what_is_in_it(self):
        """Whichever of the two is told of first."""
        first = (a_file("/usr/bin", "directory"), a_file("/usr/bin/env"))
        last = (a_file("/opt/x/y"), a_file("/opt/x", "directory"))
        page = INSIDE["files"].model_copy(update={"path": "/", "files": first + last, "next_cursor": None})
        rows = shown(page).splitlines()
        assert [re.split(r"(?<=\w)  ", row)[0].rstrip() for row in rows[2:8]] == [
            "├── usr",
            "│   └── bin",
            "│       └── env",
            "└── opt",
            "    └── x",
            "        └── y",
        ]
        assert [row for row in rows if "drwx" in row] == [rows[3], rows[6]]


class TestComparison:
    def test_at_eighty_columns_both_sides_are_whole(self):
        lines = [line.rstrip() for line in shown(INSIDE["comparison"], 80).splitlines()]
        answer = INSIDE["comparison"]
        assert isinstance(answer, ImageComparison)
        facts = lines[lines.index(f"a  {answer.a.name}:{answer.a.tag}") + 1]
        assert facts.startswith(f"   {answer.a.platform}  ")
        assert facts.endswith(answer.a.digest[:19])

    def test_what_is_long_goes_on_beside_its_sign(self):
        long = ValueDifference(name="PATH", a=None, b="/one " * 30)
        answer = INSIDE["comparison"].model_copy(update={"env": (long,)})
        lines = shown(answer, 80).splitlines()
        at = next(number for number, line in enumerate(lines) if line.startswith("+ PATH: /one"))
        assert lines[at + 1].startswith("  /one /one")

    def test_what_came_and_went_has_signs(self):
        lines = of("comparison", ImageComparison).splitlines()
        assert lines[0].startswith(
            "Different: 1 of 5 layers; files: 2 changed, 1 added, 1 removed; b is 1.5 MB larger"
        )
        for row in ("+ linux/riscv64", "- user: root", "+ user: app", "+       5 B /etc/x\\n"):
            assert row in [line.rstrip() for line in lines]

    def test_the_same_image_is_said_to_be_the_same(self):
        assert of("comparison_same", ImageComparison).startswith("The same image")


class TestDockerfiles:
    def test_where_it_is_from_stands_above_it(self):
        text = of("dockerfile", DockerfileInfo)
        assert "from its build provenance, to the letter" in text
        assert "RUN apt-get update && \\" in text

    def test_what_people_copy_keeps_its_lines(self):
        """Whether a terminal is as wide as they are or not."""
        long = f"RUN echo {'word ' * 40}end"
        answer = INSIDE["dockerfile"].model_copy(update={"content": f"FROM scratch\n{long}\n"})
        assert is_copied(answer)
        console = Console(file=io.StringIO(), width=80, highlight=False)
        console.print(drawn(answer), soft_wrap=True)
        assert long in console.file.getvalue().splitlines()  # type: ignore[attr-defined]

    def test_a_review_has_marks_and_findings(self):
        text = of("dockerfile_analysis", DockerfileAnalysis)
        assert "✓  2  golang:1.21" in text
        assert "✗  6  debain:12" in text
        assert row_of(text, "error").endswith("ENV `TOKEN` looks like a secret")
        assert row_of(text.replace(" ", ""), "→Use") == "→UseRUN--mount=type=secret."

    def test_findings_that_say_the_same_are_one_row(self):
        assert row_of(of("dockerfile_analysis", DockerfileAnalysis), "warning  3, 9").endswith("no signals on")

    def test_what_the_bases_say_is_not_said_again(self):
        text = of("dockerfile_analysis", DockerfileAnalysis)
        assert text.startswith("1 base not pinned, 1 base with a newer version, 1 error, 2 warnings, 1 note")
        assert "→ golang:1.21@sha256:" in text
        assert "pinned-base" not in text
        assert "newer-base" not in text


class TestBaseImage:
    def test_whether_it_moved_comes_first(self):
        assert (
            of("base_image", BaseImageCheck).splitlines()[0].rstrip().endswith("on debian:12-slim  has moved on")
        )

    def test_that_nothing_is_known_is_said(self):
        assert "nothing tells (unknown)" in of("base_image_unknown", BaseImageCheck)
