"""The examples' environments: from the index that pip uses, at the versions that were tried."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.testbed.python_environment import installed, uv_variables

PINNED = re.compile(r"[a-z0-9-]+(\[[a-z,]+\])?==[0-9.]+")


def requirements(folder: Path, text: str) -> Path:
    file = folder / "requirements.txt"
    file.write_text(text)
    return file


@pytest.mark.parametrize("name", ["python", "pydantic-ai", "openai-agents", "langgraph"])
def test_every_requirement_is_pinned_to_what_was_tried(root: Path, name: str):
    lines = (root / "examples" / name / "requirements.txt").read_text().splitlines()
    wanted = [line for line in lines if not line.startswith("#")]
    assert wanted
    assert all(PINNED.fullmatch(line) for line in wanted)


def test_what_pip_is_told_of_an_index_is_told_to_uv(tmp_path: Path):
    settings = (
        f":env:.find-links='{tmp_path}\\nhttps://wheels.example/ {tmp_path}/none'\n"
        ":env:.index-url='https://user:secret@env.example/simple'\n"
        "download.index-url='https://download.example/simple'\n"
        "global.cert='/etc/ssl/corp.pem'\n"
        "global.extra-index-url='https://one.example/ https://two.example/'\n"
        "global.index-url='https://global.example/simple'\n"
        "global.timeout='10'\n"
    )
    assert uv_variables(settings, {"HOME": "/h"}) == {
        "HOME": "/h",
        "UV_SYSTEM_CERTS": "true",
        "UV_NO_CONFIG": "true",
        "UV_DEFAULT_INDEX": "https://user:secret@env.example/simple",
        "UV_INDEX": "https://one.example/ https://two.example/",
        "UV_FIND_LINKS": f"{tmp_path},https://wheels.example/",
        "SSL_CERT_FILE": "/etc/ssl/corp.pem",
    }


def test_what_uv_is_told_itself_wins():
    told = {"UV_DEFAULT_INDEX": "https://uv.example/", "SSL_CERT_FILE": "/etc/ssl/uv.pem"}
    settings = "global.cert='/etc/ssl/pip.pem'\nglobal.index-url='https://pip.example/'\n"
    assert uv_variables(settings, told).items() >= told.items()


class TestWithoutAnIndex:
    @pytest.fixture(autouse=True)
    def _an_index_that_nobody_serves(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
        monkeypatch.setenv("UV_HTTP_RETRIES", "0")
        for name in ("PIP_FIND_LINKS", "UV_FIND_LINKS", "CI"):
            monkeypatch.delenv(name, raising=False)

    def test_a_test_is_skipped(self, tmp_path: Path):
        with pytest.raises(pytest.skip.Exception, match="uv could not install"):
            installed(requirements(tmp_path, "mcp==2.3.0\n"), "never", tmp_path / "store")
        assert not list(tmp_path.glob("store/*/done"))

    def test_a_test_fails_in_ci(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("CI", "1")
        with pytest.raises(pytest.fail.Exception, match="uv could not install"):
            installed(requirements(tmp_path, "mcp==2.3.0\n"), "never", tmp_path / "store")

    def test_requirements_that_are_none_are_an_error(self, tmp_path: Path):
        with pytest.raises(RuntimeError, match="uv refuses"):
            installed(requirements(tmp_path, "mcp === === 1\n"), "never", tmp_path / "store")

    def test_an_environment_is_made_once_and_again_when_its_requirements_change(self, tmp_path: Path):
        first = installed(requirements(tmp_path, "# nothing\n"), "empty", tmp_path / "store")
        made = first.bin.stat().st_ino
        again = installed(tmp_path / "requirements.txt", "empty", tmp_path / "store")
        assert (again, again.bin.stat().st_ino) == (first, made)
        other = installed(requirements(tmp_path, "# nothing else\n"), "empty", tmp_path / "store")
        assert other != first
        assert not first.folder.exists()
        assert other.installed() == set()
