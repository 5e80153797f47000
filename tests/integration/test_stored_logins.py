"""Whoever has logged in with docker, podman or skopeo is known to portcall, and the doctor says from where."""

from __future__ import annotations

import base64
import json
import shutil
from typing import TYPE_CHECKING

import pytest
from tests.testbed.raw import APP

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed.registry import RealRegistry
    from tests.testbed.shell import Shell

HELPER = """\
#!/bin/sh
case "$1" in
  list) printf '{"%s": "%s"}' "$REGISTRY" "$USERNAME" ;;
  get) cat > /dev/null; printf '{"Username": "%s", "Secret": "%s"}' "$USERNAME" "$SECRET" ;;
esac
"""


def docker_config(shell: Shell, **content: object) -> Path:
    """Write what ``docker login`` writes."""
    file = shell.home / ".docker" / "config.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(content))
    file.chmod(0o600)
    return file


def login_of(registry: RealRegistry) -> dict[str, str]:
    pair = f"{registry.username}:{registry.password}"
    return {"auth": base64.b64encode(pair.encode()).decode()}


def described(shell: Shell, registry: RealRegistry, **variables: str) -> dict[str, object]:
    done = shell.portcall("inspect", registry.reference("demo/app:1.0"), "--json", environment=variables)
    answer: dict[str, object] = json.loads(done.out)
    return answer


def test_without_a_login_nobody_gets_in(basic_registry: RealRegistry, shell: Shell):
    error = described(shell, basic_registry)["error"]
    assert isinstance(error, dict)
    assert error["code"] == "unauthorized"
    assert f"docker login {basic_registry.netloc}" in error["hint"]


@pytest.mark.skipif(not shutil.which("skopeo"), reason="skopeo is not installed")
def test_whoever_logged_in_with_skopeo_gets_in(basic_registry: RealRegistry, shell: Shell, tmp_path: Path):
    (tmp_path / "run").mkdir()
    runtime = {"XDG_RUNTIME_DIR": str(tmp_path / "run")}
    who = ["--username", str(basic_registry.username), "--password", str(basic_registry.password)]
    command = ["skopeo", "login", "--tls-verify=false", *who, basic_registry.netloc]
    assert shell.run(command, environment=runtime).status == 0
    assert described(shell, basic_registry, **runtime)["digest"] == APP.digest


def test_whoever_logged_in_with_docker_gets_in(basic_registry: RealRegistry, shell: Shell):
    docker_config(shell, auths={basic_registry.netloc: login_of(basic_registry)})
    assert described(shell, basic_registry)["digest"] == APP.digest


def test_a_variable_may_hold_the_login(basic_registry: RealRegistry, shell: Shell):
    stored = json.dumps({"auths": {basic_registry.netloc: login_of(basic_registry)}})
    assert described(shell, basic_registry, DOCKER_AUTH_CONFIG=stored)["digest"] == APP.digest


def test_a_token_service_elsewhere_gets_a_stored_login_only_once_it_is_named(
    token_registry: RealRegistry, shell: Shell
):
    docker_config(shell, auths={token_registry.netloc: login_of(token_registry)})
    error = described(shell, token_registry)["error"]
    assert isinstance(error, dict)
    assert error["code"] == "blocked"
    assert "auth_hosts" in error["hint"]
    entry = {"auth_hosts": [token_registry.token_netloc]}
    named = json.dumps({token_registry.netloc: entry | {"endpoint": token_registry.url}})
    assert described(shell, token_registry, PORTCALL_REGISTRIES=named)["digest"] == APP.digest


@pytest.mark.parametrize("kind", ["credsStore", "credHelpers"])
def test_a_credential_helper_is_asked(basic_registry: RealRegistry, shell: Shell, tmp_path: Path, kind: str):
    helper = tmp_path / "bin" / "docker-credential-acme"
    helper.parent.mkdir()
    helper.write_text(HELPER)
    helper.chmod(0o700)
    docker_config(shell, **{kind: "acme" if kind == "credsStore" else {basic_registry.netloc: "acme"}})
    variables = {
        "PATH": f"{helper.parent}:/usr/bin:/bin",
        "REGISTRY": basic_registry.netloc,
        "USERNAME": str(basic_registry.username),
        "SECRET": str(basic_registry.password),
    }
    assert described(shell, basic_registry, **variables)["digest"] == APP.digest
    known = shell.portcall("registries", "--json", environment=variables)
    sources = {each["prefix"]: each["credentials"] for each in json.loads(known.out)["registries"]}
    assert sources[basic_registry.netloc] == "docker-credential-acme"


