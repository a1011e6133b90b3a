import type { Logger } from "../log.ts";
import type { Opencode, SessionMessage } from "../opencode/client.ts";
import { isAnswer } from "../opencode/turn-status.ts";
import type { Prompt } from "../prompts/prompt.ts";

/** What looking for a refused PDF needs. */
export interface RefusedPdfOptions {
  client: Pick<Opencode, "messages">;
  log: Logger;
}

/** How a prompt's turn ended. */
interface Ended {
  prompt: Pick<Prompt, "messageId" | "label">;
  end: { kind: string };
}

// By which providers say that they do not take what was sent. Another status is about the login, the rate or a fault.
const refusals = new Set([400, 413, 415, 422]);
const messagesRead = 10;

/**
 * For the turns whose prompt has a PDF that the model's provider refused, so that they failed at once: the id of its
 * message. That stays in the session and is sent with each later prompt, whose turn fails as well. None when opencode
 * cannot be asked.
 */
export async function refusedPdfs<Turn extends readonly Ended[]>(
  { client, log }: RefusedPdfOptions,
  sessionId: string,
  turns: readonly Turn[],
): Promise<Map<Turn, string>> {
  const refused = new Map<Turn, string>();
  const mayBe = (turn: Turn) =>
    turn.filter(({ prompt, end }) => end.kind === "failed" && prompt.label !== "");
  if (!turns.some((turn) => mayBe(turn).length > 0)) return refused;
  try {
    const newest = await client.messages(sessionId, messagesRead);
    for (const turn of turns) {
      const found = mayBe(turn).find(({ prompt }) => isRefusedPdf(newest, prompt.messageId));
      if (found) refused.set(turn, found.prompt.messageId);
    }
  } catch (error) {
    log.warn({ err: error, sessionId }, "whether a PDF was refused could not be read");
  }
  return refused;
}

function isRefusedPdf(messages: SessionMessage[], messageId: string): boolean {
  const at = messages.findIndex(({ info }) => info.id === messageId);
  const message = messages[at];
  const hasPdf = message?.parts.some(
    (part) => part.type === "file" && part.mime === "application/pdf",
  );
  if (!hasPdf) return false;
  const answers = messages.slice(at + 1).filter(isAnswer);
  // Once the model had answered, it had taken the PDF.
  const [first] = answers;
  const error = first?.info.error;
  if (error?.name !== "APIError" || first?.parts.some(({ type }) => type === "step-finish")) {
    return false;
  }
  return refusals.has(error.data.statusCode ?? 0);
}
