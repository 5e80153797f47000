"""SLSA provenance as BuildKit writes it: what it says of where an image came from.

Versions 0.2 and 1 say the same in other places; both end up in one :class:`Provenance`. What BuildKit itself
calls unverified (``vcs``), and the statement as a whole, are a publisher's words.

Source: moby/buildkit, ``docs/attestations/slsa-definitions.md``; in-toto, "Statement" and "Envelope" (DSSE).
"""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from portcall.oci.document import broken, listing, mapping, parse_object, text, text_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What an in-toto layer's predicate type begins with, where it is provenance.
PREDICATE = "https://slsa.dev/provenance/"

_WHAT = "the provenance"
#: BuildKit's own part of the metadata: in version 1, in 0.2 and in what the first of version 1 wrote.
_OWN = ("buildkit_metadata", "https://mobyproject.org/buildkit@v1#metadata")
_BUILD_ARGUMENT = "build-arg:"
_REVISION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/+-]{0,199}\Z")
_LONGEST_PATH = 512
#: How buildx marks a revision, and no host knows it.
_CHANGED = "-dirty"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that ``mode=max`` carries: its name without folders, its language, its bytes."""

    name: str
    language: str
    content: bytes


@dataclass(frozen=True, slots=True)
class SourcePlace:
    """Where the sources are said to be.

    Args:
        address: Of a repository, as it is written there: ``"https://github.com/acme/app.git#main:docker"``.
        revision: The commit.
        path: The Dockerfile's; below the folder in the address, if there is one.
        is_changed: Whether there were changes that nobody had committed.
    """

    address: str
    revision: str | None = None
    path: str | None = None
    is_changed: bool = False


@dataclass(frozen=True, slots=True)
class Material:
    """What went into a build: a package URL or an address, and its digest, ``algorithm:hex``."""

    uri: str
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """What one statement says.

    Args:
        subjects: The digests that it is about.
        files: The sources that it carries, none in ``mode=min``.
        filename: What the Dockerfile is called, relative to its folder.
        places: Where the sources are said to be: what BuildKit itself fetched, before what it was told.
        materials: In no order that means anything.
        arguments: Build arguments, where they are told.
        target: The stage that was built; ``None`` for the last one.
        frontend: The image that read the Dockerfile, where it was one: a material, and no base.
    """

    subjects: frozenset[str]
    files: tuple[SourceFile, ...] = ()
    filename: str | None = None
    places: tuple[SourcePlace, ...] = ()
    materials: tuple[Material, ...] = ()
    arguments: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None
    frontend: str | None = None

    @classmethod
    def parse(cls, raw: bytes) -> Provenance | None:
        """Read an in-toto statement, in a DSSE envelope or not; its signature is not looked at.

        Returns:
            ``None`` for a statement about something else than how a thing was built.

        Raises:
            UpstreamError: It is no JSON object, or an envelope that holds none.
        """
        statement = _statement(parse_object(raw, _WHAT))
        if not (text(statement.get("predicateType")) or "").startswith(PREDICATE):
            return None
        predicate = mapping(statement.get("predicate"))
        parts = _version_1(predicate) if "buildDefinition" in predicate else _version_02(predicate)
        own = mapping(next((parts.metadata[name] for name in _OWN if name in parts.metadata), None))
        filename = text(parts.config.get("path")) or text(parts.config.get("entryPoint"))
        return cls(
            subjects=_subjects(statement),
            files=_files(own),
            filename=filename,
            places=_places(parts.config, text_mapping(own.get("vcs")), filename),
            materials=_materials(parts.materials),
            arguments={
                name.removeprefix(_BUILD_ARGUMENT): value
                for name, value in parts.arguments.items()
                if name.startswith(_BUILD_ARGUMENT)
            },
            target=parts.arguments.get("target") or None,
            frontend=parts.arguments.get("source") or parts.arguments.get("cmdline") or None,
        )


@dataclass(frozen=True, slots=True)
class _Parts:
    """The places of one version, by what they hold."""

    config: Mapping[str, Any]
    arguments: Mapping[str, str]
    metadata: Mapping[str, Any]
    materials: object


def _version_1(predicate: Mapping[str, Any]) -> _Parts:
    definition = mapping(predicate.get("buildDefinition"))
    external = mapping(definition.get("externalParameters"))
    request = mapping(external.get("request") or external.get("parameters"))
    return _Parts(
        config=mapping(external.get("configSource")),
        arguments=text_mapping(request.get("args")),
        metadata=mapping(mapping(predicate.get("runDetails")).get("metadata")),
        materials=definition.get("resolvedDependencies"),
    )


def _version_02(predicate: Mapping[str, Any]) -> _Parts:
    invocation = mapping(predicate.get("invocation"))
    return _Parts(
        config=mapping(invocation.get("configSource")),
        arguments=text_mapping(mapping(invocation.get("parameters")).get("args")),
        metadata=mapping(predicate.get("metadata")),
        materials=predicate.get("materials"),
    )


def _statement(document: dict[str, Any]) -> dict[str, Any]:
    payload = text(document.get("payload"))
    if payload is None or "payloadType" not in document:
        return document
    try:
        content = base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        raise broken(_WHAT, "its envelope holds nothing that can be read") from None
    return parse_object(content, _WHAT)


def _subjects(statement: Mapping[str, Any]) -> frozenset[str]:
    digests = (_digests(subject) for subject in listing(statement.get("subject")))
    return frozenset(f"{algorithm}:{value}" for digest in digests for algorithm, value in digest.items())


def _files(own: Mapping[str, Any]) -> tuple[SourceFile, ...]:
    found: list[SourceFile] = []
    for line in listing(mapping(own.get("source")).get("infos")):
        info = mapping(line)
        try:
            content = base64.b64decode(text(info.get("data")) or "", validate=True)
        except (binascii.Error, ValueError):
            continue
        if content.strip():
            name = posixpath.basename(text(info.get("filename")) or "")
            found.append(SourceFile(name, text(info.get("language")) or "", content))
    return tuple(found)


def _places(config: Mapping[str, Any], vcs: Mapping[str, str], filename: str | None) -> tuple[SourcePlace, ...]:
    found: list[SourcePlace] = []
    uri = text(config.get("uri"))
    if uri is not None:
        digest = _digests(config)
        found.append(SourcePlace(uri, _revision(digest.get("sha1") or digest.get("sha256")), _path(filename)))
    told = vcs.get("source")
    if told:
        # Folders as buildx tells them, from the repository's top; it names the file alone.
        folder = vcs.get("localdir:dockerfile") or ""
        path = posixpath.join(folder, posixpath.basename(filename or "") or "Dockerfile") if folder else filename
        revision = vcs.get("revision", "")
        clean = revision.removesuffix(_CHANGED)
        found.append(SourcePlace(told, _revision(clean), _path(path), is_changed=clean != revision))
    return tuple(found)


def _revision(value: str | None) -> str | None:
    return value if value and _REVISION.match(value) else None


def _path(value: str | None) -> str | None:
    """Return a path below a repository's top; one that leaves it leads nowhere."""
    path = posixpath.normpath(value) if value and len(value) <= _LONGEST_PATH else ""
    return None if path in {"", "."} or path.startswith(("/", "..")) else path


def _materials(value: object) -> tuple[Material, ...]:
    found: list[Material] = []
    for line in listing(value):
        uri, digests = text(mapping(line).get("uri")), _digests(line)
        if uri is not None:
            digest = next((f"{name}:{digests[name]}" for name in ("sha256", "sha512") if name in digests), None)
            found.append(Material(uri, digest))
    return tuple(found)


def _digests(value: object) -> dict[str, str]:
    return text_mapping(mapping(value).get("digest"))
