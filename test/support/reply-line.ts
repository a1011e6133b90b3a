import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { InjectOptions } from "fastify";
import type { Test } from "tap";
import { defaultAgent, startAgent } from "../../src/agents/agents.ts";
import { useConversation } from "../../src/agents/conversations.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { replyToken, startApp, tempDir } from "./app.ts";
import { outboxRows } from "./memory.ts";
import { giveSession } from "./session.ts";

/** What shows that an agent speaks. */
export const bearer = { authorization: `Bearer ${replyToken}` };

/** An app with the agent `site` at work in its own folder, in topic 5 of a group. */
export async function line(t: Test, overrides: Record<string, string> = {}) {
  const { app, kept } = await startApp(t, {
    TELEGRAM_ALLOWED_CHAT_ID: "1000,-100",
    TELEGRAM_ALLOWED_USER_ID: "1000",
    ...overrides,
  });
  const { workspaceDir, dataDir } = app.config;
  const siteDir = join(tempDir(t), "site");
  mkdirSync(siteDir, { recursive: true });
  await app.store.write(async (transaction) => {
    const yolo = false;
    await startAgent(transaction, { name: defaultAgent, directory: workspaceDir, yolo });
    await startAgent(transaction, { name: "site", directory: siteDir, yolo });
    await useConversation(transaction, conversation(-100, 5), "site");
    await useConversation(transaction, conversation(1000), defaultAgent);
    await transaction.run("UPDATE conversations SET used_at = used_at + 1 WHERE key = '1000'");
  });
  await giveSession(app.agents, "site", "ses_site");
  const post = (body?: InjectOptions["body"], options: InjectOptions = {}) =>
    app.inject({
      method: "POST",
      url: "/reply",
      ...options,
      ...(body !== undefined && { body }),
      headers: { ...bearer, ...options.headers },
    });
  const queued = async () =>
    (await outboxRows(app.store)).map(({ lane, method, payload }) => ({ lane, method, payload }));
  const outgoing = () => {
    try {
      return readdirSync(join(dataDir, "outgoing"));
    } catch {
      return [];
    }
  };
  return { app, kept, post, queued, outgoing, workspaceDir, siteDir };
}
