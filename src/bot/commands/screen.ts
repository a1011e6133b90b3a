import { owe } from "../../outbox/outbox.ts";
import { target } from "../../outbox/say.ts";
import { maxTextLength } from "../../chat/split.ts";
import { answer, type Command } from "../context.ts";

/** Shows the agent's terminal as text. */
export const screen: Command = {
  name: "screen",
  description: "the agent's terminal, as text",
  async run(context) {
    const { conversations, life } = context.parts;
    const text = await life.screen(await conversations.agentOf(context.where));
    const visible = text?.trimEnd().toWellFormed() ?? "";
    if (visible.trim() === "") {
      answer(context, "There is no terminal to show. It comes back with your next message.");
      return;
    }
    // The newest lines are the last ones, and a screen can be larger than a message.
    const shown = visible.slice(-(maxTextLength - 1)).toWellFormed();
    context.work.keep((transaction) => {
      owe(transaction, {
        lane: context.where.key,
        method: "sendMessage",
        payload: {
          ...target(context.where),
          text: shown,
          entities: [{ type: "pre", offset: 0, length: shown.length }],
        },
      });
    });
  },
};
