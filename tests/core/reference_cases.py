"""What is published about Docker's references, as facts: which texts are references, and what they mean.

Inputs and verdicts come from distribution/reference's own tests (``reference_test.go``,
``normalize_test.go``, ``regexp_test.go``; read 2026-11 through a stored copy), put through normalisation
where the original tests a lower layer: ``foo/app`` has the domain ``foo`` in ``Parse``, and is an image on
Docker Hub in ``ParseNormalizedNamed``, whose behaviour is ours.

``DIFFERENT`` at the end holds the cases where portcall deliberately answers otherwise, each with its reason.
"""

from __future__ import annotations

from typing import NamedTuple

HUB = "docker.io"
HEX = "1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a"
SHA256 = "sha256:" + "f" * 64
OTHER_SHA256 = "sha256:be178c0543eb17f5f3043021c9e5fcf30285e557a4fc309cce97ff9ca6182912"
SHA512 = "sha512:" + "f" * 128


class Accepted(NamedTuple):
    """A reference, and its parts once normalised."""

    text: str
    registry: str
    repository: str
    tag: str | None = None
    digest: str | None = None


class Different(NamedTuple):
    """A published case that portcall refuses, or reads in another way, and why."""

    text: str
    reason: str


# From normalize_test.go: TestValidateReferenceName, TestValidateRemoteName.
NAMES = [
    Accepted("docker/docker", HUB, "docker/docker"),
    Accepted("library/debian", HUB, "library/debian"),
    Accepted("debian", HUB, "library/debian"),
    Accepted("docker.io/docker/docker", HUB, "docker/docker"),
    Accepted("docker.io/library/debian", HUB, "library/debian"),
    Accepted("docker.io/debian", HUB, "library/debian"),
    Accepted("index.docker.io/docker/docker", HUB, "docker/docker"),
    Accepted("index.docker.io/library/debian", HUB, "library/debian"),
    Accepted("index.docker.io/debian", HUB, "library/debian"),
    Accepted("127.0.0.1:5000/docker/docker", "127.0.0.1:5000", "docker/docker"),
    Accepted("127.0.0.1:5000/library/debian", "127.0.0.1:5000", "library/debian"),
    Accepted("127.0.0.1:5000/debian", "127.0.0.1:5000", "debian"),
    Accepted("192.168.0.1", HUB, "library/192.168.0.1"),
    Accepted("192.168.0.1:80", HUB, "library/192.168.0.1", "80"),
    Accepted("192.168.0.1:8/debian", "192.168.0.1:8", "debian"),
    Accepted("192.168.0.2:25000/debian", "192.168.0.2:25000", "debian"),
    Accepted(
        "thisisthesongthatneverendsitgoesonandonandonthisisthesongthatnev",
        HUB,
        "library/thisisthesongthatneverendsitgoesonandonandonthisisthesongthatnev",
    ),
    Accepted("[fc00::1]:5000/docker", "[fc00::1]:5000", "docker"),
    Accepted("[fc00::1]:5000/docker/docker", "[fc00::1]:5000", "docker/docker"),
    Accepted("[fc00:1:2:3:4:5:6:7]:5000/library/debian", "[fc00:1:2:3:4:5:6:7]:5000", "library/debian"),
    Accepted(f"docker.io/{HEX}", HUB, f"library/{HEX}"),
    Accepted("docker-rules/docker", HUB, "docker-rules/docker"),
    Accepted("docker---rules/docker", HUB, "docker---rules/docker"),
    Accepted("doc/docker", HUB, "doc/docker"),
    Accepted("d/docker", HUB, "d/docker"),
    Accepted("jess/t", HUB, "jess/t"),
    Accepted("dock__er/docker", HUB, "dock__er/docker"),
]

# normalize_test.go: TestNormalizedSplitHostname; reference_test.go: TestDomainAndPath, TestParseNamed
HOSTS = [
    Accepted("test.com/foo", "test.com", "foo"),
    Accepted("test_com/foo", HUB, "test_com/foo"),
    Accepted("docker/migrator", HUB, "docker/migrator"),
    Accepted("test:8080/foo", "test:8080", "foo"),
    Accepted("test.com:8080/foo", "test.com:8080", "foo"),
    Accepted("test-com:8080/foo", "test-com:8080", "foo"),
    Accepted("foo", HUB, "library/foo"),
    Accepted("xn--n3h.com/foo", "xn--n3h.com", "foo"),
    Accepted("xn--n3h.com:18080/foo", "xn--n3h.com:18080", "foo"),
    Accepted("docker.io/foo", HUB, "library/foo"),
    Accepted("docker.io/library/foo", HUB, "library/foo"),
    Accepted("docker.io/library/foo/bar", HUB, "library/foo/bar"),
]

