"""A tool of the MCP server: our arguments, our errors, our two forms of every answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from pydantic import PrivateAttr

from portcall.errors import InternalError, PortcallError, TooLargeError
from portcall.logs import get_logger
from portcall.recent import Recent
from portcall.render import Fitted, fitted, fitted_error
from portcall.server.progress import progress_to
from portcall.server.sdk import described_output

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.server.mcpserver import Context

    from portcall.gateway import Portcall
    from portcall.models import Answer
    from portcall.server.next_steps import NextSteps
    from portcall.tools import ToolSpec

_log = get_logger("portcall.server")

#: Answers whose forms are kept ready, for each tool.
_MOST_ANSWERS = 64
#: By the identity of an answer, which is held beside its result so that it stays its own.
RecentResults = Recent[int, tuple["Answer", CallToolResult]]


class GatewayTool(Tool):
    """One tool, as the SDK lists and calls it.

    The SDK's own running of tools echoes rejected values, ignores unknown arguments and prefixes every
    error; this one answers with errors instead of raising them.
    """

    _spec: ToolSpec = PrivateAttr()
    _gateway: Callable[[], Portcall] = PrivateAttr()
    _next_steps: NextSteps = PrivateAttr()
    # Frozen answers come again, the very same object, when nothing changed upstream.
    _recent: RecentResults = PrivateAttr(default_factory=lambda: Recent(_MOST_ANSWERS))

    @classmethod
    def of(cls, spec: ToolSpec, gateway: Callable[[], Portcall], next_steps: NextSteps) -> GatewayTool:
        """Return the tool that ``spec`` describes, run against the gateway as whoever calls it has it.

        Args:
            spec: The tool.
            gateway: The gateway as the caller at hand has it.
            next_steps: Knows which of the steps that an answer names can be taken here.
        """
        tool = cls(
            fn=spec.method,
            name=spec.name,
            description=spec.description,
            parameters=spec.input_schema,
            fn_metadata=described_output(spec.output_schema),
            is_async=True,
            annotations=ToolAnnotations(
                title=spec.title,
                read_only_hint=not spec.writes,
                destructive_hint=spec.writes,
                idempotent_hint=not spec.writes,
                open_world_hint=True,
            ),
        )
        tool._spec, tool._gateway, tool._next_steps = spec, gateway, next_steps
        return tool

    async def run(
        self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False
    ) -> CallToolResult:
        """Return the tool's answer, or its error, in both forms."""
        try:
            answer = await self._spec.run(self._gateway(), arguments, progress_to(context))
            kept = self._recent.get(id(answer))
            if kept is not None and kept[0] is answer:
                return kept[1]
            result = _result(_fitted(self._next_steps.of_answer(answer)))
        except PortcallError as error:
            return failure(self._next_steps.of_error(error))
        except Exception:  # noqa: BLE001 - whatever it is, the server lives on and the model is told
            _log.exception("tool_crashed", tool=self.name)
            return failure(InternalError("portcall failed", hint="This is a bug; the log holds the details."))
        if answer.comes_again and not self._spec.plugin:
            # What a plugin does to an answer that it holds is its own business.
            self._recent.put(id(answer), (answer, result))
        return result


def _fitted(answer: Answer) -> Fitted:
    """Return both forms of an answer; in the usual words where a plugin's own are too many, however it is cut."""
    try:
        return fitted(answer)
    except TooLargeError:
        if answer.own_text is None:
            raise
        return fitted(answer.worded_by(None))


def failure(error: PortcallError) -> CallToolResult:
    """Return an error as an answer: the SDK would prefix what is raised."""
    return _result(fitted_error(error), is_error=True)


def _result(forms: Fitted, *, is_error: bool = False) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(type="text", text=forms.text)],
        structured_content=forms.structured,
        is_error=is_error,
    )
