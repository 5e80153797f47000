"""The Kubernetes manifests: valid, within the "restricted" Pod Security Standard, and closed to the network."""

from __future__ import annotations

import ipaddress
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from tests.packaging.deploy.conftest import DEPLOY, documents
from tests.testbed.go_tool import go_tool
from tests.testbed.shell import Shell

FOLDER = DEPLOY / "kubernetes"
TESTBED = Path(__file__).parents[2] / "testbed"
#: The oldest that still gets fixes is somewhat newer; the pause before a stop is from 1.30.
VERSION = "1.32"
#: Addresses that a registry at a public address never has.
NOT_PUBLIC = [
    "10.1.2.3",
    "172.16.9.9",
    "192.168.1.1",
    "127.0.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
]
NOT_PUBLIC_6 = ["::1", "fd00::1", "fe80::1", "::ffff:10.1.2.3", "64:ff9b::a01:203", "2002:a01:203::1", "2001::1"]
PUBLIC = ["44.208.254.194", "140.82.121.33", "2600:1f18:2148:bc00::1", "2606:4700::6810:1"]
#: Advice of kube-score that is not taken: replicas are spread by a constraint, which it does not know.
IGNORED = ["deployment-has-host-podantiaffinity", "deployment-replicas"]

Manifest = dict[str, Any]


def rendered() -> list[Manifest]:
    """Return what kustomize would apply, as far as tests look: all resources, with the image's real name."""
    (kustomization,) = documents(FOLDER / "kustomization.yaml")
    found = [document for name in kustomization["resources"] for document in documents(FOLDER / name)]
    (image,) = kustomization["images"]
    for container in (container for pod in pods(found).values() for container in pod["containers"]):
        if container["image"] == image["name"]:
            container["image"] = f"{image['newName']}:{image['newTag']}"
    return found


def pods(manifests: list[Manifest]) -> dict[str, dict[str, Any]]:
    """Return the pods' specifications by the names of what makes them."""
    kinds = {"Deployment", "StatefulSet"}
    return {
        each["metadata"]["name"]: each["spec"]["template"]["spec"] for each in manifests if each["kind"] in kinds
    }


MANIFESTS = rendered()
PODS = pods(MANIFESTS)


