// Which image should I run on arm64, pinned by digest? Asked of portcall by way of MCP; no model takes part.
//
//   node agent.ts IMAGE
//
// The agent starts a `portcall serve` of its own and talks to it over stdin and stdout.

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { CallToolResultSchema, type CallToolResult } from "@modelcontextprotocol/sdk/types.js";

/** What this agent wants to know of an image's tags, and of one of them. */
type Tags = { newest_stable: string | null };
type Image = { reference: string; platform_digest: string };

/** What portcall says of a failure, in every answer that is one. */
type Failure = { code: string; message: string; hint: string; candidates: string[] };

const [image = "localhost:5000/shop/gateway"] = process.argv.slice(2);
const client = new Client({ name: "portcall-example", version: "1.0.0" });

async function call(name: string, args: Record<string, unknown>): Promise<CallToolResult> {
  return CallToolResultSchema.parse(await client.callTool({ name, arguments: args }));
}

/** Call a tool, and return its answer as data. */
async function ask<Answer>(name: string, args: Record<string, unknown>): Promise<Answer> {
  const result = await call(name, args);
  if (result.isError) throw new Error(text(result));
  return result.structuredContent as Answer;
}

/** Return the text of an answer: what a model would read. */
function text(result: CallToolResult): string {
  return result.content.map((block) => ("text" in block ? block.text : "")).join("\n");
}

await client.connect(new StdioClientTransport({ command: "portcall", args: ["serve"] }));
try {
  // From here on the client holds every answer, errors included, against the schema that the list promises.
  const { tools } = await client.listTools();
  console.log(`${tools.length} tools`);

  const tags = await ask<Tags>("search_tags", { image_name: image });
  const tag = tags.newest_stable ?? "latest";
  console.log(`newest stable: ${tag}`);
  const pinned = await ask<Image>("get_image_details", { image_name: image, tag, platform: "linux/arm64" });
  console.log(`pinned: ${pinned.reference}`);
  console.log(`for linux/arm64 that is ${pinned.platform_digest}`);

  const { contents } = await client.readResource({ uri: `docker://image/${image}/${tag}` });
  for (const part of contents) if ("text" in part) console.log(`\n${part.text}\n`);

  // An error is an answer, too: it says what failed, and what to do next.
  const missing = await call("get_image_details", { image_name: image, tag: `${tag}x` });
  const { error } = missing.structuredContent as { error: Failure };
  console.log(`${error.code}: ${error.message}. ${error.hint}`);
  console.log(`candidates: ${error.candidates.join(", ")}`);
} finally {
  await client.close();
}
