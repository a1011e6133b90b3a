import { texts } from "../../texts/texts.ts";
import { type Command, show } from "../context.ts";
import type { ViewButton } from "../view.ts";

const button = (label: string, command: string, argument = ""): ViewButton => ({
  label,
  command,
  argument,
});

const { labels } = texts.bot;

// The ten that are used most on a phone, two in a row.
const rows = [
  [button(labels.status, "status"), button(labels.list, "list")],
  [button(labels.screen, "screen"), button(labels.queue, "queue")],
  [button(labels.abort, "abort"), button(labels.diff, "diff")],
  [button(labels.model, "model"), button(labels.mode, "mode")],
  [button(labels.history, "history"), button(labels.new, "new")],
];

/** Shows the most used actions as buttons. */
export const menu = (): Command => ({
  name: "menu",
  group: "help",
  description: texts.commands.menu,
  isFast: true,
  async run(context) {
    show(context, { text: texts.bot.menu, buttons: rows });
  },
});