def named(kind: str, name: str) -> Manifest:
    """Return one resource."""
    (found,) = [each for each in MANIFESTS if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return found


@pytest.fixture(params=sorted(PODS))
def pod(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = PODS[request.param]
    return found


@pytest.fixture
def container(pod: dict[str, Any]) -> dict[str, Any]:
    (found,) = pod["containers"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda each: f"{each['kind']}-{each['metadata']['name']}")
def test_it_follows_kubernetes_own_schema(manifest: Manifest):
    kubernetes_validate.validate(manifest, VERSION, strict=True)


def test_the_schema_refuses_what_it_does_not_know():
    broken = json.loads(json.dumps(named("Deployment", "portcall")))
    broken["spec"]["template"]["spec"]["containers"][0]["securityContext"]["readOnlyRootFileSystem"] = True
    with pytest.raises(kubernetes_validate.ValidationError, match="readOnlyRootFileSystem"):
        kubernetes_validate.validate(broken, VERSION, strict=True)


def test_the_example_secrets_are_valid_and_hold_no_secret():
    for secret in documents(FOLDER / "secret.example.yaml"):
        kubernetes_validate.validate(secret, VERSION, strict=True)
        assert [value for value in secret["stringData"].values() if not re.fullmatch(r"<.+>", value)] == []


def test_kustomize_builds_it(shell: Shell):
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is an extra, and not installed")
    done = shell.run([kubectl, "kustomize", str(FOLDER)])
    assert (done.status, done.err) == (0, "")
    built = [document for document in yaml.safe_load_all(done.out) if document]
    told = {(each["kind"], re.sub(r"-\w{10}$", "", each["metadata"]["name"])) for each in built}
    assert told == {(each["kind"], each["metadata"]["name"]) for each in MANIFESTS} | {("ConfigMap", "portcall")}
    namespaces = {each["metadata"].get("namespace") for each in built if each["kind"] != "Namespace"}
    assert namespaces == {"portcall"}
    images = {container["image"] for pod in pods(built).values() for container in pod["containers"]}
    assert images == {container["image"] for pod in PODS.values() for container in pod["containers"]}


@pytest.mark.slow
def test_kube_score_has_no_advice_that_is_not_taken(tmp_path: Path):
    program = go_tool(TESTBED / "kube_score", "github.com/zegl/kube-score/cmd/kube-score")
    file = tmp_path / "all.yaml"
    file.write_text(yaml.safe_dump_all(MANIFESTS))
    ignored = [word for each in IGNORED for word in ("--ignore-test", each)]
    command = [program, "score", "--exit-one-on-warning", *ignored, "--output-format", "ci", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    advice = [line for line in done.stdout.splitlines() if not line.startswith(("[OK]", "[SKIPPED]"))]
    assert (done.returncode, advice) == (0, []), done.stderr


def test_each_manifest_belongs_to_the_kustomization_or_is_an_example():
    (kustomization,) = documents(FOLDER / "kustomization.yaml")
    files = {file.name for file in FOLDER.glob("*.yaml")} - {"kustomization.yaml", "secret.example.yaml"}
    assert set(kustomization["resources"]) == files
    (generated,) = kustomization["configMapGenerator"]
    assert [(FOLDER / name).is_file() for name in generated["files"]] == [True]


def test_the_configuration_is_the_one_that_compose_mounts():
    assert (FOLDER / "portcall.toml").read_text() == (DEPLOY / "portcall.toml").read_text()


def test_the_namespace_refuses_what_is_not_restricted():
    labels = named("Namespace", "portcall")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_each_pod_is_nobody_without_rights(pod: dict[str, Any], container: dict[str, Any]):
    """Each control of the "restricted" standard, and a read-only root on top."""
    assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers", "ephemeralContainers"} & pod.keys()
    assert pod["automountServiceAccountToken"] is False
    as_pod, as_container = pod["securityContext"], container["securityContext"]
    assert as_pod["runAsNonRoot"] is True
    assert as_pod["runAsUser"] > 10_000 < as_pod["runAsGroup"]
    assert as_pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert as_container == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    kinds = {kind for volume in pod["volumes"] for kind in volume if kind != "name"}
    assert kinds <= {"configMap", "secret", "emptyDir"}
    assert not any("hostPort" in port for port in container["ports"])


def test_each_pod_has_requests_limits_and_probes(container: dict[str, Any]):
    for kind in ("requests", "limits"):
        assert container["resources"][kind].keys() == {"cpu", "memory", "ephemeral-storage"}
    assert {"startupProbe", "livenessProbe", "readinessProbe"} <= container.keys()


def test_each_image_is_pinned(container: dict[str, Any]):
    assert re.fullmatch(r"[a-z./-]+:\d+\.\d+(\.\d+|-[a-z]+)", container["image"])


def test_a_replica_whose_redis_is_away_gets_no_calls_and_is_not_killed():
    (portcall,) = PODS["portcall"]["containers"]
    paths = {name: probe["httpGet"]["path"] for name, probe in portcall.items() if name.endswith("Probe")}
    assert paths == {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}


def test_a_release_never_leaves_fewer_replicas_than_before():
    deployment, budget = named("Deployment", "portcall")["spec"], named("PodDisruptionBudget", "portcall")["spec"]
    assert deployment["replicas"] == 3
    assert deployment["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert (budget["maxUnavailable"], budget["selector"]) == (1, deployment["selector"])
    pause = PODS["portcall"]["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert PODS["portcall"]["terminationGracePeriodSeconds"] >= pause + 10


def test_services_and_policies_find_the_pods_that_they_mean():
    labels = {
        each["metadata"]["name"]: each["spec"]["template"]["metadata"]["labels"]
        for each in MANIFESTS
        if each["kind"] in {"Deployment", "StatefulSet"}
    }
    for service in (each for each in MANIFESTS if each["kind"] == "Service"):
        name, selector = service["metadata"]["name"], service["spec"]["selector"]
        assert [found for found, told in labels.items() if selector.items() <= told.items()] == [name]
    redis = named("NetworkPolicy", "redis")["spec"]["podSelector"]["matchLabels"]
    assert {name for name, told in labels.items() if redis.items() <= told.items()} == {
        "redis-state",
        "redis-cache",
    }


def test_every_secret_that_is_named_is_in_the_example():
    known = {
        (secret["metadata"]["name"], key)
        for secret in documents(FOLDER / "secret.example.yaml")
        for key in secret["stringData"]
    }
    (portcall,) = PODS["portcall"]["containers"]
    sources = [each["valueFrom"]["secretKeyRef"] for each in portcall["env"] if "valueFrom" in each]
    wanted = {(source["name"], source["key"]) for source in sources} | {("redis-acl", "redis.acl")}
    assert known - wanted == {("portcall-logins", "CORP_TOKEN"), ("portcall-files", "tokens")}
    assert wanted - known == set()
    for name in ("redis-state", "redis-cache"):
        assert {"secretName": "redis-acl", "defaultMode": 0o440} in [
            each.get("secret") for each in PODS[name]["volumes"]
        ]


def test_what_an_operator_adds_is_not_wanted_before_and_can_be_read_then():
    """Kubernetes gives a Secret's files to root and the pod's ``fsGroup``."""
    (portcall,) = PODS["portcall"]["containers"]
    assert portcall["envFrom"] == [{"secretRef": {"name": "portcall-logins", "optional": True}}]
    (files,) = [volume["secret"] for volume in PODS["portcall"]["volumes"] if volume["name"] == "files"]
    assert files == {"secretName": "portcall-files", "optional": True, "defaultMode": 0o440}
    as_pod = PODS["portcall"]["securityContext"]
    assert as_pod["fsGroup"] == as_pod["runAsGroup"]
    (mount,) = [mount for mount in portcall["volumeMounts"] if mount["name"] == "files"]
    # Not below the other volume, in which nobody could make a folder; without `subPath`, which stays as it was.
    assert mount == {"name": "files", "mountPath": "/run/secrets/portcall", "readOnly": True}


def test_redis_is_told_what_compose_tells_it():
    (compose,) = documents(DEPLOY / "compose.yaml")
    for name in ("redis-state", "redis-cache"):
        ours = PODS[name]["containers"][0]["args"]
        theirs = compose["services"][name]["command"]
        places = {"/etc/redis/redis.acl": "ACL", "/run/secrets/redis.acl": "ACL", "/data": "DATA", "/tmp": "DATA"}
        assert [places.get(word, word) for word in ours] == [places.get(word, word) for word in theirs]


def test_what_must_not_be_lost_is_on_a_volume_of_its_own():
    (claim,) = named("StatefulSet", "redis-state")["spec"]["volumeClaimTemplates"]
    mounts = PODS["redis-state"]["containers"][0]["volumeMounts"]
    assert {"name": claim["metadata"]["name"], "mountPath": "/data"} in mounts


def test_nothing_may_be_reached_but_what_a_policy_names():
    closed = named("NetworkPolicy", "nothing")["spec"]
    assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    redis = named("NetworkPolicy", "redis")["spec"]
    assert "egress" not in redis
    assert redis["policyTypes"] == ["Ingress", "Egress"]
    assert [each["ports"] for each in redis["ingress"]] == [[{"port": 6379}]]


def test_the_ingress_controller_and_prometheus_alone_may_ask_portcall():
    (rule,) = named("NetworkPolicy", "portcall")["spec"]["ingress"]
    names = [each["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for each in rule["from"]]
    assert names == ["haproxy-controller", "monitoring"]
    assert rule["ports"] == [{"port": 8000}]


def _open(address: str) -> bool:
    rules = named("NetworkPolicy", "portcall")["spec"]["egress"]
    (blocks,) = [rule for rule in rules if any("ipBlock" in peer for peer in rule["to"])]
    assert blocks["ports"] == [{"port": 443}]
    asked = ipaddress.ip_address(address)
    for block in (peer["ipBlock"] for peer in blocks["to"]):
        within = [asked in ipaddress.ip_network(each) for each in (block["cidr"], *block["except"])]
        if within[0] and not any(within[1:]):
            return True
    return False


@pytest.mark.parametrize("address", NOT_PUBLIC + NOT_PUBLIC_6)
def test_an_address_that_is_not_public_cannot_be_reached(address: str):
    assert not _open(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_can_be_reached(address: str):
    assert _open(address)


def test_the_exceptions_lie_within_the_block_that_they_are_of():
    """The API server refuses them otherwise; its schema does not tell."""
    for policy in (each for each in MANIFESTS if each["kind"] == "NetworkPolicy"):
        for rule in policy["spec"].get("egress", ()):
            for block in (peer["ipBlock"] for peer in rule.get("to", ()) if "ipBlock" in peer):
                whole = ipaddress.ip_network(block["cidr"])
                parts = [ipaddress.ip_network(each) for each in block["except"]]
                assert [part for part in parts if part.version != whole.version or not part.subnet_of(whole)] == []  # type: ignore[arg-type]


def test_the_outside_sees_the_paths_that_haproxy_would_show_it():
    (rule,) = named("Ingress", "portcall")["spec"]["rules"]
    paths = {(path["path"], path["pathType"]) for path in rule["http"]["paths"]}
    shown = (DEPLOY / "haproxy.cfg").read_text()
    (exact,) = re.findall(r"acl is_public path (.+)", shown)
    folders = {("/.well-known", "Prefix"), ("/signin", "Prefix")}
    assert paths == {(path, "Exact") for path in exact.split() if path != "/signin"} | folders
    (tls,) = named("Ingress", "portcall")["spec"]["tls"]
    assert tls["hosts"] == [rule["host"]]
