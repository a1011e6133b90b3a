import { hostname, userInfo } from "node:os";
import { texts } from "../../texts/texts.ts";
import { agentArgument, type AgentArgumentServices } from "../agent-argument.ts";
import { type Command, show } from "../context.ts";

/** What `/attach` needs. */
export interface AttachServices extends AgentArgumentServices {
  config: { childEnv: Readonly<Record<string, string>>; tmuxSocketName: string };
}

/** Says how to open an agent's terminal from elsewhere, and on the machine itself. */
export const attach = (services: AttachServices): Command => ({
  name: "attach",
  group: "agents",
  argument: texts.arguments.attach,
  description: texts.commands.attach,
  isFast: true,
  async run(context, argument) {
    const agent = await agentArgument(context, services, "attach", argument);
    if (!agent) return;
    const here = attachWords(services.config, agent.name);
    const quoted = here.replaceAll(/["$`\\]/g, "\\$&");
    const there = `ssh -t ${userName()}@${hostname()} "${quoted}"`;
    const heading = `${texts.screen.attach}\n`;
    const text = `${heading}${there}\n${here}`;
    const entities = [
      { type: "pre" as const, offset: heading.length, length: there.length },
      { type: "pre" as const, offset: heading.length + there.length + 1, length: here.length },
    ];
    show(context, { text, entities });
  },
});

/** A user of a container may have a number alone. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env["USER"] ?? "root";
  }
}

/** A shell that is not Switchboard's finds its tmux server only where both look for sockets in one folder. */
function attachWords({ childEnv, tmuxSocketName }: AttachServices["config"], name: string): string {
  const folder = childEnv["TMUX_TMPDIR"];
  const found = folder === undefined ? "" : `TMUX_TMPDIR='${folder.replaceAll("'", `'\\''`)}' `;
  // Some shells expand a word that begins with an equals sign.
  return `${found}tmux -L ${tmuxSocketName} attach -t '=${name}'`;
}
