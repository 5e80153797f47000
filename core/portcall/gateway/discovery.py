"""The toolset ``discovery``: which registries there are, and what is in them."""

from __future__ import annotations

from portcall import arguments
from portcall.answering import answering
from portcall.discovery.question import RepositoryQuestion, goes_on
from portcall.discovery.repository import get_repository
from portcall.discovery.search import list_repositories, search_images
from portcall.errors import NotFoundError
from portcall.gateway.core import Gateway
from portcall.models import DockerImage, ImageList, RegistryList, RepositoryList, UserList
from portcall.near_registries import did_you_mean
from portcall.reference import parse_reference
from portcall.registries import probed, route_of
from portcall.routing import FALLBACK


class DiscoveryTools(Gateway):
    """Registries, repositories, users."""

    @answering
    async def list_registries(
        self, registry: arguments.RegistryArgument = "", probe: arguments.Probe = False
    ) -> RegistryList:
        """Return what each prefix routes to, its capabilities, and where its credentials come from.

        Raises:
            NotFoundError: ``registry`` has no prefix of its own, and no sign of life is asked for.
        """
        await self._router.prepare(self._prefix(registry) if registry else None)
        routes = self._router.routes_of(registry) if registry else self._router.routes
        if registry and not routes:
            route = route_of(self._router, registry, self.plugins.offers)
            if not probe:
                backend, near = route.offer.registration.name, self._router.near(route.prefix.registry)
                raise NotFoundError(
                    f"no prefix {registry} is known here; its images are asked for as {backend!r}",
                    hint=did_you_mean(route.prefix.registry, near)
                    if near
                    else "Name an image of it, or probe it; list it in the configuration to give it credentials.",
                    candidates=near,
                )
            routes = (route,)
        return RegistryList(
            registries=await probed(self._router, routes, probe=probe),
            failed=self.plugins.failures,
            fallback=FALLBACK,
        )

    @answering
    async def search_images(
        self,
        query: arguments.Query,
        registry: arguments.RegistriesArgument = "docker.io",
        limit: arguments.Limit = 10,
        cursor: arguments.Cursor = "",
    ) -> ImageList:
        """Return one page of the repositories that match, the best of each registry in turn."""
        question = RepositoryQuestion.of_query(query, limit, cursor)
        with self._naming_the_able("search"):
            return await search_images(await self._backends_named(registry), question)

    @answering
    async def search_users(
        self,
        query: arguments.Query,
        registry: arguments.RegistryName = "docker.io",
        limit: arguments.Limit = 10,
    ) -> UserList:
        """Return the users and organisations of a registry that match."""
        words = RepositoryQuestion.of_query(query, limit).words
        backend = await self._backend_named(registry)
        with self._naming_the_able("users"):
            found = await backend.search_users(words, limit=limit)
        return UserList(
            query=words,
            registry=backend.upstream.registry,
            users=found.users[:limit],
            warnings=(*found.warnings, *goes_on(found.users, limit)),
        )

    @answering
    async def list_repositories(
        self,
        namespace: arguments.Namespace = "",
        registry: arguments.RegistryName = "docker.io",
        limit: arguments.Limit = 25,
        cursor: arguments.Cursor = "",
    ) -> RepositoryList:
        """Return one page of a namespace's repositories; of all, where the registry lists what it has.

        Raises:
            InvalidArgumentError: The registry tells a namespace's repositories only, and none is named.
        """
        backend = await self._backend_named(registry)
        with self._naming_the_able("repositories"):
            return await list_repositories(backend, RepositoryQuestion(namespace.strip(), limit, cursor))

    @answering
    async def get_repository(
        self, image_name: arguments.RepositoryName, readme: arguments.Readme = False
    ) -> DockerImage:
        """Return what a registry tells of a repository: description, counts, dates; its README on demand."""
        reference = parse_reference(image_name)
        return await self._about(
            reference, lambda backend: get_repository(backend, reference.repository, readme=readme)
        )
