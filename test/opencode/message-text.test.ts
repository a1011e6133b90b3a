import { test } from "tap";
import type { SessionMessage } from "../../src/opencode/client.ts";
import { textOf } from "../../src/opencode/message-text.ts";
import { answer } from "../support/session.ts";

test("the words of a message are its own text parts alone", async (t) => {
  const message = answer({ text: "first" });
  const part = message.parts[0]!;
  const parts = [
    part,
    { ...part, text: "told to the model", synthetic: true },
    { ...part, text: "left out", ignored: true },
    { ...part, type: "reasoning", text: "thinking" },
    { ...part, text: "second" },
  ] as SessionMessage["parts"];
  t.equal(textOf({ ...message, parts }), "first\n\nsecond");
});
