import dns from "node:dns";
import { readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";
import tls from "node:tls";
import { ScriptedModel } from "../../../sandbox/model/server.ts";
import { BotApiServer } from "../../../sandbox/telegram/server.ts";
import { sending, shell } from "../stage.ts";
import { type Answer, ports, type Request } from "./world.ts";

// A program: a Bot API server with its operator, a model and the way out, in the network of a Debian root. It does
// what its standard input asks, a line of JSON each, and ends with it.
const [token = "", wayOut = ""] = process.argv.slice(2);

// There is no name server in that network: whoever is named there is in it.
const { lookup } = dns;
dns.lookup = ((_name: string, ...rest: [object, () => void]) =>
  (lookup as (...all: unknown[]) => void)("127.0.0.1", ...rest)) as typeof dns.lookup;

const telegram = new BotApiServer({ token });
const model = new ScriptedModel((request) => {
  const wanted = /Answer with the word (\S+)/.exec(request.prompt)?.[1];
  if (wanted !== undefined) return { text: wanted };
  // The model hears all of its session, so this tells what it still knows.
  const heard = request.prompts.map((prompt) => prompt.trim().split("\n").at(-1)).join(" | ");
  return shell(sending(`Heard: ${heard}`))(request);
});
await Promise.all([telegram.listen(ports.telegram), model.listen(ports.model)]);
createServer((inner) => {
  const outer = connect(wayOut);
  inner.on("error", () => outer.destroy());
  outer.on("error", () => inner.destroy());
  inner.pipe(outer).pipe(inner);
}).listen(ports.proxy, "127.0.0.1");
answer({ shown: "" });

for await (const line of createInterface({ input: process.stdin })) {
  await converse(JSON.parse(line) as Request).then(answer, (error: unknown) => {
    answer({ error: String(error) });
  });
}
process.exit(0);

async function converse({ say, expect, certificate, timeoutMs }: Request): Promise<Answer> {
  const authorities = [...tls.getCACertificates("bundled"), readFileSync(certificate, "utf8")];
  tls.setDefaultCACertificates(authorities);
  const { payload } = await telegram.called("setWebhook", ({ outcome }) => outcome === "ok", {
    timeoutMs,
  });
  if (!String(payload["url"]).startsWith("https://")) throw new Error("the webhook has no https");
  const since = telegram.mark();
  telegram.operatorSends({ text: say });
  const { text } = await telegram.shown((message) => message.text.includes(expect), {
    since,
    timeoutMs,
  });
  return { shown: text };
}

function answer(what: Answer): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}
