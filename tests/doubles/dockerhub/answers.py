"""Repositories and tags as hub.docker.com writes them, key by key in the recorded order."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from tests.doubles.dockerhub.catalogue import layers_of, media_type, platform_rows

if TYPE_CHECKING:
    from tests.doubles.dockerhub.catalogue import HubTag, Repository

    from portcall.testing import BuiltManifest


def repository_entry(repository: Repository) -> dict[str, Any]:
    """Return a row of ``/v2/namespaces/{namespace}/repositories``.

    Source: v2-namespaces-repositories.docs-example.json, hub-spec's example of a real answer.
    """
    return {
        "name": repository.name,
        "namespace": repository.namespace,
        # null: the example's second row, of 2015.
        "repository_type": repository.kind if repository.tags else None,
        "status": 1,
        "status_description": "active",
        "description": repository.description,
        "is_private": repository.private,
        "star_count": repository.stars,
        "pull_count": repository.pulls,
        "last_updated": repository.updated,
        "last_modified": repository.updated,
        "date_registered": repository.registered,
        "affiliation": "",
        "media_types": repository.media_types,
        "content_types": ["image"] if repository.tags else [],
        "categories": [{"name": name, "slug": slug} for name, slug in repository.categories],
        "storage_size": sum(row["size"] for built in repository.distinct for row in platform_rows(built)),
    }


def repository_info(repository: Repository, *, owned: bool) -> dict[str, Any]:
    """Return ``/v2/namespaces/{namespace}/repositories/{repository}``.

    Source: hub-spec, ``repository_info``; recorded in 2022 (#fs-52210787647), of which ``affiliation: null``.
    """
    entry = repository_entry(repository)
    return {
        "user": repository.namespace,
        **entry,
        "is_automated": repository.dockerfile is not None,
        "collaborator_count": 0,
        "affiliation": "owner" if owned else None,
        "hub_user": repository.namespace,
        "has_starred": False,
        "full_description": repository.full_description,
        "permissions": {"read": True, "write": owned, "admin": owned},
        "immutable_tags_settings": {"enabled": False, "rules": []},
        # null in hub-spec's example.
        "storage_size": entry["storage_size"] if owned else None,
        "source": repository.source,
    }


def tag_row(repository: Repository, tag: HubTag) -> dict[str, Any]:
    """Return a tag: recorded in 2022 (#fs-28222082936, #fs-52210787647), ``digest`` since (cupdate, hub-mcp)."""
    images = [_image(row, tag) for row in platform_rows(tag.built)]
    return {
        "creator": _number(repository.namespace),
        "id": _number(f"{repository.path}:{tag.name}"),
        "images": images,
        "last_updated": tag.pushed,
        "last_updater": _number(tag.pusher),
        "last_updater_username": tag.pusher,
        "name": tag.name,
        "repository": repository.identifier,
        "full_size": _full_size(images),
        "v2": True,
        "tag_status": "active",
        "tag_last_pulled": tag.pulled,
        "tag_last_pushed": tag.pushed,
        "media_type": media_type(tag.built),
        "content_type": "image",
        "digest": tag.built.digest,
    }


def image_rows(tag: HubTag) -> list[dict[str, Any]]:
    """Return ``…/tags/{tag}/images`` of the old path: the images with their layers (#fs-52210787647)."""
    built = {one.digest: one for one in tag.built.family()}
    rows = []
    for row in platform_rows(tag.built):
        image = _image(row, tag)
        rows.append(image | {"features": None, "os_features": None, "layers": _layers(built.get(row["digest"]))})
    return rows


def _image(row: dict[str, Any], tag: HubTag) -> dict[str, Any]:
    return {
        "architecture": row["architecture"],
        "features": "",
        "variant": row["variant"],
        "digest": row["digest"],
        "os": row["os"],
        "os_features": "",
        "os_version": row["os_version"],
        "size": row["size"],
        "status": "active",
        "last_pulled": tag.pulled,
        "last_pushed": tag.pushed,
    }


def _layers(built: BuiltManifest | None) -> list[dict[str, Any]]:
    """Layers with their instructions; what made no layer has no ``digest`` (recorded)."""
    descriptors = iter(layers_of(built))
    history = getattr(built, "config", {}).get("history") or []
    rows: list[dict[str, Any]] = []
    for step in history:
        layer = None if step.get("empty_layer") else next(descriptors, None)
        told = {"size": layer["size"] if layer else 0, "instruction": step.get("created_by", "")}
        rows.append(({"digest": layer["digest"]} if layer else {}) | told)
    return rows


def _full_size(images: list[dict[str, Any]]) -> int:
    """Size of the amd64 image (recorded: #fs-28222082936, which lists it last), else of the first."""
    sizes = {image["architecture"]: image["size"] for image in reversed(images)}
    return int(sizes.get("amd64", images[0]["size"] if images else 0))


def _number(name: str) -> int:
    return zlib.crc32(name.encode())
