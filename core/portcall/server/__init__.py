"""The MCP door: thin, without knowledge of registries or HTTP."""
