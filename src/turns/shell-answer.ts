import { conversationFromKey } from "../chat/conversation.ts";
import { shortened } from "../chat/formatted-text.ts";
import { codeWithHiddenShown, onOneLine } from "../chat/hidden.ts";
import { isVisible } from "../chat/visible.ts";
import { maxShellOutput, shellResult } from "../opencode/shell-command.ts";
import { sendDocument, writeDocument } from "../outbox/documents.ts";
import type { KeptFile, KeptFiles } from "../outbox/kept-files.ts";
import { outboxLane } from "../outbox/lanes.ts";
import { enqueue } from "../outbox/enqueue.ts";
import { target } from "../outbox/say.ts";
import { speechOfPart } from "../outbox/speech.ts";
import type { Prompt } from "../prompts/prompt.ts";
import { endPrompt } from "../prompts/prompts.ts";
import { speechOf } from "../prompts/speech.ts";
import { shellIn } from "../prompts/written.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import type { TurnEnd } from "./relay.ts";
import { dropUnsentLive } from "./live/drop-unsent.ts";
import { doesWait, sayStopped } from "./stop-choice.ts";

/** What is sent of a command of the shell. */
export interface ShellAnswer {
  /** One sentence on how it ended. */
  head: string;
  /** What it printed, or the end of that; shown as code. */
  shown: string;
  /** All of it, where only the end is shown. */
  document: KeptFile | undefined;
}

// For a phone; a message may have 4096 UTF-16 units.
const longestShown = 3000;
const longestCommand = 100;

/**
 * What to send of a command of the shell that has ended. `limitMs`: after how long one is stopped. Output
 * that is too long is on disk, to be sent as a file, when this resolves.
 */
export async function shellAnswer(
  files: Pick<KeptFiles, "place" | "flush" | "drop">,
  prompt: Prompt,
  end: TurnEnd,
  limitMs: number,
): Promise<ShellAnswer> {
  const { output, exitCode } = shellResult("text" in end ? end.text : "");
  const shown = codeWithHiddenShown(output.trimEnd());
  const isLong = shown.length > longestShown;
  return {
    head: headOf(prompt, end, {
      exitCode,
      printed: printedOf(output, shown),
      limitMs,
    }),
    shown: isLong ? `…${shown.slice(1 - longestShown).toWellFormed()}` : shown,
    document: isLong ? await writeDocument(files, "output.txt", output) : undefined,
  };
}

/** Ends a command of the shell and sends its answer, once; whether it had not ended before. */
export async function endShell(
  transaction: Transaction,
  { id }: Pick<Prompt, "id">,
  end: TurnEnd,
  { head, shown, document }: ShellAnswer,
): Promise<boolean> {
  const ended = await endPrompt(transaction, id, end.kind === "finished" ? "done" : "failed");
  if (!ended) return false;
  await dropUnsentLive(transaction, id);
  const conversation = conversationFromKey(ended.conversation);
  const { agent, sessionId: session } = ended;
  const speech = await speechOf(transaction, { agent, session }, ended, conversation);
  const hasCode = isVisible(shown);
  await enqueue(transaction, {
    lane: outboxLane(conversation.key, "reply"),
    method: "sendMessage",
    payload: {
      ...target(conversation),
      text: hasCode ? `${head}\n${shown}` : head,
      ...(hasCode && {
        entities: [{ type: "pre", offset: head.length + 1, length: shown.length }],
      }),
      link_preview_options: { is_disabled: true },
    },
    speech: speechOfPart(speech, 0, document ? 2 : 1),
  });
  if (document) {
    const part = speechOfPart(speech, 1, 2);
    await sendDocument(transaction, conversation, document, { kind: "reply", speech: part });
  }
  const { abortAt } = ended;
  if (end.kind === "stopped" && abortAt !== undefined && (await doesWait(transaction, agent))) {
    await sayStopped(transaction, { agent, conversation, joined: 0 });
  }
  return true;
}

interface Ending {
  exitCode: number | undefined;
  printed: keyof typeof texts.tools.shell.printed;
  limitMs: number;
}

function printedOf(output: string, shown: string): Ending["printed"] {
  if (Buffer.byteLength(output) >= maxShellOutput) return "tooMuch";
  if (shown.length > longestShown) return "end";
  return isVisible(shown) ? "all" : "nothing";
}

function headOf(prompt: Prompt, end: TurnEnd, { exitCode, printed, limitMs }: Ending): string {
  const words = texts.tools.shell;
  const command = shellName(prompt.text);
  const rest = words.printed[printed];
  if (end.kind === "cut off") return words.cutOff({ command, rest });
  if (end.kind === "finished") return words.exited({ command, code: exitCode ?? 0, rest });
  if (end.kind !== "stopped") return words.uncertain({ command });
  const ranMs = Date.now() - (prompt.attemptedAt ?? Date.now());
  const isOverdue = prompt.abortAt === undefined && ranMs >= limitMs;
  if (isOverdue) return words.timedOut({ command, seconds: limitMs / 1000, rest });
  return words.stopped({ command, rest });
}

/** A command of the shell by the beginning of its text. */
function shellName(text: string): string {
  return shortened(onOneLine(shellIn(text)), longestCommand);
}
