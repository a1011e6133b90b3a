import { onOneLine } from "../../chat/hidden.ts";
import { shortened } from "../../chat/formatted-text.ts";
import type { Logger } from "../../log.ts";
import type { Controls } from "../../opencode/controls.ts";
import { runsShell } from "../../opencode/slash-commands.ts";
import { commandIn, commandText } from "../../prompts/written.ts";
import { withinMoment } from "../../runner/within-moment.ts";
import { texts } from "../../texts/texts.ts";
import { type AgentArgumentServices, sayStopped, talkedTo } from "../agent-argument.ts";
import { answer, type Command, show } from "../context.ts";
import { aboutAgent } from "../agent-buttons.ts";
import { takeCommand } from "../take-prompt.ts";

/** What `/run` needs. */
export interface RunServices extends AgentArgumentServices {
  opencodeControls: Pick<Controls, "commands">;
  config: { shell: { isAllowed: boolean } };
  log: Logger;
}

const longestName = 60;

/** Gives the agent a command of opencode, which waits among its prompts. */
export const run = (services: RunServices): Command => ({
  name: "run",
  group: "tools",
  argument: texts.arguments.run,
  description: texts.commands.run,
  details: texts.details.run,
  isOfChat: true,
  asksWhenOld: true,
  async run(context, argument) {
    const { agents, conversations, opencodeControls, config, log } = services;
    const { name, argument: rest } = commandIn(`/${argument.replace(/^\//, "")}`);
    const every = [[{ label: texts.bot.labels.commands, command: "commands" }]];
    if (name === "") return show(context, { text: texts.tools.runUsage, buttons: every });
    const agentName = await talkedTo(context, conversations);
    const agent = await agents.get(agentName);
    if (agent?.state !== "active") return sayStopped(context, agent ?? { name: agentName });
    const commands = await withinMoment(opencodeControls.commands(agent.directory), log);
    const known = commands?.find((one) => one.name === name);
    const command = shortened(onOneLine(name), longestName);
    // What opencode does not tell now is looked at before the command is delivered.
    if (commands && !known) {
      const text = texts.tools.notSent.unknown({ command });
      return show(context, { text, buttons: every, agent: aboutAgent(agent) });
    }
    if (known && runsShell(known, rest) && !config.shell.isAllowed) {
      return answer(context, texts.tools.notSent["shell is off"]({ command }));
    }
    takeCommand(context, agent, { kind: "command", text: commandText(name, rest) });
  },
});
