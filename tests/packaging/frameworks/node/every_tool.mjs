// Calls portcall's tools by the TypeScript SDK's client, which holds each answer against the schema that its tool
// publishes, and prints what became of it.
//
//   node every_tool.mjs 1|2 < calls.json        [{"name": …, "arguments": …, "spoiled": false}, …]
//
// An answer that is to be spoiled is changed on its way to the client, into one that breaks its schema.

const generation = process.argv[2];
const [{ Client }, { StdioClientTransport }] = await Promise.all(
  generation === "1"
    ? [import("@modelcontextprotocol/sdk/client/index.js"), import("@modelcontextprotocol/sdk/client/stdio.js")]
    : [import("@modelcontextprotocol/client"), import("@modelcontextprotocol/client/stdio")],
);

let input = "";
for await (const piece of process.stdin.setEncoding("utf8")) input += piece;

let spoiling = false;
const transport = new StdioClientTransport({ command: "portcall", args: ["serve"], env: process.env });
const client = new Client({ name: "every-tool", version: "1" });
await client.connect(transport);
const deliver = transport.onmessage;
transport.onmessage = (message, extra) => {
  if (spoiling && message.result?.structuredContent) message.result.structuredContent.error = "spoiled";
  deliver(message, extra);
};

const { tools } = await client.listTools();
const outcomes = [];
for (const { name, arguments: args, spoiled } of JSON.parse(input)) {
  spoiling = spoiled;
  try {
    const { isError, structuredContent } = await client.callTool({ name, arguments: args });
    outcomes.push({ name, failed: isError === true, code: structuredContent?.error?.code ?? null, refusal: null });
  } catch (error) {
    outcomes.push({ name, failed: null, code: null, refusal: String(error) });
  }
}
await client.close();
console.log(JSON.stringify({ promised: tools.filter((tool) => tool.outputSchema).map((tool) => tool.name), outcomes }));
