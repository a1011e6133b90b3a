import { test } from "tap";
import { findPrompt } from "../../src/delivery/find-prompt.ts";
import { Activity } from "../../src/opencode/activity.ts";
import { SessionMessages } from "../../src/opencode/messages.ts";
import type { Prompt } from "../../src/prompts/prompt.ts";
import { answer, prompted } from "../support/session.ts";

test("a typed prompt is recognised by its text, only after the attempt began", async (t) => {
  const messages = [
    prompted("m1", "same"),
    answer({ text: "same" }),
    prompted("m2", " same\n"),
    prompted("m3", "same"),
  ];
  const prompt = { text: "same", isSubmitted: false } as Prompt;
  const client = { messages: async (_: string, limit: number) => messages.slice(-limit) };
  const session = new SessionMessages(client, new Activity({ acceptLatencyMs: 1 }));
  const foundAfter = async (id: string | undefined) =>
    findPrompt(await session.after("ses_1", id), prompt)?.info.id;
  t.equal(await foundAfter("m1"), "m2");
  t.equal(await foundAfter("m3"), undefined);
  t.equal(await foundAfter(undefined), "m1");
  t.equal(findPrompt(messages, { ...prompt, text: "other" }), undefined);
});
