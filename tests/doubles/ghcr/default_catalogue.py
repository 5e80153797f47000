"""What is on the double's GitHub unless a test wants it empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.doubles.ghcr.credential import DEFAULT_CREDENTIALS

from portcall.testing import image, index, layer

if TYPE_CHECKING:
    from tests.doubles.ghcr.double import GitHubDouble
    from tests.doubles.ghcr.repository import Repository

    from portcall.testing import BuiltIndex

DOCKERFILE = b'FROM debian:bookworm-slim\nCOPY srv/app /srv/app\nENTRYPOINT ["/srv/app"]\n'
OLD_DOCKERFILE = b"FROM debian:bullseye-slim\nCOPY srv/app /srv/app\n"

_SOURCE = "org.opencontainers.image.source"
_REVISION = "org.opencontainers.image.revision"


def furnish(github: GitHubDouble) -> None:
    """Fill a double.

    Organisation ``acme`` (member: octo):

    - ``acme/app``: public; 1.0.0, 1.1.0 = latest, moving, a version that lost its tag, one that was deleted;
      its repository has a Dockerfile, another one below ``deploy/``, an older one at tag ``v1.0.0``, and a file
      of more than 1 MB.
    - ``acme/tools/cli``: public, a slash in its name; its repository is ``acme/tools``.
    - ``acme/renamed``: public; its repository has another name, ``acme/backend-source``.
    - ``acme/untagged``: public, without any tag; linked to nothing.
    - ``acme/secret``: private, as is its repository.
    - ``acme/website``, ``acme/empty``: repositories without a package, the latter without a file.

    Users ``octo`` (``octo/dotfiles`` public, ``octo/notes`` private, one repository) and ``stranger`` (nothing).
    """
    catalogue = github.catalogue
    for credential in DEFAULT_CREDENTIALS:
        catalogue.credentials[credential.value] = credential
    catalogue.add_account("octo", "User", name="Octo", description="Keeps things in containers")
    catalogue.add_account("stranger", "User")
    catalogue.add_account("acme", "Organization", name="Acme Inc.", members=frozenset({"octo"}))
    _repositories(github)
    _acme(github)
    _octo(github)


def _repositories(github: GitHubDouble) -> None:
    add = github.catalogue.add_repository
    app = {
        "README.md": b"# app\n",
        "Dockerfile": DOCKERFILE,
        "deploy/Dockerfile.prod": DOCKERFILE,
        "srv/app": b"app\n",
    }
    add(
        "acme/app",
        files={**app, "data/model.bin": b"\0" * (1024 * 1024 + 1)},
        refs={"v1.0.0": {"README.md": b"# app\n", "Dockerfile": OLD_DOCKERFILE}},
        description="The app of Acme",
        language="Go",
        topics=("docker", "shop"),
        stars=42,
    )
    add(
        "acme/tools",
        files={"cli/Dockerfile": DOCKERFILE, "README.md": b"# tools\n"},
        description="Acme's tools",
        stars=7,
    )
    add("acme/backend-source", files={"Dockerfile": DOCKERFILE}, description="Built into ghcr.io/acme/renamed")
    add("acme/website", files={"index.html": b"<p>Acme</p>\n"}, description="No image is made of it")
    add("acme/empty", description="Nothing was ever committed")
    add("acme/secret", files={"Dockerfile": DOCKERFILE}, private=True)
    add("octo/dotfiles", files={"Dockerfile": DOCKERFILE, ".zshrc": b"\n"}, description="Octo's home", stars=3)


def _acme(github: GitHubDouble) -> None:
    source = github.catalogue.repositories["acme/app"]
    github.package("acme/app", repository="acme/app")
    github.push("acme/app", _both("first", source, "v1.0.0"), tags=["1.0.0"])
    github.push("acme/app", _both("moved", source), tags=["latest", "gone"])
    github.push("acme/app", _both("second", source), tags=["1.1.0", "latest"])
    github.delete_version("acme/app", "gone")
    github.push("acme/app", _both("lost", source), tags=["moving"])
    github.push("acme/app", _both("third", source), tags=["moving"])
    github.package("acme/tools/cli", repository="acme/tools")
    github.push("acme/tools/cli", _both("cli", github.catalogue.repositories["acme/tools"]), tags=["1", "latest"])
    github.package("acme/renamed", repository="acme/backend-source")
    github.push("acme/renamed", image([layer({"srv/app": "renamed\n"})]), tags=["2024.1"])
    github.package("acme/untagged")
    github.push("acme/untagged", image([layer({"srv/app": "untagged\n"})]))
    github.package("acme/secret", visibility="private", repository="acme/secret")
    github.push("acme/secret", image([layer({"srv/app": "secret\n"})]), tags=["1.0"])


def _octo(github: GitHubDouble) -> None:
    github.package("octo/dotfiles", repository="octo/dotfiles")
    github.push(
        "octo/dotfiles", _both("dotfiles", github.catalogue.repositories["octo/dotfiles"]), tags=["latest"]
    )
    github.package("octo/notes", visibility="private")
    github.push("octo/notes", image([layer({"notes": "none\n"})]), tags=["latest"])


def _both(content: str, source: Repository, ref: str | None = None) -> BuiltIndex:
    """Return an image for two platforms that says where it was built from."""
    revision = source.head if ref is None else source.commit(ref)
    labels = {_SOURCE: f"https://github.com/{source.full_name}", _REVISION: revision}
    return index(
        [
            image([layer({"srv/app": f"{content} {platform}\n"})], labels=labels, platform=platform)
            for platform in ("linux/amd64", "linux/arm64")
        ]
    )
