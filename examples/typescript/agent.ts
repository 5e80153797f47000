// Which image should I run on arm64, pinned by digest? Asked of portcall by way of MCP; no model takes part.
//
//   node agent.ts IMAGE [--watch] [MCP_URL]
//
// Without MCP_URL the agent starts a `portcall serve` of its own and talks to it over stdin and stdout.

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

/** What this agent wants to know of an image's tags, and of one of them. */
type Tags = { newest_stable: string | null };
type Image = { reference: string; platform_digest: string };

/** What portcall says of a failure, in every answer that is one. */
type Failure = { code: string; message: string; hint: string; candidates: string[] };

const words = process.argv.slice(2).filter((word) => word !== "--watch");
const [image = "localhost:5000/shop/gateway", url] = words;
const watch = process.argv.includes("--watch");

// The protocol of 2026-07-28, or none; { mode: "auto" } takes that of 2025 where a server knows no other.
const client = new Client(
  { name: "portcall-example", version: "1.0.0" },
  { versionNegotiation: { mode: { pin: "2026-07-28" } } },
);

/** Call a tool, and return its answer as data. */
async function ask<Answer>(name: string, args: Record<string, unknown>): Promise<Answer> {
  const result = await client.callTool({ name, arguments: args });
  if (result.isError) throw new Error(text(result.content));
  return result.structuredContent as Answer;
}

/** Return the text of an answer: what a model would read. */
function text(content: { type: string }[]): string {
  return content.map((block) => ("text" in block ? block.text : "")).join("\n");
}

function transport() {
  if (url === undefined) return new StdioClientTransport({ command: "portcall", args: ["serve"] });
  const token = process.env["PORTCALL_AUTH_TOKEN"];
  return new StreamableHTTPClientTransport(new URL(url), { authProvider: { token: async () => token } });
}

await client.connect(transport());
try {
  const { tools } = await client.listTools();
  console.log(`protocol ${client.getNegotiatedProtocolVersion()}, ${tools.length} tools`);

  const tags = await ask<Tags>("search_tags", { image_name: image });
  const tag = tags.newest_stable ?? "latest";
  console.log(`newest stable: ${tag}`);
  const pinned = await ask<Image>("get_image_details", { image_name: image, tag, platform: "linux/arm64" });
  console.log(`pinned: ${pinned.reference}`);
  console.log(`for linux/arm64 that is ${pinned.platform_digest}`);

  const uri = `docker://image/${image}/${tag}`;
  const { contents } = await client.readResource({ uri });
  for (const part of contents) if ("text" in part) console.log(`\n${part.text}\n`);

  // An error is an answer, too: it says what failed, and what to do next.
  const mistyped = { image_name: image, tag: `${tag}x` };
  const missing = await client.callTool({ name: "get_image_details", arguments: mistyped });
  const { error } = missing.structuredContent as { error: Failure };
  console.log(`${error.code}: ${error.message}. ${error.hint}`);
  console.log(`candidates: ${error.candidates.join(", ")}`);

  if (watch) {
    const moved = new Promise<void>((resolve) => {
      client.setNotificationHandler("notifications/resources/updated", ({ params }) => {
        if (params.uri === uri) resolve();
      });
    });
    const subscription = await client.listen({ resourceSubscriptions: [uri] });
    console.log(`watching: ${subscription.honoredFilter.resourceSubscriptions?.join(", ")}`);
    await moved;
    const now = await ask<Image>("get_image_details", { image_name: image, tag });
    console.log(`moved: ${now.reference}`);
    await subscription.close();
  }
} finally {
  await client.close();
}
