import { setTimeout as pause } from "node:timers/promises";
import { test } from "tap";
import { createApi } from "../../../src/telegram/api.ts";
import { Pauses } from "../../../src/telegram/pauses.ts";
import { botTexts, runs, settled, stackMissing, startStage, until } from "../../support/stage.ts";

const permission = { bash: { "*": "allow", "touch *": "ask" } };

test(
  "a request that was decided along with another one in the chat is not said to be decided in the terminal",
  { skip: stackMissing() },
  async (t) => {
    const stage = await startStage(t, { permission });
    const { telegram, model } = stage;
    for (const [button, ending] of [
      ["Reject", "Rejected with the other request."],
      ["Always", "Allowed with the other request."],
    ] as const) {
      const [one, two] = [`touch one-${button}`, `touch two-${button}`];
      model.script = ({ toolResults }) =>
        toolResults.length > 0
          ? { text: `done with ${button}` }
          : { tools: [...(runs(one).tools ?? []), ...(runs(two).tools ?? [])] };
      telegram.operatorSends({ text: `make them, ${button}` });
      const first = await telegram.shown(({ text }) => text.includes(one));
      await telegram.shown(({ text }) => text.includes(two));
      telegram.operatorPresses({ messageId: first.message_id, button });
      await telegram.shown(({ text }) => text.includes(two) && text.includes(ending));
      await settled(stage);
      t.notOk(botTexts(stage).some((text) => text.includes("In the terminal")));
    }
  },
);

test(
  "readyz is red within seconds while somebody else holds the webhook",
  { skip: stackMissing() },
  async (t) => {
    const stage = await startStage(t);
    const { telegram, env } = stage;
    const options = {
      token: env["TELEGRAM_BOT_TOKEN"] ?? "",
      apiRoot: env["TELEGRAM_API_ROOT"] ?? "",
    };
    const memory = { get: async () => undefined, set: async () => undefined };
    const foreign = createApi(options, new Pauses(memory));
    const asked = telegram.mark();
    await foreign.setWebhook("http://127.0.0.1:4/hook");
    const began = Date.now();
    const told = await until(async () => {
      const answer = (await (await stage.local("/readyz")).json()) as {
        missing: { webhook?: string };
      };
      if (answer.missing.webhook === undefined) await pause(50);
      return answer.missing.webhook;
    });
    t.equal(told, "somebody else has changed the webhook");
    t.ok(Date.now() - began < 6000, `${Date.now() - began} ms`);
    const looks = telegram.calls.filter(
      ({ method, sequence }) => method === "getWebhookInfo" && sequence > asked,
    );
    t.ok(looks.length <= 2, "it is asked at most once every few seconds");
    await until(async () => ((await stage.local("/readyz")).ok ? true : undefined));
  },
);
