import { onOneLine } from "../../chat/hidden.ts";
import { shortened } from "../../chat/formatted-text.ts";
import type { Logger } from "../../log.ts";
import type { Controls } from "../../opencode/controls.ts";
import { runsShell, type SlashCommand } from "../../opencode/slash-commands.ts";
import { texts } from "../../texts/texts.ts";
import { opencodeSilent } from "../again.ts";
import { askOpencode } from "../ask-opencode.ts";
import { type AgentArgumentServices, startedAgent } from "../agent-argument.ts";
import { answer, type Command, show } from "../context.ts";
import { pageButtons, pageOf } from "../pages.ts";
import type { ViewButton } from "../view.ts";

/** What listing what opencode offers needs. */
export interface OpencodeListServices extends AgentArgumentServices {
  opencodeControls: Pick<Controls, "commands" | "mcp" | "skills">;
  config: { shell: { isAllowed: boolean } };
  log: Logger;
}

const pageSize = 20;
const longestLine = 120;
const buttonsInRow = 2;

interface Entry {
  line: string;
  /** What a button runs without arguments. */
  runs?: string | undefined;
}

interface Listing {
  name: string;
  description: string;
  details?: string;
  heading: string;
  none: string;
  read: (controls: OpencodeListServices["opencodeControls"], directory: string) => Promise<Entry[]>;
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
      return servers.map(({ name, state, error }) => ({
        line: `${name}: ${state}${error ? ` (${error})` : ""}`,
      }));
    },
  });

/** The skills of the agent's folder; a button runs one that is a command. */
export const skills = (services: OpencodeListServices): Command =>
  listing(services, {
    name: "skills",
    description: texts.commands.skills,
    heading: texts.tools.skills,
    none: texts.tools.noSkills,
    async read(controls, directory) {
      const [found, all] = await Promise.all([
        controls.skills(directory),
        controls.commands(directory),
      ]);
      return found.map(({ name, description }) => {
        const command = all.find((one) => one.name === name && one.source === "skill");
        return {
          line: `${name}: ${description ?? ""}`,
          runs: command && runnable(services, command),
        };
      });
    },
  });

/** The commands of the agent's folder, with a button each; one whose template runs shell says so. */
export const commands = (services: OpencodeListServices): Command =>
  listing(services, {
    name: "commands",
    description: texts.commands.commands,
    details: texts.details.commands,
    heading: texts.tools.commands,
    none: texts.tools.noCommands,
    async read(controls, directory) {
      const found = await controls.commands(directory);
      return found.map((command) => {
        const shell = runsShell(command) ? ` (${texts.tools.runsShell})` : "";
        return {
          line: `${command.name}${shell}: ${command.description ?? ""}`,
          runs: runnable(services, command),
        };
      });
    },
  });

function listing(
  services: OpencodeListServices,
  { heading, none, read, ...about }: Listing,
): Command {
  return {
    ...about,
    group: "tools",
    argument: texts.arguments.mcp,
    isFast: true,
    async run(context, argument) {
      const agent = await startedAgent(context, services);
      if (!agent) return;
      const entries = await askOpencode(
        read(services.opencodeControls, agent.directory),
        services.log,
      );
      if (!entries) return opencodeSilent(context, agent);
      if (entries.length === 0) return answer(context, none);
      const page = pageOf(entries, Number(argument || 1), pageSize);
      show(context, {
        agent: agent.id,
        text: [
          heading,
          ...page.items.map(({ line }) => shortened(onOneLine(line), longestLine)),
        ].join("\n"),
        buttons: [
          ...inRows(page.items.flatMap(({ runs }) => (runs === undefined ? [] : runButton(runs)))),
          ...pageButtons(page, about.name, (number) => `${number}`),
        ],
      });
    },
  };
}

/** The name of a command that operators may run. */
function runnable({ config }: OpencodeListServices, command: SlashCommand): string | undefined {
  return runsShell(command) && !config.shell.isAllowed ? undefined : command.name;
}

/** What comes of it takes the place of the list, so that a second press does nothing. */
function runButton(name: string): ViewButton {
  return { label: `/${name}`, command: "run", argument: name, edits: true };
}

function inRows(buttons: ViewButton[]): ViewButton[][] {
  const rows = Math.ceil(buttons.length / buttonsInRow);
  return Array.from({ length: rows }, (_, row) =>
    buttons.slice(row * buttonsInRow, (row + 1) * buttonsInRow),
  );
}
