"""The folder that is tested, and what :file:`new-secrets.sh` makes of a copy of it."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.testbed.process import require_binary
from tests.testbed.redis import RedisServer

DEPLOY = Path(__file__).parents[3] / "examples" / "deploy"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A copy of the folder, as somebody has it who followed the README so far.

    Attributes:
        folder: Where it is.
        secrets: What ``.env`` holds.
    """

    folder: Path
    secrets: dict[str, str]


@pytest.fixture(scope="session")
def deploy() -> Path:
    """The folder, as it is shipped."""
    return DEPLOY


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """A copy of the folder with secrets in it; the certificate is an empty file."""
    require_binary("openssl")
    folder = tmp_path_factory.mktemp("prepared") / "deploy"
    shutil.copytree(DEPLOY, folder, ignore=shutil.ignore_patterns(".env", "secrets"))
    subprocess.run([str(folder / "new-secrets.sh")], check=True, capture_output=True)
    (folder / "secrets" / "tls.pem").touch()
    return Prepared(folder, variables(folder / ".env"))


def variables(file: Path) -> dict[str, str]:
    """Return what a file of variables sets; none of ours needs quotes."""
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def documents(file: Path) -> list[dict[str, Any]]:
    """Return a YAML file's documents."""
    return [document for document in yaml.safe_load_all(file.read_text()) if document]


def redis_server(name: str, prepared: Prepared, folder: Path) -> RedisServer:
    """Return a server as the compose file starts it, but for where its files are."""
    own = folder / name
    own.mkdir()
    (compose,) = documents(DEPLOY / "compose.yaml")
    told: list[str] = compose["services"][name]["command"][1:]
    acl = prepared.folder / "secrets" / "redis.acl"
    places = {"/run/secrets/redis.acl": str(acl), "/data": str(own), "/tmp": str(own)}
    return RedisServer(own, [places.get(word, word) for word in told])


def redis_url(server: RedisServer, prepared: Prepared) -> str:
    """Return where that server is, as replicas are told."""
    return f"redis://portcall:{prepared.secrets['REDIS_PASSWORD']}@{server.netloc}/0"
