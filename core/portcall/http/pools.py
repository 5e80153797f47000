"""Connection pools: which connection may carry a request to which origin.

Every request is given its pool by the origin that it is going to, never by where it came from. Only the
upstream being asked has exemptions, and only for its own origins; whatever else it points at (a redirect,
a realm) goes through the public pool, whose guard lets nothing else through. So no kept-alive connection
can carry one registry's redirect past another's check.
"""

from __future__ import annotations

import ssl
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

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

    from portcall.http.origin import Origin
    from portcall.http.policy import HostPolicy
    from portcall.http.transport import GuardedTransport
    from portcall.http.upstream import TlsFiles, Upstream

_PEM = "Give a readable PEM file that holds {}."


def is_loopback_name(host: str) -> bool:
    """Tell whether ``host``, as written, can only mean this machine."""
    address = parse_address(host)
    return is_loopback(address) if address else host == "localhost" or host.endswith(".localhost")


class ConnectionPools:
    """One transport for each kind of connection, opened when first needed.

    Args:
        policy: Says which hosts may be asked through a proxy.
        proxies: Proxy URLs by scheme, and under ``no`` the hosts that go without.
        connections_per_host: Most connections to one host and port.
    """

    def __init__(self, policy: HostPolicy, proxies: Mapping[str, str], connections_per_host: int) -> None:
        self._policy = policy
        self._proxies = dict(proxies)
        self._connections_per_host = connections_per_host
        self._transports: dict[Hashable, GuardedTransport] = {}

    def transport_for(self, upstream: Upstream, origin: Origin) -> GuardedTransport:
        """Return the transport whose connections may carry a request of ``upstream`` to ``origin``.

        Raises:
            BlockedError: A proxy would hide the address, and nobody named the host.
            ConfigurationError: A TLS file cannot be used.
        """
        if proxy := self._proxy_for(upstream, origin):
            # Another host that the operator allowed is still no business of the client certificate.
            tls = upstream.tls if upstream.is_exempt(origin) else None
            return self._transport(("proxy", proxy, tls), anything, tls, proxy)
        if not upstream.is_exempt(origin):
            return self._transport("public", public_only, None, None)
        if not upstream.listed:
            return self._transport("loopback", loopback_only, None, None)
        return self._transport((origin.host, upstream.tls), configured(origin.host), upstream.tls, None)

    def _proxy_for(self, upstream: Upstream, origin: Origin) -> str | None:
        proxy = self._proxies.get(origin.scheme)
        if not proxy or is_loopback_name(origin.host):
            return None
        if any(proxy_bypass_environment(name, self._proxies) for name in origin.names):
            return None
        if upstream.is_listed(origin) or self._policy.names(origin):
            return _proxy_url(proxy)
        raise BlockedError(
            f"{origin.netloc} would be reached through a proxy, where its address cannot be checked",
            hint=f'List it: a section [registries."{upstream.registry}"] in the configuration may be empty.',
            registry=upstream.registry,
        )

    def _transport(self, key: Hashable, rule: Rule, tls: TlsFiles | None, proxy: str | None) -> GuardedTransport:
        transport = self._transports.get(key)
        if transport is None:
            # Late: aiohttp and httpx cost a server a fifth of a second that its start need not wait for.
            from portcall.http.transport import GuardedTransport

            transport = GuardedTransport(
                Guard(rule),
                ssl=_tls_context(tls),
                connections_per_host=self._connections_per_host,
                proxy=proxy,
            )
            self._transports[key] = transport
        return transport

    async def aclose(self) -> None:
        """Close every connection."""
        for transport in self._transports.values():
            await transport.aclose()
        self._transports.clear()


def proxy_host(url: str) -> str | None:
    """Return a proxy's host, which is all of its URL that may be shown; ``None`` where there is none to read."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    return parts.hostname if port != 0 else None


def _proxy_url(proxy: str) -> str:
    """Return a proxy's URL; the environment's often lack the scheme.

    Raises:
        ConfigurationError: It is a kind of proxy that cannot be used; the message does not hold its address,
            for that may hold a password.
    """
    url = proxy if "://" in proxy else f"http://{proxy}"
    if proxy_host(url) is None or not url.lower().startswith(("http://", "https://")):
        raise ConfigurationError(
            "network.proxy, or the environment's, is no address of an http or https proxy",
            hint='Set network.proxy to a URL like http://proxy.example:3128, or to "none".',
        )
    return url


def _system_context() -> ssl.SSLContext:
    """Return a context that trusts the system's authorities.

    Where OpenSSL knows its files they are read once. ``truststore`` knows the stores of other systems, and
    where Linux distributions hide theirs, but reads them anew, for some 50 ms, for every connection.
    """
    paths = ssl.get_default_verify_paths()
    if sys.platform == "linux" and (paths.cafile or paths.capath):
        return ssl.create_default_context()
    import truststore

    context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return context


def _tls_context(files: TlsFiles | None) -> ssl.SSLContext:
    """Return a context that trusts the system's authorities, or those of ``ca_file`` alone."""
    if files is None or not files.ca_file:
        context = _system_context()
    else:
        try:
            context = ssl.create_default_context(cafile=files.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise ConfigurationError(
                f"ca_file {files.ca_file}: {error.strerror or error}", hint=_PEM.format("certificates")
            ) from None
    if files and files.client_cert:
        try:
            context.load_cert_chain(files.client_cert, files.client_key)
        except (OSError, ssl.SSLError) as error:
            raise ConfigurationError(
                f"client_cert {files.client_cert}: {error.strerror or error}",
                hint=_PEM.format("a certificate, with its key there or in client_key"),
            ) from None
    return context
