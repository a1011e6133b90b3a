import type { Agents } from "../../agents/agents.ts";
import type { Conversations } from "../../agents/conversations.ts";
import { FileRefusal } from "../../replies/file-refusal.ts";
import type { FolderEntry } from "../../replies/folder-inside.ts";
import type { Looked, ReplyFiles } from "../../replies/reply-files.ts";
import { texts } from "../../texts/texts.ts";
import { talkedTo } from "../agent-argument.ts";
import { type BotContext, type Command, show } from "../context.ts";
import { type FileData, fileFaultView, folderView, pageOfFolder } from "../folder-view.ts";
import type { Page } from "../pages.ts";
import { addTask } from "../tasks.ts";

/** What `/files` needs. */
export interface FilesServices {
  agents: Agents;
  conversations: Conversations;
  replyFiles: Pick<ReplyFiles, "look">;
  config: { workspaceDir: string };
}

/** Shows a folder with a button for each file in it. */
export const files = (services: FilesServices): Command => ({
  name: "files",
  group: "projects",
  argument: texts.arguments.files,
  description: texts.commands.files,
  details: texts.details.files,
  isFast: true,
  run: (context, argument, data) => open(context, services, argument, data),
});

/**
 * Shows the folder that a path leads to, or sends the file: a relative path begins in the folder of the agent
 * that the conversation talks to, or of the one that the button of an entry names.
 */
export async function open(
  context: BotContext,
  services: FilesServices,
  argument: string,
  data: unknown,
): Promise<void> {
  const wanted =
    (data as FileData | null | undefined) ?? (await written(context, services, argument));
  const directory = await directoryOf(services, wanted.agent);
  let page: Page<FolderEntry> | undefined;
  let looked: Looked;
  try {
    looked = await services.replyFiles.look(wanted.path, directory, (folder) => {
      page = pageOfFolder(folder, wanted.page);
      return page.items.map(({ name }) => name);
    });
  } catch (error) {
    if (!(error instanceof FileRefusal)) throw error;
    return show(context, fileFaultView(error.fault));
  }
  if (looked.kind === "file") return send(context, wanted);
  const { folder, sizes } = looked;
  const root = directory ?? services.config.workspaceDir;
  const { agent } = wanted;
  show(context, folderView(folder, { page: page ?? pageOfFolder(folder), sizes, agent, root }));
}

/** The directory of an agent, stopped or not; undefined for none, whose paths begin in the workspace. */
export async function directoryOf(
  { agents }: Pick<FilesServices, "agents">,
  id: string | undefined,
): Promise<string | undefined> {
  return id === undefined ? undefined : (await agents.byId(id))?.directory;
}

async function written(
  context: BotContext,
  { agents, conversations }: FilesServices,
  argument: string,
): Promise<FileData> {
  const agent = await agents.get(await talkedTo(context, conversations));
  return { path: argument === "" ? "." : argument, agent: agent?.id };
}

/** Has a file sent: what takes its time is a task. */
function send({ work, conversation, from }: BotContext, input: FileData): void {
  work.addEffect((transaction) =>
    addTask(transaction, {
      lane: `get ${conversation.key}`,
      command: "get",
      input,
      conversation,
      operator: from?.id,
    }),
  );
}
