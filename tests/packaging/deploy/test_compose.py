"""The compose file: what it means by compose's own library, and what its containers may do."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

import pytest
from tests.packaging.deploy.conftest import DEPLOY, Prepared, documents, variables
from tests.testbed.compose_reader import ComposeError, read_compose

SERVICES = ["haproxy", "portcall", "redis-cache", "redis-state"]
Service = dict[str, Any]


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    """The file as YAML has it, merge keys resolved, variables as they are."""
    (document,) = documents(DEPLOY / "compose.yaml")
    return document


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest, written: dict[str, Any]) -> Service:
    found: Service = written["services"][request.param]
    return found


@pytest.fixture
def project(prepared: Prepared) -> dict[str, Any]:
    """The project as ``docker compose`` would run it."""
    return read_compose(prepared.folder / "compose.yaml", prepared.secrets)


def test_compose_understands_it(project: dict[str, Any]):
    assert sorted(project["services"]) == SERVICES
    assert project["services"]["portcall"]["deploy"]["replicas"] == 3


def test_compose_refuses_what_it_does_not_know(prepared: Prepared):
    broken = prepared.folder / "broken.yaml"
    broken.write_text((prepared.folder / "compose.yaml").read_text().replace("pids_limit", "pid_limit"))
    with pytest.raises(ComposeError, match="pid_limit"):
        read_compose(broken, prepared.secrets)


@pytest.mark.parametrize("name", ["IMAGE_TAG", "REDIS_PASSWORD", "PORTCALL_STORE_KEY"])
def test_it_does_not_start_without_its_secrets(prepared: Prepared, name: str):
    with pytest.raises(ComposeError, match=rf"{name}.* run \./new-secrets\.sh"):
        read_compose(prepared.folder / "compose.yaml", prepared.secrets | {name: ""})


def test_each_container_is_nobody_who_can_write_to_tmp_alone(service: Service):
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    (tmp,) = service["tmpfs"]
    assert tmp.startswith("/tmp:size=")
    assert {"noexec", "nosuid", "nodev"} <= set(tmp.split(","))


def test_each_container_has_limits_and_is_started_again(service: Service):
    assert service["mem_limit"]
    assert service["pids_limit"] <= 256
    assert service["restart"] == "unless-stopped"


def test_each_image_is_pinned(service: Service):
    assert re.fullmatch(r"[a-z]+:(\d+\.\d+-[a-z]+|\$\{IMAGE_TAG:\?.*\})", service["image"])


def test_nothing_is_mounted_that_could_be_changed(service: Service):
    for mount in service.get("volumes", ()):
        assert mount.endswith(":ro") or mount == "state:/data"
        assert "docker.sock" not in mount


def test_haproxy_alone_can_be_reached_from_outside(written: dict[str, Any]):
    published = {name: service.get("ports") for name, service in written["services"].items()}
    assert {name: ports for name, ports in published.items() if ports} == {"haproxy": ["80:8080", "443:8443"]}


def test_redis_and_haproxy_reach_nothing_but_what_they_serve(written: dict[str, Any]):
    networks = written["networks"]
    assert {name for name, network in networks.items() if network.get("internal")} == {"inside", "data"}
    services = {name: set(service["networks"]) for name, service in written["services"].items()}
    assert services == {
        "portcall": {"inside", "data", "outside"},
        "haproxy": {"edge", "inside"},
        "redis-state": {"data"},
        "redis-cache": {"data"},
    }


def test_the_address_that_replicas_trust_is_haproxy_s(written: dict[str, Any]):
    address = written["services"]["haproxy"]["networks"]["inside"]["ipv4_address"]
    (pool,) = written["networks"]["inside"]["ipam"]["config"]
    assert written["services"]["portcall"]["environment"]["PORTCALL_SERVER__TRUSTED_PROXIES"] == address
    network = ipaddress.ip_network(pool["subnet"])
    # Docker takes the first one for itself.
    assert ipaddress.ip_address(address) in list(network.hosts())[1:]


def test_what_must_not_be_forgotten_is_neither_evicted_nor_lost(written: dict[str, Any]):
    state, cache = (_options(written["services"][name]["command"]) for name in ("redis-state", "redis-cache"))
    assert (state["--maxmemory-policy"], state["--appendonly"], state["--dir"]) == ("noeviction", "yes", "/data")
    assert (cache["--maxmemory-policy"], cache["--appendonly"]) == ("allkeys-lru", "no")
    for name, options in (("redis-state", state), ("redis-cache", cache)):
        limit = int(written["services"][name]["mem_limit"].removesuffix("m"))
        assert int(options["--maxmemory"].removesuffix("mb")) <= limit * 2 / 3


def _options(command: list[str]) -> dict[str, str]:
    assert command[0] == "redis-server"
    return dict(zip(command[1::2], command[2::2], strict=True))


def test_every_file_that_it_names_is_there(prepared: Prepared, written: dict[str, Any]):
    mounted = [mount for service in written["services"].values() for mount in service.get("volumes", ())]
    files = [mount.partition(":")[0] for mount in mounted if mount.startswith(".")]
    files += [secret["file"] for secret in written["secrets"].values()]
    assert len(files) == 5
    files.remove("./secrets/portcall")
    assert [name for name in files if not (prepared.folder / name).is_file()] == []
    build = written["services"]["portcall"]["build"]
    assert ((DEPLOY / build["context"]).resolve() / build["dockerfile"]).is_file()


def test_the_example_of_env_names_what_the_script_writes(prepared: Prepared):
    assert variables(DEPLOY / ".env.example").keys() == prepared.secrets.keys()
    used = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
    assert used == prepared.secrets.keys()


def test_there_is_room_in_haproxy_for_a_release_beside_the_one_that_it_replaces(written: dict[str, Any]):
    (slots,) = re.findall(r"server-template replica (\d+) ", (DEPLOY / "haproxy.cfg").read_text())
    assert int(slots) >= 2 * written["services"]["portcall"]["deploy"]["replicas"]


def test_haproxy_has_longer_to_stop_than_it_waits_for_streams(written: dict[str, Any]):
    (wait,) = re.findall(r"hard-stop-after (\d+)s", (DEPLOY / "haproxy.cfg").read_text())
    assert int(written["services"]["haproxy"]["stop_grace_period"].removesuffix("s")) > int(wait)


def test_files_of_the_operator_s_are_seen_inside_even_when_they_are_replaced(prepared: Prepared):
    """The folder is mounted, not a file; others of the machine do not get as far as to it."""
    folder = prepared.folder / "secrets" / "portcall"
    assert (folder.stat().st_mode & 0o777, folder.parent.stat().st_mode & 0o777) == (0o755, 0o700)
    project = read_compose(prepared.folder / "compose.yaml", prepared.secrets)
    mounts = {mount["source"]: mount for mount in project["services"]["portcall"]["volumes"]}
    assert mounts[str(folder)].items() >= {"target": "/run/secrets/portcall", "read_only": True}.items()


def test_variables_of_the_operator_s_reach_the_replicas_if_there_are_any(prepared: Prepared):
    before = read_compose(prepared.folder / "compose.yaml", prepared.secrets)
    file = prepared.folder / "secrets" / "logins.env"
    file.write_text("CORP_TOKEN='hu$h'\n")
    try:
        after = read_compose(prepared.folder / "compose.yaml", prepared.secrets)
    finally:
        file.unlink()
    told = [project["services"]["portcall"]["environment"] for project in (before, after)]
    assert told[1] == told[0] | {"CORP_TOKEN": "hu$h"}
