"""Signing in with Docker Hub: the SDK's authorization server over our state, and the page where people say yes."""

from __future__ import annotations

from portcall.auth.signin.hub_accounts import HubAccounts
from portcall.auth.signin.provider import DockerHubProvider
from portcall.auth.signin.routes import authorization_routes
from portcall.auth.signin.sign_in import SignIn

__all__ = ["DockerHubProvider", "HubAccounts", "SignIn", "authorization_routes"]
