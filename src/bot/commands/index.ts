import { answer, type Command } from "../context.ts";
import { list } from "./list.ts";
import { screen } from "./screen.ts";
import { start } from "./start.ts";
import { status } from "./status.ts";
import { stop } from "./stop.ts";
import { switchAgent } from "./switch.ts";

const help: Command = {
  name: "help",
  description: "this list",
  async run(context) {
    const lines = commands.map(({ name, argument, description }) => {
      return `/${name}${argument ? ` ${argument}` : ""}: ${description}`;
    });
    answer(context, ["Any text goes to the agent. Commands:", ...lines].join("\n"));
  },
};

/** Every command of the chat, in the order Telegram lists them. */
export const commands: Command[] = [start, list, switchAgent, stop, status, screen, help];