# From reference_test.go: TestReferenceParse, TestSerialization.
REFERENCES = [
    Accepted("test_com", HUB, "library/test_com"),
    Accepted("test.com:tag", HUB, "library/test.com", "tag"),
    Accepted("test.com:5000", HUB, "library/test.com", "5000"),
    Accepted("test.com/repo:tag", "test.com", "repo", "tag"),
    Accepted("test:5000/repo", "test:5000", "repo"),
    Accepted("test:5000/repo:tag", "test:5000", "repo", "tag"),
    Accepted(f"test:5000/repo@{SHA256}", "test:5000", "repo", None, SHA256),
    Accepted(f"test:5000/repo:tag@{SHA256}", "test:5000", "repo", "tag", SHA256),
    Accepted("lowercase:Uppercase", HUB, "library/lowercase", "Uppercase"),
    Accepted("a/" * 127 + "a:tag-puts-this-over-max", HUB, "a/" * 127 + "a", "tag-puts-this-over-max"),
    Accepted("sub-dom1.foo.com/bar/baz/quux", "sub-dom1.foo.com", "bar/baz/quux"),
    Accepted("sub-dom1.foo.com/bar/baz/quux:some-long-tag", "sub-dom1.foo.com", "bar/baz/quux", "some-long-tag"),
    Accepted(
        "b.gcr.io/test.example.com/my-app:test.example.com",
        "b.gcr.io",
        "test.example.com/my-app",
        "test.example.com",
    ),
    Accepted("xn--n3h.com/myimage:xn--n3h.com", "xn--n3h.com", "myimage", "xn--n3h.com"),
    Accepted(f"xn--7o8h.com/myimage:xn--7o8h.com@{SHA512}", "xn--7o8h.com", "myimage", "xn--7o8h.com", SHA512),
    Accepted("foo_bar.com:8080", HUB, "library/foo_bar.com", "8080"),
    Accepted("foo/foo_bar.com:8080", HUB, "foo/foo_bar.com", "8080"),
    Accepted("192.168.1.1", HUB, "library/192.168.1.1"),
    Accepted("192.168.1.1:tag", HUB, "library/192.168.1.1", "tag"),
    Accepted("192.168.1.1:5000", HUB, "library/192.168.1.1", "5000"),
    Accepted("192.168.1.1/repo", "192.168.1.1", "repo"),
    Accepted("192.168.1.1:5000/repo", "192.168.1.1:5000", "repo"),
    Accepted("192.168.1.1:5000/repo:5050", "192.168.1.1:5000", "repo", "5050"),
    Accepted("[2001:db8::1]/repo", "[2001:db8::1]", "repo"),
    Accepted("[2001:db8:1:2:3:4:5:6]/repo:tag", "[2001:db8:1:2:3:4:5:6]", "repo", "tag"),
    Accepted("[2001:db8::1]:5000/repo", "[2001:db8::1]:5000", "repo"),
    Accepted("[2001:db8::1]:5000/repo:tag", "[2001:db8::1]:5000", "repo", "tag"),
    Accepted(f"[2001:db8::1]:5000/repo@{SHA256}", "[2001:db8::1]:5000", "repo", None, SHA256),
    Accepted(f"[2001:db8::1]:5000/repo:tag@{SHA256}", "[2001:db8::1]:5000", "repo", "tag", SHA256),
    Accepted("[2001:db8::]:5000/repo", "[2001:db8::]:5000", "repo"),
    Accepted("[::1]:5000/repo", "[::1]:5000", "repo"),
    Accepted("example.com:8000/named", "example.com:8000", "named"),
    Accepted("example.com:8000/named:tagged", "example.com:8000", "named", "tagged"),
    Accepted(f"other.com/named@{OTHER_SHA256}", "other.com", "named", None, OTHER_SHA256),
]

