import { shellText } from "../../prompts/written.ts";
import { texts } from "../../texts/texts.ts";
import { type AgentArgumentServices, sayStopped, talkedTo } from "../agent-argument.ts";
import { answer, type Command } from "../context.ts";
import { takeCommand } from "../take-prompt.ts";

/** What `/sh` needs. */
export interface ShellServices extends AgentArgumentServices {
  config: { shell: { isAllowed: boolean } };
}

/** Gives the agent's session a command of the shell, which waits among its prompts. */
export const sh = ({ agents, conversations, config }: ShellServices): Command => ({
  name: "sh",
  group: "tools",
  argument: texts.arguments.sh,
  description: texts.commands.sh,
  details: texts.details.sh,
  isOfChat: true,
  asksWhenOld: config.shell.isAllowed,
  async run(context, command) {
    if (!config.shell.isAllowed) return answer(context, texts.tools.shellOff);
    if (command === "") return answer(context, texts.tools.shUsage);
    const name = await talkedTo(context, conversations);
    const agent = await agents.get(name);
    if (!agent) return sayStopped(context, { name });
    takeCommand(context, agent, { kind: "shell", text: shellText(command) });
  },
});
