import type { Test } from "tap";
import type { OutboxMessage } from "../../src/outbox/message.ts";
import type { KeptFile } from "../../src/outbox/kept-files.ts";
import type { SessionMessage } from "../../src/opencode/client.ts";
import { chat } from "./bot-chat.ts";
import { openGate } from "./sending.ts";
import { giveSession, prompted } from "./session.ts";
import { press } from "./updates.ts";

/** A call as it went out. */
interface Sent {
  text?: string;
  caption?: string;
  entities?: { type: string; offset: number; length: number }[];
  caption_entities?: Sent["entities"];
  reply_parameters?: { message_id: number; allow_sending_without_reply: boolean };
  rich_message?: { markdown: string };
  reply_markup?: { inline_keyboard: { text: string; callback_data: string }[][] };
}

/** A chat of `default_agent` (session `ses_1`) and `site` (`ses_2`), whose agents speak and are heard. */
export async function speaking(t: Test, options: Parameters<typeof chat>[2] = {}) {
  const all = await chat(t, { JOIN_MS: "0" }, options);
  const { app, agents, opencode, start, write, give } = all;
  if (!(await agents.get("site"))) {
    await start("site");
    await giveSession(agents, "site", "ses_2");
  }
  let lastId = 100;
  /** What goes out now, each call as it goes; it gets ids above those of all messages before. */
  const send = async (act: (message: OutboxMessage) => Promise<void> = sentAs) => {
    const sent: (Sent & { method: string })[] = [];
    for (;;) {
      const taken = await app.outbox.take(new Set(), openGate);
      if (taken.length === 0) return sent;
      for (const message of taken) {
        sent.push({ method: message.method, ...(message.payload as Sent) });
        await act(message);
      }
    }
  };
  const sentAs = async (message: OutboxMessage) => {
    lastId += 1;
    await app.outbox.sent(message, message.method.startsWith("send") ? lastId : undefined);
  };
  /** The words of agents that go out now. */
  const heard = async () =>
    (await send()).filter(({ method, ...said }) => method.startsWith("send") && said);
  /** An agent says something by a call of its, which `ask` named, or of no turn. */
  const say = async (
    agent: string,
    text: string,
    fields: {
      call?: string;
      session?: string;
      files?: KeptFile[];
      buttons?: string[];
      format?: "text";
      isProgram?: boolean;
    } = {},
  ) => {
    const { files = [], ...about } = fields;
    const reply = { text, files, silent: false, idempotencyKey: undefined, digest: "d" };
    const known = { session: undefined, call: undefined, isProgram: false };
    return app.replies.accept(agent, { ...reply, ...known, ...about });
  };
  /** An operator writes, and opencode begins on it; what to say in that turn is said with this. */
  const ask = async (text: string, agent: string, session: string, messageId: number) => {
    await write(text, { message_id: messageId });
    const open = await app.prompts.lane(agent);
    const prompt = open.waiting[0]!;
    await app.prompts.attempt(prompt, { path: "api", sessionId: session });
    await app.prompts.delivered(prompt.id, prompt.messageId);
    const call = `call_${prompt.id}`;
    opencode.stored.push(prompted(prompt.messageId), calling(prompt.messageId, call));
    return { prompt, during: { session, call } };
  };
  /** Presses the n-th button below what went out; resolves to what the bot says then. */
  const pressBelow = async ({ reply_markup: shown }: Pick<Sent, "reply_markup">, index = 0) => {
    const { callback_data: key = "unknown" } = shown?.inline_keyboard.flat()[index] ?? {};
    lastId += 1;
    return give(press(lastId, key));
  };
  return { ...all, say, heard, send, ask, pressBelow };
}

function calling(parentID: string, callID: string): SessionMessage {
  const part = { id: "prt", type: "tool", tool: "bash", callID, state: { status: "running" } };
  const info = { id: `msg_${callID}`, role: "assistant", parentID, time: { created: 1 } };
  return { info, parts: [part] } as unknown as SessionMessage;
}
