"""portcall.testing as a product: what it exports, imports and documents."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import portcall
from portcall import testing
from portcall.testing import quirks

FOLDER = Path(testing.__file__).parent
SOURCES = sorted(FOLDER.rglob("*.py"))


def run(code: str) -> str:
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PYTHONPATH": str(FOLDER.parents[1])},
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def example_of(docstring: str) -> str:
    return textwrap.dedent(docstring.split("::\n", 1)[1].split("\n- ", maxsplit=1)[0])


def test_example_in_the_docstring_runs():
    assert testing.__doc__
    assert run(example_of(testing.__doc__)) == """b'{"name": "shop/api", "tags": ["1.4.2", "latest"]}'\n"""


def test_importing_it_loads_neither_server_nor_pytest_nor_the_rest_of_portcall():
    loaded = run("import sys, portcall.testing; print(*sorted(sys.modules))").split()
    heavy = {"uvicorn", "pytest", "zstandard", "httpx", "aiohttp", "pydantic", "mcp", "portcall.testing.quirks"}
    assert not heavy & set(loaded)
    ours = {name for name in loaded if name.startswith("portcall.") and not name.startswith("portcall.testing")}
    assert ours <= {"portcall.digest", "portcall.errors", "portcall.version"}


def test_only_the_fixtures_and_the_contract_know_pytest():
    knowing = [path for path in SOURCES if re.search(r"^\s*(import|from) pytest", path.read_text(), re.MULTILINE)]
    folders = {path.parent.name for path in knowing if path.name != "fixtures.py"}
    assert folders == {"contract"}


@pytest.mark.parametrize("module", [testing, quirks], ids=lambda module: module.__name__)
def test_everything_exported_is_there(module: object):
    assert all(getattr(module, name) is not None for name in module.__all__)  # type: ignore[attr-defined]


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = testing.nonsense


@pytest.mark.parametrize("name", sorted(set(quirks.__all__) - {"Context", "Quirk"}))
def test_quirk_says_what_it_does_and_has_a_test(name: str):
    quirk = getattr(quirks, name)
    assert quirk.__dict__["__doc__"]
    assert not quirk.__doc__.startswith(f"{name}("), "the dataclass wrote it, nobody else did"
    tests = (file.read_text() for file in (Path(__file__).parent / "testing_quirks").glob("test_*.py"))
    assert any(re.search(rf"quirks\.{name}\b", text) for text in tests)


@pytest.mark.parametrize("name", sorted(set(testing.__all__)))
def test_public_name_is_documented(name: str):
    thing = getattr(testing, name)
    if inspect.isclass(thing) or inspect.isfunction(thing):
        assert thing.__doc__
        assert not thing.__doc__.startswith(f"{name}(")


def test_fixtures_serve_registries_to_a_plugin_authors_tests(tmp_path: Path):
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["portcall.testing.fixtures"]\n')
    (tmp_path / "test_theirs.py").write_text(
        textwrap.dedent("""
            import urllib.request

            def test_fixtures(fake_registry, demo_registry, recording_server):
                assert urllib.request.urlopen(fake_registry.address.url + "/v2/").status == 200
                url = demo_registry.address.url + "/v2/shop/api/manifests/1.4.2"
                urllib.request.urlopen(url).read()
                urllib.request.urlopen(recording_server.address.url).read()
                assert [fake_registry.count(), demo_registry.count("manifest")] == [1, 1]
                assert recording_server.secrets() == []
        """)
    )
    code = f"import pytest; raise SystemExit(pytest.main(['-q', '-p', 'no:cacheprovider', {str(tmp_path)!r}]))"
    assert "1 passed" in run(code)


def test_it_is_part_of_the_package_that_is_shipped():
    assert FOLDER.parent == Path(portcall.__file__).parent