# From normalize_test.go: TestParseAnyReference, TestParseReferenceWithTagAndDigest, TestMatch.
FAMILIAR_REFERENCES = [
    Accepted("redis", HUB, "library/redis"),
    Accepted("redis:latest", HUB, "library/redis", "latest"),
    Accepted("docker.io/library/redis:latest", HUB, "library/redis", "latest"),
    Accepted(f"redis@{OTHER_SHA256}", HUB, "library/redis", None, OTHER_SHA256),
    Accepted(f"docker.io/library/redis@{OTHER_SHA256}", HUB, "library/redis", None, OTHER_SHA256),
    Accepted("dmcgowan/myapp", HUB, "dmcgowan/myapp"),
    Accepted("dmcgowan/myapp:latest", HUB, "dmcgowan/myapp", "latest"),
    Accepted("docker.io/mcgowan/myapp:latest", HUB, "mcgowan/myapp", "latest"),
    Accepted(f"dmcgowan/myapp@{OTHER_SHA256}", HUB, "dmcgowan/myapp", None, OTHER_SHA256),
    Accepted(f"docker.io/dmcgowan/myapp@{OTHER_SHA256}", HUB, "dmcgowan/myapp", None, OTHER_SHA256),
    Accepted(HEX[:63], HUB, f"library/{HEX[:63]}"),
    Accepted("dbcc1", HUB, "library/dbcc1"),
    Accepted(f"busybox:latest@{SHA256}", HUB, "library/busybox", "latest", SHA256),
    Accepted("foo/c/baz:tag", HUB, "foo/c/baz", "tag"),
    Accepted("example.com/foo/c/baz:tag", "example.com", "foo/c/baz", "tag"),
]

# From regexp_test.go: TestFullNameRegexp, TestReferenceRegexp, TestIdentifierRegexp.
GRAMMAR = [
    Accepted("short", HUB, "library/short"),
    Accepted("simple/name", HUB, "simple/name"),
    Accepted("docker/stevvooe/app", HUB, "docker/stevvooe/app"),
    Accepted("aa/aa/aa/aa/aa/aa/aa/aa/aa/bb/bb/bb/bb/bb/bb", HUB, "aa/aa/aa/aa/aa/aa/aa/aa/aa/bb/bb/bb/bb/bb/bb"),
    Accepted("a/a/a/a", HUB, "a/a/a/a"),
    Accepted("a", HUB, "library/a"),
    Accepted("a/aa/a", HUB, "a/aa/a"),
    Accepted("foo.com", HUB, "library/foo.com"),
    Accepted("foo.com:8080/bar", "foo.com:8080", "bar"),
    Accepted("foo.com/bar/baz", "foo.com", "bar/baz"),
    Accepted("localhost:8080/bar", "localhost:8080", "bar"),
    Accepted("aa-a/a", HUB, "aa-a/a"),
    Accepted("foo_bar", HUB, "library/foo_bar"),
    Accepted("foo_bar.com", HUB, "library/foo_bar.com"),
    Accepted("foo.com/foo_bar", "foo.com", "foo_bar"),
    Accepted("b.gcr.io/test.example.com/my-app", "b.gcr.io", "test.example.com/my-app"),
    Accepted("xn--7o8h.com/myimage", "xn--7o8h.com", "myimage"),
    Accepted("example.com/xn--7o8h.com/myimage", "example.com", "xn--7o8h.com/myimage"),
    Accepted(
        "example.com/some_separator__underscore/myimage", "example.com", "some_separator__underscore/myimage"
    ),
    Accepted("do__cker/docker", HUB, "do__cker/docker"),
    Accepted(
        "registry.io/foo/project--id.module--name.ver---sion--name",
        "registry.io",
        "foo/project--id.module--name.ver---sion--name",
    ),
    Accepted("registry.com:8080/myapp:tag", "registry.com:8080", "myapp", "tag"),
    Accepted(f"registry.com:8080/myapp@{OTHER_SHA256}", "registry.com:8080", "myapp", None, OTHER_SHA256),
    Accepted(f"registry.com:8080/myapp:tag2@{OTHER_SHA256}", "registry.com:8080", "myapp", "tag2", OTHER_SHA256),
    Accepted(f"localhost:8080@{OTHER_SHA256}", HUB, "library/localhost", "8080", OTHER_SHA256),
    Accepted(f"localhost:8080/name@{OTHER_SHA256}", "localhost:8080", "name", None, OTHER_SHA256),
    Accepted(f"localhost@{OTHER_SHA256}", HUB, "library/localhost", None, OTHER_SHA256),
    Accepted(HEX[:60], HUB, f"library/{HEX[:60]}"),
    Accepted(f"{HEX}8482", HUB, f"library/{HEX}8482"),
]

