import { basename } from "node:path";
import { isAgentName } from "../../agents/agents.ts";
import { nameFrom } from "../../agents/resume.ts";
import type { MachineProjects } from "../../projects/projects.ts";
import type { ProjectFolder } from "../../projects/project-folders.ts";
import { texts } from "../../texts/texts.ts";
import { onOneLine } from "../../chat/hidden.ts";
import { type Command, show } from "../context.ts";
import type { KnownFolders } from "../known-folders.ts";
import { pageButtons, pageOf } from "../pages.ts";
import type { StartData } from "../start-argument.ts";

/** What `/projects` needs. */
export interface ProjectServices {
  projects: Pick<MachineProjects, "list">;
  knownFolders: KnownFolders;
}

const pageSize = 12;

/** Lists the folders an agent can start in, with a button each. */
export const projects = ({ projects: folders, knownFolders }: ProjectServices): Command => ({
  name: "projects",
  group: "projects",
  argument: texts.arguments.projects,
  description: texts.commands.projects,
  isFast: true,
  async run(context, argument) {
    const list = await folders.list(await knownFolders.list());
    const words = texts.projects;
    const page = pageOf(list.projects, Number(argument || 1), pageSize);
    if (page.items.length === 0) return show(context, { text: words.none });
    show(context, {
      text: [
        words.heading,
        ...page.items.map(({ name, branch }) => lineOf(name, branch)),
        ...(list.isCut ? [words.isCut] : []),
      ].join("\n"),
      buttons: [
        ...page.items.map((folder) => [
          {
            label: words.start({ name: folder.name }),
            command: "start",
            argument: agentNameOf(folder),
            data: { agent: agentNameOf(folder), folder: folder.directory } satisfies StartData,
          },
        ]),
        ...pageButtons(page, "projects", (number) => `${number}`),
      ],
    });
  },
});

/** The name of the agent that a folder suggests. */
function agentNameOf({ directory }: ProjectFolder): string {
  const own = basename(directory);
  // What begins with a dash would be read as an option where it is written.
  return isAgentName(own) && !own.startsWith("-") ? own : nameFrom(own);
}

/** Their names are those of files, which may have anything in them. */
function lineOf(name: string, branch: string | undefined): string {
  const branchShown = branch === undefined ? undefined : onOneLine(branch);
  return texts.projects.line({ name: onOneLine(name), branch: branchShown });
}
