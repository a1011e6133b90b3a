import { test } from "tap";
import { telegramChat } from "../support/telegram-chat.ts";

test("2. whatever a request holds, it has a card, and what its tool is given is on it", async (t) => {
  const { asks, said, labels } = await telegramChat(t);
  const odd = [null, 7, true, "", [], {}, [null], { a: [1] }];
  for (const permission of ["bash", "edit", "mcp_tool"]) {
    for (const value of odd) {
      await asks(
        {
          permission,
          metadata: { command: value, diff: value, filepath: value, files: value },
        },
        { name: "a_tool", arguments: { secret: "what it does", odd: value } },
      );
      const { text } = said().at(-1) ?? { text: "" };
      t.match(text, "secret: what it does", `${permission} ${JSON.stringify(value)}`);
      t.same(labels(), ["Allow once", "Always", "Reject"]);
    }
  }
});

test("2. a question whose texts are odd has a card that can be dismissed", async (t) => {
  const { questions, labels, presses } = await telegramChat(t);
  const long = "ä".repeat(5000);
  const option = (label: string) => ({ label, description: "" });
  const asked: Parameters<typeof questions>[0][] = [
    { question: "", options: [option("")] },
    { question: "\u2800", options: [option("\u2800"), option("\u{1d159}")] },
    { question: long, options: Array.from({ length: 200 }, (_, index) => option(`${index}`)) },
    { question: "?", options: [option(long), option(long)], multiple: true },
    { question: "?", options: [option("\ud800"), option("a\nb\u202e")] },
  ];
  for (const one of asked) {
    await questions(one);
    t.equal(labels().at(-1), "Dismiss");
    t.equal(await presses("Dismiss"), "Dismissed.");
  }
});
