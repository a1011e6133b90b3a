import { conversationFromKey } from "../chat/conversation.ts";
import { fileLabel } from "../chat/media.ts";
import { shortened } from "../chat/formatted-text.ts";
import { say } from "../outbox/say.ts";
import { failFile, tellOnce, type WaitingFile } from "../prompts/files.ts";
import type { FileFault } from "../prompts/part.ts";
import type { Prompt } from "../prompts/prompt.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import type { AsPath, PromptContent } from "./contents.ts";

const longestLabel = 60;

const reasons: Record<FileFault, string> = {
  refused: texts.uploads.why.refused,
  "too large": texts.uploads.why.tooLarge,
  "not saved": texts.uploads.why.notSaved,
  "given up": texts.uploads.why.givenUp,
};

/** Gives up a file that a prompt waits for, and says so in its conversation. */
export async function giveUp(
  transaction: Transaction,
  file: WaitingFile,
  fault: FileFault,
): Promise<void> {
  const outcome = await failFile(transaction, file, fault);
  if (!outcome) return;
  const { agent, conversation } = file;
  const said = { file: shortened(fileLabel(file), longestLabel), why: reasons[fault] };
  const text =
    outcome === "failed"
      ? texts.uploads.notSent(said)
      : texts.uploads.sentWithout({ agent, ...said });
  await say(transaction, conversationFromKey(conversation), text);
}

/** Says once that a prompt waits for a file, and why. */
export async function tellOfWaiting(
  transaction: Transaction,
  file: WaitingFile,
  why: "again" | "disk full",
): Promise<void> {
  if (!(await tellOnce(transaction, file.id, "waiting"))) return;
  const said = { file: shortened(fileLabel(file), longestLabel) };
  const text = why === "disk full" ? texts.uploads.diskFull(said) : texts.uploads.late(said);
  await say(transaction, conversationFromKey(file.conversation), text);
}

/** Says once of each of these files that the agent's model is not shown it, and why. */
export async function tellOfPaths(
  transaction: Transaction,
  { agent, conversation }: Pick<Prompt, "agent" | "conversation">,
  asPath: PromptContent["asPath"],
): Promise<void> {
  const labels = new Map<AsPath, string[]>();
  for (const { file, why } of asPath) {
    if (!(await tellOnce(transaction, file.id, "as path"))) continue;
    labels.set(why, [...(labels.get(why) ?? []), fileLabel(file)]);
  }
  for (const [why, files] of labels) {
    const said = { agent, files: shortened(files.join(", "), longestLabel) };
    const text = texts.uploads.asPath({ ...said, why: texts.uploads.asPathBecause[why] });
    await say(transaction, conversationFromKey(conversation), text);
  }
}
