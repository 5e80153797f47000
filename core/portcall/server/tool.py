"""A tool of the MCP server: our arguments, our errors, our two forms of every answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from pydantic import PrivateAttr

from portcall.errors import InternalError, PortcallError
from portcall.models import ErrorInfo
from portcall.render import fitted, render

if TYPE_CHECKING:
    from mcp.server.mcpserver import Context

    from portcall.gateway import Portcall
    from portcall.progress import Progress
    from portcall.tools import ToolSpec

_log = structlog.get_logger("portcall.server")


class GatewayTool(Tool):
    """One tool of the catalogue, as the SDK lists and calls it.

    The SDK's own running of tools echoes rejected values, ignores unknown arguments and prefixes every
    error; this one answers with errors instead of raising them.
    """

    _spec: ToolSpec = PrivateAttr()
    _portcall: Portcall = PrivateAttr()

    @classmethod
    def of(cls, spec: ToolSpec, portcall: Portcall) -> GatewayTool:
        """Return the tool that ``spec`` describes, run against ``portcall``."""
        tool = cls(
            fn=spec.method,
            name=spec.name,
            title=spec.title,
            description=spec.description,
            parameters=spec.input_schema,
            # A schema without a model is published, and not validated against: answers are models already.
            fn_metadata=FuncMetadata(arg_model=ArgModelBase, output_schema=spec.output_schema),
            is_async=True,
            annotations=ToolAnnotations(
                title=spec.title,
                read_only_hint=True,
                destructive_hint=False,
                idempotent_hint=True,
                open_world_hint=True,
            ),
        )
        tool._spec, tool._portcall = spec, portcall
        return tool

    async def run(
        self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False
    ) -> CallToolResult:
        """Return the tool's answer, or its error, in both forms."""
        try:
            answer = await self._spec.run(self._portcall, arguments, _progress(context))
            text, structured = fitted(answer)
        except PortcallError as error:
            return failure(error)
        except Exception:  # noqa: BLE001 - whatever it is, the server lives on and the model is told
            _log.exception("tool_crashed", tool=self.name)
            return failure(InternalError("portcall failed", hint="This is a bug; the log holds the details."))
        return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=structured)


def failure(error: PortcallError) -> CallToolResult:
    """Return an error as an answer: the SDK would prefix what is raised."""
    info = ErrorInfo.of(error)
    return CallToolResult(
        content=[TextContent(type="text", text=render(info))],
        structured_content={"error": info.model_dump(mode="json")},
        is_error=True,
    )


def _progress(context: Context[Any, Any]) -> Progress:
    async def report(done: float, total: float | None, message: str) -> None:
        await context.report_progress(done, total, message)

    return report
