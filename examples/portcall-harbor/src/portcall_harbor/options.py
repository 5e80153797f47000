"""What the configuration's ``options`` may hold for a Harbor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.errors import ConfigurationError
from portcall.models import Model
from pydantic import Field, ValidationError

if TYPE_CHECKING:
    from portcall.plugin import BackendContext


class Options(Model):
    """The ``options`` table of one entry."""

    web_url: str = Field(default="", pattern=r"^(https?://[^/\s?#]+)?$")
    """Where people open Harbor in a browser, if that is not the registry's own name."""

    @classmethod
    def of(cls, context: BackendContext) -> Options:
        """Return the options of a backend's entry.

        Raises:
            ConfigurationError: An option is unknown, or its value is none; the value itself is not repeated.
        """
        registry = context.upstream.registry
        try:
            return cls.model_validate(dict(context.options))
        except ValidationError as error:
            wrong = "; ".join(
                f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()
            )
            raise ConfigurationError(
                f'options under [registries."{registry}"] are not Harbor\'s: {wrong}',
                hint='There is one, the address of Harbor\'s pages: options = { web_url = "https://…" }.',
                registry=registry,
            ) from error
