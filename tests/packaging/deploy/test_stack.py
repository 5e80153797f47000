"""All of the folder at once: HAProxy, a replica that cannot write, and both Redis servers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.packaging.deploy.conftest import Prepared, redis_server, redis_url
from tests.testbed.haproxy import HAProxy, free_ports
from tests.testbed.process import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

PUBLIC = "portcall.corp.example"
#: A root that cannot be written to, with one folder that can, in a mount namespace of its own.
_READ_ONLY = 'mount -t tmpfs -o noexec tmpfs "$HOME" && mount -o remount,bind,ro / && ! touch "$0" && exec "$@"'
_UNSHARE = ("unshare", "--user", "--map-root-user", "--mount")


@contextmanager
def replica(prepared: Prepared, folder: Path, port: int, environment: dict[str, str]) -> Iterator[Service]:
    """Run the image's command on a root file system that is read-only."""
    home = folder / "home"
    home.mkdir()
    serve = [
        sys.executable,
        "-m",
        "portcall",
        "serve",
        "--transport",
        "http",
        "--host",
        "0.0.0.0",
        "--port",
        str(port),
    ]
    command = [*_UNSHARE, "sh", "-c", _READ_ONLY, str(folder / "written"), *serve]
    usual = {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    told = {
        "PORTCALL_CONFIG": str(prepared.folder / "portcall.toml"),
        "PORTCALL_SERVER__TRUSTED_PROXIES": "127.0.0.1",
    }
    with Service(command, folder / "replica.log", usual | told | environment) as service:
        yield service


@pytest.fixture
def site(prepared: Prepared, tmp_path: Path) -> Iterator[HAProxy]:
    if (
        not shutil.which("unshare")
        or subprocess.run([*_UNSHARE, "true"], check=False, capture_output=True).returncode
    ):
        pytest.skip("this system lets nobody have a mount namespace of their own")
    (port,) = free_ports(1)
    with ExitStack() as stack:
        state, cache = (
            stack.enter_context(redis_server(f"redis-{each}", prepared, tmp_path)) for each in ("state", "cache")
        )
        secrets = {
            "PORTCALL_STORE_KEY": prepared.secrets["PORTCALL_STORE_KEY"],
            "PORTCALL_AUTH__STORE": redis_url(state, prepared),
            "PORTCALL_CACHE__URL": redis_url(cache, prepared),
        }
        stack.enter_context(replica(prepared, tmp_path, port, secrets))
        yield stack.enter_context(HAProxy(tmp_path, [port]))


def test_the_shipped_files_make_a_server_that_people_can_sign_in_to(site: HAProxy):
    site.wait_for("replica1", "DOWN")  # it has not started yet
    site.wait_for("replica1", "UP", 30)
    with httpx.Client(base_url=site.url, headers={"Host": PUBLIC}, trust_env=False) as client:
        refused = client.post("/mcp", json={})
        assert refused.status_code == 401
        assert f"https://{PUBLIC}/.well-known/oauth-protected-resource/mcp" in refused.headers["www-authenticate"]
        told = client.get("/.well-known/oauth-authorization-server").json()
        assert (told["issuer"].rstrip("/"), told["code_challenge_methods_supported"]) == (
            f"https://{PUBLIC}",
            ["S256"],
        )
        client_data = {"redirect_uris": ["http://127.0.0.1:1/done"], "token_endpoint_auth_method": "none"}
        assert client.post("/register", json=client_data).status_code == 201
        assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 421
        assert client.get("/metrics").status_code == 404
