import dns from "node:dns";
import { createInterface } from "node:readline";
import { ScriptedModel } from "../../../sandbox/model/server.ts";
import { BotApiServer } from "../../../sandbox/telegram/server.ts";
import { sending, shell } from "../stage.ts";
import type { Answer, Request } from "./world.ts";

// A program: a Bot API server with its operator, and a model, in the network of a Debian root. It does what its
// standard input asks, a line of JSON each, and ends with it.
const [token = "", telegramPort = "", modelPort = ""] = process.argv.slice(2);

// There is no name server in that network: whoever is named there is in it.
const { lookup } = dns;
dns.lookup = ((_name: string, ...rest: [object, () => void]) =>
  (lookup as (...all: unknown[]) => void)("127.0.0.1", ...rest)) as typeof dns.lookup;

const telegram = new BotApiServer({ token });
const model = new ScriptedModel((request) => {
  // The model hears all of its session, so this tells what it still knows.
  const heard = request.prompts.map((prompt) => prompt.trim().split("\n").at(-1)).join(" | ");
  return shell(sending(`Heard: ${heard}`))(request);
});
await Promise.all([telegram.listen(Number(telegramPort)), model.listen(Number(modelPort))]);
answer({ shown: "" });

for await (const line of createInterface({ input: process.stdin })) {
  await converse(JSON.parse(line) as Request).then(answer, (error: unknown) => {
    answer({ error: String(error) });
  });
}
await Promise.all([telegram.close(), model.close()]);

async function converse({ say, expect, timeoutMs }: Request): Promise<Answer> {
  await telegram.called("setWebhook", (call) => call.outcome === "ok", { timeoutMs });
  const since = telegram.mark();
  telegram.operatorSends({ text: say });
  const { text } = await telegram.shown((message) => message.text.includes(expect), {
    since,
    timeoutMs,
  });
  const overHttps = telegram.calls
    .filter(({ method }) => method === "setWebhook")
    .every(({ payload }) => String(payload["url"]).startsWith("https://"));
  if (!overHttps) throw new Error("the webhook is not https");
  return { shown: text };
}

function answer(what: Answer): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}
