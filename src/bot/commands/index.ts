import { answer, type Command } from "../context.ts";
import { decide } from "./decide.ts";
import { list, type ListServices } from "./list.ts";
import { screen, type ScreenServices } from "./screen.ts";
import { start, type StartServices } from "./start.ts";
import { status, type StatusServices } from "./status.ts";
import { stop, type StopServices } from "./stop.ts";
import { switchAgent, type SwitchServices } from "./switch.ts";

/** What the commands need, each its own share of it. */
export type CommandServices = ListServices &
  ScreenServices &
  StartServices &
  StatusServices &
  StopServices &
  SwitchServices;

/** Every command of the chat, in the order Telegram lists them. */
export function createCommands(services: CommandServices): Command[] {
  const commands = [
    start(services),
    list(services),
    switchAgent(services),
    stop(services),
    status(services),
    screen(services),
    decide(),
  ];
  return [...commands, help(commands)];
}

const help = (others: readonly Command[]): Command => ({
  name: "help",
  description: "this list",
  isFast: true,
  async run(context) {
    const lines = [...others, this].map(({ name, argument, description }) => {
      return `/${name}${argument ? ` ${argument}` : ""}: ${description}`;
    });
    answer(context, ["Any text goes to the agent. Commands:", ...lines].join("\n"));
  },
});
