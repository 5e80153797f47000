"""Connection pools: which connection may carry a request to which origin.

Every request is given its pool by the origin that it is going to, never by where it came from. Only the
upstream being asked has exemptions, and only for its own origins; whatever else it points at (a redirect,
a realm) goes through the public pool, whose guard lets nothing else through. So no kept-alive connection
can carry one registry's redirect past another's check.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

from portcall import __version__
from portcall.errors import BlockedError, ConfigurationError
from portcall.http.guard import (
    Guard,
    Rule,
    anything,
    configured,
    is_loopback,
    loopback_only,
    parse_address,
    public_only,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import httpx

    from portcall.http.origin import Origin
    from portcall.http.policy import HostPolicy
    from portcall.http.upstream import TlsFiles, Upstream

USER_AGENT = f"portcall/{__version__}"


def is_loopback_name(host: str) -> bool:
    """Tell whether ``host``, as written, can only mean this machine."""
    address = parse_address(host)
    return is_loopback(address) if address else host == "localhost" or host.endswith(".localhost")


class ConnectionPools:
    """One httpx client for each kind of connection, opened when first needed.

    Args:
        policy: Says which hosts may be asked through a proxy.
        proxies: Proxy URLs by scheme, and under ``no`` the hosts that go without.
        connections_per_host: Most connections to one host and port.
    """

    def __init__(self, policy: HostPolicy, proxies: Mapping[str, str], connections_per_host: int) -> None:
        self._policy = policy
        self._proxies = dict(proxies)
        self._connections_per_host = connections_per_host
        self._clients: dict[Hashable, httpx.AsyncClient] = {}

    def client_for(self, upstream: Upstream, origin: Origin) -> httpx.AsyncClient:
        """Return the client whose connections may carry a request of ``upstream`` to ``origin``.

        Raises:
            BlockedError: A proxy would hide the address, and nobody named the host.
            ConfigurationError: A TLS file cannot be used.
        """
        if proxy := self._proxy_for(upstream, origin):
            return self._client(("proxy", proxy, upstream.tls), anything, upstream.tls, proxy)
        if not upstream.is_exempt(origin):
            return self._client("public", public_only, None, None)
        if not upstream.listed:
            return self._client("loopback", loopback_only, None, None)
        return self._client((origin.host, upstream.tls), configured(origin.host), upstream.tls, None)

    def _proxy_for(self, upstream: Upstream, origin: Origin) -> str | None:
        proxy = self._proxies.get(origin.scheme)
        if not proxy or is_loopback_name(origin.host) or proxy_bypass_environment(origin.netloc, self._proxies):
            return None
        if upstream.is_exempt(origin) or self._policy.names(origin):
            return proxy
        raise BlockedError(
            f"{origin.netloc} would be reached through a proxy, where its address cannot be checked",
            hint="Name the host in network.allow_hosts, or list the registry in the configuration.",
            registry=upstream.registry,
        )

    def _client(self, key: Hashable, rule: Rule, tls: TlsFiles | None, proxy: str | None) -> httpx.AsyncClient:
        client = self._clients.get(key)
        if client is None:
            # Late: aiohttp and httpx cost a server a fifth of a second that its start need not wait for.
            import httpx

            from portcall.http.transport import GuardedTransport

            transport = GuardedTransport(
                Guard(rule),
                ssl=_tls_context(tls),
                connections_per_host=self._connections_per_host,
                proxy=proxy,
            )
            client = httpx.AsyncClient(
                transport=transport,
                trust_env=False,
                follow_redirects=False,
                timeout=None,  # noqa: S113 - the call's deadline bounds everything; see http/deadline.py
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            )
            self._clients[key] = client
        return client

    async def aclose(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()


def _tls_context(files: TlsFiles | None) -> ssl.SSLContext:
    """Return a context that trusts the system's authorities, or those of ``ca_file`` alone."""
    if files is None or not files.ca_file:
        import truststore

        context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    else:
        try:
            context = ssl.create_default_context(cafile=files.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise ConfigurationError(f"ca_file {files.ca_file}: {error.strerror or error}") from None
    if files and files.client_cert:
        try:
            context.load_cert_chain(files.client_cert, files.client_key)
        except (OSError, ssl.SSLError) as error:
            raise ConfigurationError(f"client_cert {files.client_cert}: {error.strerror or error}") from None
    return context