PUBLISHED = [*NAMES, *HOSTS, *REFERENCES, *FAMILIAR_REFERENCES, *GRAMMAR]

# From all three files.
REFUSED = [
    "",
    ":justtag",
    f"@{SHA256}",
    "repo@sha256:" + "f" * 34,
    "validname@invaliddigest:" + "f" * 64,
    "Uppercase:tag",
    "test:5000/Uppercase/lowercase:tag",
    "a/" * 128 + "a:tag",
    "aa/asdf$$^/aa",
    "[2001:db8::1]",
    "[2001:db8::1]:5000",
    "[2001:db8::1]:tag",
    "[fe80::1%eth0]:5000/repo",
    "[fe80::1%@invalidzone]:5000/repo",
    "https://github.com/docker/docker",
    "docker/Docker",
    "-docker",
    "-docker/docker",
    "-docker.io/docker/docker",
    "docker///docker",
    "docker.io/docker/Docker",
    "docker.io/docker///docker",
    "[fc00::1]",
    "[fc00::1]:5000",
    "fc00::1:5000/debian",
    "[fe80::1%eth0]:5000/debian",
    "[2001:db8:3:4::192.0.2.33]:5000/debian",
    HEX,
    "docker-/docker",
    "-docker-/docker",
    "____/____",
    "_docker/_docker",
    "dock..er/docker",
    "dock_.er/docker",
    "dock-.er/docker",
    "docker/",
    "this_is_not_a_valid_namespace_because_its_lenth_is_greater_than_255_" * 4 + "x/docker",
    "-foo",
    "busybox:-foo",
    "busybox@foo",
    "a/a/a/a/",
    "a//a/a",
    "foo.com/",
    "foo.com:http/bar",
    "a^a",
    "asdf$$^/aa",
    "a/" * 128 + "a",
    "a-/a/a/a",
    "foo.com/a-/a/a",
    "-foo/bar",
    "foo/bar-",
    "foo-/bar",
    "foo/-bar",
    "_foo/bar",
    "foo_bar.com:8080/app",
    "docker_/docker_",
    "example.com/__underscore/myimage",
    "example.com/..dots/myimage",
    "example.com/.dots/myimage",
    "example.com/nodouble..dots/myimage",
    "docker./docker",
    ".docker/docker",
    "do..cker/docker",
    "do__cker:8080/docker",
    "Foo/FarB",
    "registry.com:8080/myapp@sha256:badbadbadbad",
    "registry.com:8080/myapp:invalid~tag",
    "bad_hostname.com:8080/myapp:tag",
    f"localhost:http/name@{OTHER_SHA256}",
    "registry.com:8080/myapp@bad",
    "registry.com:8080/myapp@2bad",
    "7EC43B381E5AEFE6E04EFB0B3F0693FF2A4A50652D64AEC573905F2DB5889A1C",
    # regexp_test.go: TestDomainRegexp, each host before a repository
    "test.com:http/app",
    "-ab.com/app",
    "ab-.com/app",
    "ab.-com/app",
    "ab.com-/app",
    "[fd00:1:2::3]75050/app",
    "[fd00:1:2::3]::75050/app",
    "[fd00:1:2::3%eth0]:75050/app",
    "fd00:1:2::3:75050/app",
]

# From TestDomainRegexp in regexp_test.go: the hosts that Docker takes for one without an upper-case letter.
HOSTS_ALONE = [
    "test.com",
    "test.com:10304",
    "localhost",
    "localhost:8080",
    "a.b",
    "ab.cd.com",
    "a-b.com",
    "ab.c-om",
    "0101.com",
    "001a.com",
    "b.gbc.io:443",
    "b.gbc.io",
    "xn--n3h.com",
]

