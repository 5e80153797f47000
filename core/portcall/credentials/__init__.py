"""Credentials that the operator stored: where they are looked for, and how those are had that must be asked for.

The first place that has some for a registry wins: the configuration; ``DOCKERHUB_USERNAME`` with
``DOCKERHUB_TOKEN``; ``DOCKER_AUTH_CONFIG``; Docker's ``config.json``; Podman's ``auth.json``; a plugin;
``GITHUB_TOKEN`` and ``QUAY_TOKEN``. Over HTTP the configuration alone counts.

A credential helper or a plugin is never asked about a host that somebody merely named.
"""

from portcall.credentials.keyring import Keyring, Login
from portcall.credentials.note import CredentialNote
from portcall.credentials.provider import CredentialProvider, ProviderCredentials

__all__ = ["CredentialNote", "CredentialProvider", "Keyring", "Login", "ProviderCredentials"]
