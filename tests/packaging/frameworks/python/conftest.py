"""Each example in an environment of its own, and the registry that all of them ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.packaging.frameworks.python.example import Example
from tests.packaging.frameworks.python.listener import Proxy, listening_proxy
from tests.testbed.python_environment import installed as environment_of
from tests.testbed.shell import Shell

from portcall.testing import demo_registry

#: What a developer may have set who uses these frameworks, and what would make them tell their makers.
_TALKATIVE = {
    "OPENAI_API_KEY": "sk-none",
    "LANGSMITH_TRACING": "true",
    "LANGSMITH_API_KEY": "lsv2-none",
}


@pytest.fixture(scope="session")
def registry() -> Iterator[str]:
    """Where the demo's registry is served: host and port."""
    with demo_registry().serve() as address:
        yield address.netloc


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """What any request to the internet would reach."""
    with listening_proxy() as proxy:
        yield proxy


@pytest.fixture
def example_of(
    root: Path, portcall_from_wheel: Path, shell: Shell, proxy: Proxy
) -> Iterator[Callable[[str], Example]]:
    """Returns an example by the name of its folder, with whatever it requires installed."""
    made: list[Example] = []

    def example(name: str) -> Example:
        folder = root / "examples" / name
        python = environment_of(folder / "requirements.txt", f"example-{name}")
        variables = _TALKATIVE | proxy.variables()
        made.append(Example(folder, python, portcall_from_wheel.parent, shell, variables))
        return made[-1]

    yield example
    assert all(example.all_end() for example in made), "an example has left a process behind"
    assert proxy.asked == [], "an example has asked the internet"
