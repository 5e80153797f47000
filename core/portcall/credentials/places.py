"""Where stored credentials are looked for, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.credentials.document import Document, UnfitDocumentError
from portcall.credentials.document_shelf import DocumentShelf
from portcall.credentials.entry import UnfitEntryError, make_credentials
from portcall.credentials.file_shelf import FileShelf
from portcall.credentials.note import CredentialNote
from portcall.credentials.shelf import ProviderShelf, Shelf, UnfitShelf, VariableShelf
from portcall.reference import parse_prefix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pydantic import SecretStr

    from portcall.credentials.helper import Helper
    from portcall.credentials.provider import CredentialProvider
    from portcall.settings.login_environment import LoginEnvironment

#: Any name does, as long as there is one (GitHub's documentation of its registry).
_GITHUB_USER = "portcall"
#: The user of all of Quay's OAuth tokens.
_QUAY_USER = "$oauthtoken"

_MEND_VARIABLE = "It holds what Docker's config.json would: check it where it is set."


def shelves(
    environment: LoginEnvironment,
    providers: Sequence[CredentialProvider],
    helper_named: Callable[[str], Helper],
    clock: Callable[[], float],
) -> Iterator[Shelf]:
    """Yield the places that there are, those that win first. The files are read here.

    Args:
        environment: Where they are.
        providers: The plugins that know credentials.
        helper_named: Gives the helper of a name; the same one each time.
        clock: Where the time comes from by which they are looked at again, in seconds; never set back.
    """
    yield from _docker_hub(environment)
    if environment.docker_auth_config:
        yield _variable(environment.docker_auth_config.get_secret_value(), helper_named, clock)
    if file := environment.docker_config:
        yield FileShelf(file, environment.shown(file), helper_named, clock=clock)
    for file in environment.auth_files:
        must_exist = environment.auth_file_is_named
        yield FileShelf(file, environment.shown(file), helper_named, must_exist=must_exist, clock=clock)
    yield from map(ProviderShelf, providers)
    yield from _pair("ghcr.io", _GITHUB_USER, environment.github_token, "GITHUB_TOKEN")
    yield from _pair("quay.io", _QUAY_USER, environment.quay_token, "QUAY_TOKEN")


def _docker_hub(environment: LoginEnvironment) -> Iterator[Shelf]:
    username, token = environment.dockerhub_username, environment.dockerhub_token
    if username and token:
        yield from _pair("docker.io", username, token, "DOCKERHUB_TOKEN")
    elif username or token:
        there, missing = ("USERNAME", "TOKEN") if username else ("TOKEN", "USERNAME")
        note = CredentialNote(f"DOCKERHUB_{there}", f"DOCKERHUB_{missing} is not set", "Set both, or neither.")
        yield UnfitShelf(note)


def _pair(registry: str, username: str, token: SecretStr | None, source: str) -> Iterator[Shelf]:
    if token is None:
        return
    try:
        credentials = make_credentials(username, token.get_secret_value(), source)
    except UnfitEntryError as error:
        yield UnfitShelf(CredentialNote(source, f"it cannot be used: {error}", "Check it where it is set."))
    else:
        yield VariableShelf(parse_prefix(registry), credentials)


def _variable(text: str, helper_named: Callable[[str], Helper], clock: Callable[[], float]) -> Shelf:
    source = "DOCKER_AUTH_CONFIG"
    try:
        return DocumentShelf(source, Document.read(text, source), helper_named, clock=clock)
    except UnfitDocumentError as error:
        return UnfitShelf(CredentialNote(source, str(error), _MEND_VARIABLE))