class TestTheDoctor:
    def test_tells_where_credentials_come_from_and_that_they_are_good(
        self, basic_registry: RealRegistry, shell: Shell
    ):
        docker_config(shell, auths={basic_registry.netloc: login_of(basic_registry)})
        done = shell.portcall("doctor", basic_registry.netloc)
        assert (done.status, done.err) == (0, "")
        assert f"- ok: `~/.docker/config.json`: has logins for {basic_registry.netloc}." in done.out
        assert f"- ok: `{basic_registry.netloc}`: answers in" in done.out
        assert "credentials: ~/.docker/config.json" in done.out

    def test_looks_at_a_registry_that_nobody_listed(self, plain_registry: RealRegistry, shell: Shell):
        done = shell.portcall("doctor", plain_registry.netloc)
        assert done.status == 0
        assert f"- ok: `{plain_registry.netloc}`: answers in" in done.out
        assert "asked anonymously" in done.out

    def test_tells_whose_token_an_api_is_asked_with(self, plain_registry: RealRegistry, shell: Shell):
        entry = {"quay.io": {"endpoint": plain_registry.url}}
        variables = {"PORTCALL_REGISTRIES": json.dumps(entry), "QUAY_TOKEN": "canary-token"}
        done = shell.portcall("doctor", "quay.io", environment=variables)
        assert "credentials for its API: QUAY_TOKEN, not tried" in done.out
        assert "canary" not in done.out + done.err

    def test_tells_that_they_are_refused_and_what_to_do(self, basic_registry: RealRegistry, shell: Shell):
        wrong = {"auth": base64.b64encode(b"reader:canary-wrong").decode()}
        docker_config(shell, auths={basic_registry.netloc: wrong})
        done = shell.portcall("doctor", basic_registry.netloc, "--json")
        assert done.status == 1
        (found,) = [each for each in json.loads(done.out)["findings"] if each["area"] == "registries"]
        assert found["state"] == "problem"
        assert "refused the credentials from ~/.docker/config.json" in found["message"]
        assert f"docker login {basic_registry.netloc}" in found["hint"]
        assert "canary" not in done.out + done.err

    def test_tells_that_a_helper_is_missing(self, basic_registry: RealRegistry, shell: Shell):
        docker_config(shell, credHelpers={basic_registry.netloc: "nowhere"})
        done = shell.portcall("doctor", basic_registry.netloc)
        assert done.status == 1
        assert "docker-credential-nowhere" in done.out

    def test_tells_that_a_file_can_be_read_by_others(self, basic_registry: RealRegistry, shell: Shell):
        docker_config(shell, auths={basic_registry.netloc: login_of(basic_registry)}).chmod(0o644)
        done = shell.portcall("doctor", basic_registry.netloc)
        assert done.status == 0
        assert "- note: `~/.docker/config.json`" in done.out
        assert "chmod 600" in done.out

    def test_tells_that_a_file_is_no_json(self, basic_registry: RealRegistry, shell: Shell):
        docker_config(shell).write_text('{"auths": canary')
        done = shell.portcall("doctor", basic_registry.netloc)
        assert done.status == 1
        assert "**problem**: `~/.docker/config.json`: " in done.out
        assert "canary" not in done.out + done.err

    def test_a_broken_configuration_is_told_as_such(self, shell: Shell, tmp_path: Path):
        (tmp_path / "portcall.toml").write_text("[network]\ntimeuot = 3\n")
        done = shell.portcall("doctor", "--config", str(tmp_path / "portcall.toml"))
        assert done.status == 2
        assert "- **problem**: `the configuration`: " in done.out
        assert "network.timeuot" in done.out

    def test_draws_it_on_a_terminal(self, basic_registry: RealRegistry, shell: Shell):
        docker_config(shell, auths={basic_registry.netloc: login_of(basic_registry)})
        shown = shell.portcall_on_terminal("doctor", basic_registry.netloc).out
        for word in ("Configuration", "Cache", "Plugins", "Credentials", "Registries", "✓"):
            assert word in shown
