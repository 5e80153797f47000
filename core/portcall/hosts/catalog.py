"""The hosts that are known, each as its makers describe it; those that nobody could look up are left out.

Left out on purpose: Goose and Continue (YAML), opencode (two versions that disagree), Cline (three places).
"""

from __future__ import annotations

from difflib import get_close_matches

from portcall.errors import InvalidArgumentError
from portcall.hosts.host import Host, Place, Places, RemoteForm
from portcall.hosts.words import listed

_TYPED = RemoteForm(fixed=(("type", "http"),))

HOSTS: tuple[Host, ...] = (
    Host(
        name="claude",
        title="Claude Desktop",
        # https://modelcontextprotocol.io/quickstart/user; remote servers in the file are ignored or taken out:
        # https://support.claude.com/en/articles/11175166-getting-started-with-custom-connectors-using-remote-mcp
        source="https://modelcontextprotocol.io/quickstart/user",
        aliases=("claude-desktop",),
        syntax="json",  # one trailing comma, and it reads none of it
        key="mcpServers",
        user=Places(
            linux=Place("XDG_CONFIG_HOME", "Claude/claude_desktop_config.json"),
            darwin=Place("HOME", "Library/Application Support/Claude/claude_desktop_config.json"),
            windows=Place("APPDATA", "Claude/claude_desktop_config.json"),
        ),
        remote_instead="Add the URL in Claude under Settings, Connectors; Claude's own servers have to reach it.",
        next_step="Quit Claude Desktop, not just its window, and start it again; Settings, Developer shows it.",
    ),
    Host(
        name="claude-code",
        title="Claude Code",
        # Scopes, files, and ${VAR} in command, args, env, url and headers.
        source="https://code.claude.com/docs/en/mcp",
        syntax="json",
        key="mcpServers",
        user=Places.same("CLAUDE_CONFIG_DIR", ".claude.json"),
        project=".mcp.json",
        project_step="Claude Code asks everybody once whether they trust the project's servers.",
        fixed=(("type", "stdio"),),
        remote=_TYPED,
        reference="${NAME}",
        programs=("claude",),
        own_command=("claude", "mcp", "add-json", "--scope", "user", "NAME", "JSON"),
        next_step="Start a new session; /mcp shows the server.",
        caution="Claude Code writes this file itself: close its sessions first.",
    ),
    Host(
        name="cursor",
        title="Cursor",
        # Both files, and ${env:NAME} in command, args, env, url and headers.
        source="https://cursor.com/docs/mcp",
        syntax="jsonc",
        key="mcpServers",
        user=Places.same("HOME", ".cursor/mcp.json"),
        project=".cursor/mcp.json",
        remote=RemoteForm(),
        reference="${env:NAME}",
        programs=("cursor",),
        next_step="Restart Cursor; its MCP settings show the server, where it can be switched on.",
    ),
    Host(
        name="vscode",
        title="VS Code",
        # "servers", not "mcpServers"; the user's mcp.json lies in the profile's folder.
        source="https://code.visualstudio.com/docs/copilot/reference/mcp-configuration",
        aliases=("code", "vs-code"),
        syntax="jsonc",
        key="servers",
        user=Places(
            linux=Place("XDG_CONFIG_HOME", "Code/User/mcp.json"),
            darwin=Place("HOME", "Library/Application Support/Code/User/mcp.json"),
            windows=Place("APPDATA", "Code/User/mcp.json"),
        ),
        project=".vscode/mcp.json",
        fixed=(("type", "stdio"),),
        remote=_TYPED,
        reference="${env:NAME}",
        programs=("code",),
        own_command=("code", "--add-mcp", "NAMED-JSON"),
        next_step="Run “MCP: List Servers” in the Command Palette and start it; VS Code asks if you trust it.",
    ),
    Host(
        name="codex",
        title="Codex",
        # Keys: codex-rs/config/src/mcp_types.rs of github.com/openai/codex.
        source="https://developers.openai.com/codex/mcp",
        syntax="toml",
        key="mcp_servers",
        user=Places.same("CODEX_HOME", "config.toml"),
        project=".codex/config.toml",
        project_step="Codex reads a project's file once you trust the project.",
        remote=RemoteForm(bearer_key="bearer_token_env_var"),
        variables_key="env_vars",
        programs=("codex",),
        next_step="Start Codex again; /mcp shows the server.",
    ),
    Host(
        name="gemini",
        title="Gemini CLI",
        # docs/tools/mcp-server.md of github.com/google-gemini/gemini-cli; "url" would be the older SSE.
        source="https://geminicli.com/docs/tools/mcp-server",
        aliases=("gemini-cli",),
        syntax="jsonc",
        key="mcpServers",
        user=Places.same("HOME", ".gemini/settings.json"),
        project=".gemini/settings.json",
        remote=RemoteForm(url_key="httpUrl"),
        reference="${NAME}",
        programs=("gemini",),
        next_step="Start Gemini CLI again; /mcp shows the server.",
    ),
    Host(
        name="windsurf",
        title="Windsurf",
        # ${env:NAME} in command, args, env, serverUrl, url and headers; there is no project's file.
        source="https://docs.windsurf.com/windsurf/cascade/mcp",
        syntax="jsonc",
        key="mcpServers",
        user=Places.same("HOME", ".codeium/windsurf/mcp_config.json"),
        remote=RemoteForm(url_key="serverUrl"),
        reference="${env:NAME}",
        programs=("windsurf",),
        next_step="Press refresh in Cascade's MCP panel, which then shows the server.",
    ),
    Host(
        name="zed",
        title="Zed",
        # Keys: crates/settings_content/src/project.rs of github.com/zed-industries/zed; values are literal.
        source="https://zed.dev/docs/ai/mcp",
        syntax="jsonc",
        key="context_servers",
        user=Places(
            linux=Place("XDG_CONFIG_HOME", "zed/settings.json"),
            darwin=Place("HOME", ".config/zed/settings.json"),
            windows=Place("APPDATA", "Zed/settings.json"),
        ),
        project=".zed/settings.json",
        project_step="Zed starts a project's servers once you trust the project.",
        remote=RemoteForm(),
        programs=("zed", "zeditor"),
        next_step="The Agent Panel's settings show a green dot beside the server.",
    ),
    Host(
        name="copilot",
        title="GitHub Copilot CLI",
        # Forms and ${NAME}: docs/installation-guides/install-copilot-cli.md of github/github-mcp-server.
        source="https://docs.github.com/en/copilot/how-tos/copilot-cli/customize-copilot/add-mcp-servers",
        aliases=("copilot-cli",),
        syntax="json",
        key="mcpServers",
        user=Places.same("COPILOT_HOME", "mcp-config.json"),
        project=".mcp.json",
        project_step="Copilot reads a project's file once you trust the folder.",
        fixed=(("type", "stdio"),),
        remote=_TYPED,
        reference="${NAME}",
        programs=("copilot",),
        next_step="Start Copilot again; /mcp show lists the server.",
    ),
    Host(
        name="lmstudio",
        title="LM Studio",
        # "follows Cursor's mcp.json notation"; nothing is said of references to variables.
        source="https://lmstudio.ai/docs/app/mcp",
        aliases=("lm-studio",),
        syntax="json",
        key="mcpServers",
        user=Places.same("HOME", ".lmstudio/mcp.json"),
        remote=RemoteForm(),
        next_step="Switch the server on in the Program tab of LM Studio's right-hand sidebar.",
    ),
)


def host_named(name: str) -> Host:
    """Return the host of a name, or of another name for it.

    Raises:
        InvalidArgumentError: There is none; carries the names that come close.
    """
    wanted = name.strip().lower()
    known = {alias: host for host in HOSTS for alias in (host.name, *host.aliases)}
    if host := known.get(wanted):
        return host
    close = get_close_matches(wanted, known, n=3, cutoff=0.5)
    meant = tuple(dict.fromkeys(known[word].name for word in close))
    question = f"Did you mean {listed([f'`{name}`' for name in meant], 'or')}? " if meant else ""
    raise InvalidArgumentError(
        "that is no host that portcall knows" if wanted else "no host is named",
        hint=f"{question}There are {listed([f'`{host.name}`' for host in HOSTS], 'and')}. "
        "For any other, take what `portcall config cursor` prints as an example.",
        candidates=meant,
    )
