import { onOneLine } from "../../chat/hidden.ts";
import { shortened } from "../../chat/formatted-text.ts";
import type { Logger } from "../../log.ts";
import type { Controls } from "../../opencode/controls.ts";
import { runsShell } from "../../opencode/slash-commands.ts";
import { withinMoment } from "../../runner/within-moment.ts";
import { texts } from "../../texts/texts.ts";
import { type AgentArgumentServices, startedAgent } from "../agent-argument.ts";
import { answer, type Command, show } from "../context.ts";
import { pageButtons, pageOf } from "../pages.ts";

/** What listing what opencode offers needs. */
export interface OpencodeListServices extends AgentArgumentServices {
  opencodeControls: Pick<Controls, "commands" | "mcp" | "skills">;
  log: Logger;
}

const pageSize = 20;
const longestLine = 120;

interface Listing {
  name: string;
  description: string;
  heading: string;
  none: string;
  /** One line for each entry. */
  read: (
    controls: OpencodeListServices["opencodeControls"],
    directory: string,
  ) => Promise<string[]>;
}

/** The MCP servers of the agent's folder and their state. */
export const mcp = (services: OpencodeListServices): Command =>
  listing(services, {
    name: "mcp",
    description: texts.commands.mcp,
    heading: texts.tools.mcp,
    none: texts.tools.noMcp,
    async read(controls, directory) {
      const servers = await controls.mcp(directory);
      return servers.map(
        ({ name, state, error }) => `${name}: ${state}${error ? ` (${error})` : ""}`,
      );
    },
  });

/** The skills of the agent's folder. */
export const skills = (services: OpencodeListServices): Command =>
  listing(services, {
    name: "skills",
    description: texts.commands.skills,
    heading: texts.tools.skills,
    none: texts.tools.noSkills,
    async read(controls, directory) {
      const found = await controls.skills(directory);
      return found.map(({ name, description }) => `${name}: ${description ?? ""}`);
    },
  });

/** The commands of the agent's folder; one whose template runs shell says so. */
export const commands = (services: OpencodeListServices): Command =>
  listing(services, {
    name: "commands",
    description: texts.commands.commands,
    heading: texts.tools.commands,
    none: texts.tools.noCommands,
    async read(controls, directory) {
      const found = await controls.commands(directory);
      return found.map((command) => {
        const shell = runsShell(command) ? ` (${texts.tools.runsShell})` : "";
        return `${command.name}${shell}: ${command.description ?? ""}`;
      });
    },
  });

function listing(
  services: OpencodeListServices,
  { name, description, heading, none, read }: Listing,
): Command {
  return {
    name,
    group: "tools",
    argument: texts.arguments.mcp,
    description,
    isFast: true,
    async run(context, argument) {
      const agent = await startedAgent(context, services);
      if (!agent) return;
      const lines = await withinMoment(
        read(services.opencodeControls, agent.directory),
        services.log,
      );
      if (!lines) return answer(context, texts.bot.opencodeSilent);
      if (lines.length === 0) return answer(context, none);
      const page = pageOf(lines, Number(argument || 1), pageSize);
      show(context, {
        text: [heading, ...page.items.map((line) => shortened(onOneLine(line), longestLine))].join(
          "\n",
        ),
        buttons: pageButtons(page, name, (number) => `${number}`),
      });
    },
  };
}
