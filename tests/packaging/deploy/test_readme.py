"""The README of the examples: what it names is there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.packaging.deploy.conftest import DEPLOY
from tests.testbed.process import require_binary
from tests.testbed.shell import Shell

from portcall.settings import Settings

README = (DEPLOY / "README.md").read_text()


def test_every_file_that_it_names_is_there():
    named = set(re.findall(r"`((?:\./)?(?:kubernetes/)?[\w.-]+\.(?:yaml|toml|sh|cfg|service))`", README))
    assert len(named) > 7
    places = (DEPLOY, DEPLOY / "kubernetes")
    assert [name for name in named if not any((place / name).is_file() for place in places)] == []


def test_every_file_of_the_folder_belongs_to_something_that_is_explained():
    explained = README + (DEPLOY / "kubernetes" / "kustomization.yaml").read_text()
    shown = {"README.md", ".gitignore", ".env.example", "Dockerfile.dockerignore", "haproxy.cfg"}
    names = {file.name for file in DEPLOY.rglob("*") if file.is_file() and "secrets" not in file.parts} - {".env"}
    assert {name for name in names - shown if name not in explained} == set()


def test_its_toml_is_configuration():
    for block in re.findall(r"```toml\n(.*?)```", README, re.DOTALL):
        Settings.model_validate(tomllib.loads(block))


def test_the_tokens_file_is_where_containers_have_their_folder():
    (file,) = re.findall(r'^tokens_file = "(.+)"$', README, re.MULTILINE)
    assert file == "/run/secrets/portcall/tokens"
    for each in (DEPLOY / "compose.yaml", DEPLOY / "kubernetes" / "deployment.yaml"):
        assert file.removesuffix("/tokens") in each.read_text()
    assert f'# tokens_file = "{file}"' in (DEPLOY / "portcall.toml").read_text()


def test_nothing_is_installed_from_an_index_that_has_no_portcall():
    assert re.findall(r"install '?portcall\b", README) == []
    (source,) = re.findall(r"pip install '([^\[]+)\[otel\]'", README)
    assert (DEPLOY / source / "pyproject.toml").is_file()


def test_its_servers_can_stand_in_haproxy_s_configuration(tmp_path: Path, shell: Shell):
    """Without Docker there is no name service of its own to ask for replicas."""
    (servers,) = re.findall(r"```haproxy\n(.*?)```", README, re.DOTALL)
    text = (DEPLOY / "haproxy.cfg").read_text().replace(" ssl crt /run/secrets/tls.pem alpn h2,http/1.1", "")
    text = re.sub(r"^    server-template .*\n", servers, text, flags=re.MULTILINE)
    text = re.sub(r"^resolvers docker\n(?: .*\n)+", "", text, flags=re.MULTILINE)
    assert "docker" not in re.sub(r"#.*", "", text)
    file = tmp_path / "haproxy.cfg"
    file.write_text(text)
    done = shell.run([require_binary("haproxy"), "-c", "-dW", "-f", str(file)])
    assert (done.status, "WARNING" in done.err) == (0, False), done.err


def test_its_commands_are_shell():
    blocks = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    commands = [line for block in blocks for line in block.replace("\\\n", "").splitlines() if line.strip()]
    assert len(commands) > 20
    for command in commands:
        prompt, _, text = command.strip().partition(" ")
        assert prompt in {"$", "#"}
        assert subprocess.run(["sh", "-n"], input=text, text=True, check=False).returncode == 0, text


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(portcall_\w+)", README))))
def test_the_metric_is_told(name: str):
    from portcall.server.asgi.metrics import Metrics

    metrics = Metrics(tools=[], registries=[], version="1")
    told = {sample.name for each in metrics.all for family in each.collect() for sample in family.samples}
    families = {family.name for each in metrics.all for family in each.collect()}
    assert name in told | families | {f"{family}_total" for family in families}


@pytest.mark.parametrize("command", re.findall(r"`(portcall (?!serve`)\w[^`]*)`", README))
def test_the_command_is_one_of_portcall_s(command: str):
    """Each word that is an option is known to the command; it is not run."""
    (_, name, *arguments) = shlex.split(command)
    done = subprocess.run(
        [sys.executable, "-m", "portcall", name, "--help"],
        env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert [word for word in arguments if word.startswith("--") and word not in done.stdout] == []
