import { texts } from "../../texts/texts.ts";
import { type Command, show } from "../context.ts";
import type { ViewButton } from "../view.ts";

const button = (label: string, command: string, argument = ""): ViewButton => ({
  label,
  command,
  argument,
});

// The ten that are used most on a phone, two in a row.
const rows = [
  [button("Status", "status"), button("Agents", "list")],
  [button("Screen", "screen"), button("Queue", "queue")],
  [button("Stop the turn", "abort"), button("What changed", "diff")],
  [button("Model", "model"), button("Mode", "mode")],
  [button("Sessions", "history"), button("New session", "new")],
];

/** Shows the most used actions as buttons. */
export const menu = (): Command => ({
  name: "menu",
  group: "Help",
  description: "the most used actions as buttons",
  isFast: true,
  async run(context) {
    show(context, { text: texts.bot.menu, buttons: rows });
  },
});