# normalize_test.go: TestParseRepositoryInfo: any of these texts, and the familiar and the full name
NAME_FORMS = [
    (["fooo/bar", "docker.io/fooo/bar", "index.docker.io/fooo/bar"], "fooo/bar", "docker.io/fooo/bar"),
    (["ubuntu", "docker.io/library/ubuntu", "library/ubuntu"], "ubuntu", "docker.io/library/ubuntu"),
    (["nonlibrary/ubuntu"], "nonlibrary/ubuntu", "docker.io/nonlibrary/ubuntu"),
    (["other/library"], "other/library", "docker.io/other/library"),
    (["127.0.0.1:8000/private/moonbase"], "127.0.0.1:8000/private/moonbase", "127.0.0.1:8000/private/moonbase"),
    (["127.0.0.1:8000/privatebase"], "127.0.0.1:8000/privatebase", "127.0.0.1:8000/privatebase"),
    (["example.com/private/moonbase"], "example.com/private/moonbase", "example.com/private/moonbase"),
    (["example.com/privatebase"], "example.com/privatebase", "example.com/privatebase"),
    (
        ["example.com:8000/private/moonbase"],
        "example.com:8000/private/moonbase",
        "example.com:8000/private/moonbase",
    ),
    (["example.com:8000/privatebasee"], "example.com:8000/privatebasee", "example.com:8000/privatebasee"),
    (
        ["ubuntu-12.04-base", "index.docker.io/library/ubuntu-12.04-base"],
        "ubuntu-12.04-base",
        "docker.io/library/ubuntu-12.04-base",
    ),
    (["foo", "docker.io/foo", "docker.io/library/foo"], "foo", "docker.io/library/foo"),
    (["library/foo/bar", "docker.io/library/foo/bar"], "library/foo/bar", "docker.io/library/foo/bar"),
    (["store/foo/bar", "docker.io/store/foo/bar"], "store/foo/bar", "docker.io/store/foo/bar"),
    (["FOO/bar"], "FOO/bar", "FOO/bar"),
]

# From TestParseDockerRef in normalize_test.go.
CANONICAL = [
    ("busybox", "docker.io/library/busybox:latest"),
    ("busybox:latest", "docker.io/library/busybox:latest"),
    (f"busybox@{SHA256}", f"docker.io/library/busybox@{SHA256}"),
    ("library/busybox", "docker.io/library/busybox:latest"),
    ("docker.io/busybox", "docker.io/library/busybox:latest"),
    ("docker.io/library/busybox", "docker.io/library/busybox:latest"),
    ("docker.io/busybox:latest", "docker.io/library/busybox:latest"),
    ("library/busybox:latest", "docker.io/library/busybox:latest"),
    ("docker.io/library/busybox:latest", "docker.io/library/busybox:latest"),
    ("gcr.io/library/busybox", "gcr.io/library/busybox:latest"),
    (f"gcr.io/library/busybox:latest@{SHA256}", f"gcr.io/library/busybox@{SHA256}"),
]

# Read in another way: hosts are the same in any case, so they are kept in lower case.
LOWERED_HOSTS = [
    Accepted("Docker/docker", "docker", "docker"),
    Accepted("DOCKER/docker", "docker", "docker"),
    Accepted("Foo/bar", "foo", "bar"),
    Accepted("FOO/bar", "foo", "bar"),
    Accepted("Asdf.com/foo/bar", "asdf.com", "foo/bar"),
    Accepted("Uppercase/lowercase:tag", "uppercase", "lowercase", "tag"),
]

# Refused here, though their source lets them pass.
DIFFERENT = [
    Different(SHA256, "A digest alone names no repository; Docker reads it as one of a local store"),
    Different("192.168.1.1:75050/app", "No such port; the source says that it fails later, on validation"),
    Different("192.168.1.1:750050/app", "No such port; the source says that it fails later, on validation"),
    Different("[fd00:1:2::3]:75050/app", "No such port"),
    Different("[fd00123123123]:5000/app", "No IPv6 address; the source says that it fails on validation"),
    Different("[2001:0db8:85a3:0000:0000:8a2e:0370:7334]:750505/app", "No such port"),
    Different("test.com/foo@sha256:1234567890098765432112345667890098765", "A shortened fixture, no SHA-256"),
    Different("foo_bar.com/app", "Docker takes it for a repository at no host at all"),
    Different("repo@sha384:" + "f" * 96, "Known to Docker's library, not registered by OCI's specification"),
    Different("a" * 64 + ".com/app", "Longer than DNS allows a part to be"),
    Different("a." * 127 + "a/app", "Longer than DNS allows a name to be"),
]
