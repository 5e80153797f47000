"""The façade: every tool is a method here, for the MCP server, the shell and Python alike; a file a toolset."""

from __future__ import annotations

from portcall.gateway.completion import Completing
from portcall.gateway.content import ContentTools
from portcall.gateway.discovery import DiscoveryTools
from portcall.gateway.dockerfile import DockerfileTools
from portcall.gateway.inspection import InspectionTools
from portcall.gateway.supply_chain import SupplyChainTools


class Portcall(DiscoveryTools, InspectionTools, ContentTools, DockerfileTools, SupplyChainTools, Completing):
    """One gateway to every container registry.

    >>> async with Portcall() as pc:  # doctest: +SKIP
    ...     detail = await pc.get_image_details("nginx:1.27")

    Its methods are the tools of the MCP server: same names, same arguments, same models, uncut. Each raises
    :class:`portcall.errors.PortcallError`, with ``code``, ``message`` and ``hint``.

    Args:
        settings: The configuration; read from the usual file and the environment by default.
        local: Whether the process answers to the person at this machine; only then may a loopback host
            that is written in a reference (``localhost:5000/app``) be reached without being configured.
        tracer_provider: Where spans of requests to registries go; by default to OpenTelemetry's own, if any.

    Raises:
        portcall.errors.ConfigurationError: The configuration cannot be used.
    """
