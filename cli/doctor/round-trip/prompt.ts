import { randomBytes } from "node:crypto";
import type { StartedAgent } from "../../../src/agents/agents.ts";
import { newId } from "../../../src/opencode/ids.ts";
import type { Prompt } from "../../../src/prompts/prompt.ts";

/** The agent of a round trip: it is in no store, and no operator's. */
export function temporaryAgent(name: string, directory: string, sessionId: string): StartedAgent {
  return {
    id: name,
    name,
    directory,
    sessionId,
    title: name,
    hasOwnTitle: true,
    isOpened: true,
    yolo: false,
    areRulesDue: false,
    state: "active",
    sessionToEnd: undefined,
    endDirectory: undefined,
    formerName: undefined,
    choice: undefined,
  };
}

/** A prompt that asks for one word, and that word. */
export function testPrompt(agent: StartedAgent): { prompt: Prompt; word: string } {
  const word = `switchboard-${randomBytes(3).toString("hex")}`;
  const prompt: Prompt = {
    id: 1,
    agent: agent.name,
    conversation: "",
    operator: 0,
    chatMessageId: 0,
    text: `This is a test of the connection. Answer with the word ${word} and nothing else.`,
    sentAt: Date.now(),
    kind: "text",
    revision: 0,
    label: "",
    state: "queued",
    receiveUntil: undefined,
    path: undefined,
    attempts: 0,
    attemptedAt: undefined,
    sessionId: agent.sessionId,
    messageId: newId("msg"),
    partId: newId("prt"),
    afterMessageId: undefined,
    isSubmitted: false,
    isSentNow: false,
    abortAt: undefined,
    replied: false,
    lastReply: undefined,
  };
  return { prompt, word };
}
