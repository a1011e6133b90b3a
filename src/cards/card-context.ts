import { resolve } from "node:path";
import type { Opencode } from "../opencode/client.ts";
import { isMissing } from "../opencode/errors.ts";
import type { Decision } from "../opencode/session-reader.ts";
import type { CardContext } from "./card.ts";

/**
 * Reads what a request of opencode does not say: the folder a command runs in, and what any other tool
 * is given. Both are in the call that the request names (`state.input`, opencode 1.18).
 * @throws OpencodeUnreachable
 */
export async function readContext(
  client: Pick<Opencode, "message" | "session">,
  { kind, request }: Decision,
): Promise<CardContext> {
  const { sessionID, tool } = request;
  const message = tool && (await client.message(sessionID, tool.messageID));
  const call = message?.parts.find((part) => part.type === "tool" && part.callID === tool?.callID);
  const cwd =
    message?.info.role === "assistant"
      ? message.info.path?.cwd
      : await directoryOf(client, sessionID);
  if (kind === "question") return { directory: cwd };
  if (call?.type !== "tool") {
    // Without the call nobody knows where a command would run.
    return { directory: request.permission === "bash" ? undefined : cwd };
  }
  const { input } = call.state;
  const { workdir } = input;
  const isElsewhere = call.tool === "bash" && typeof workdir === "string" && workdir !== "";
  const directory = isElsewhere ? resolve(cwd ?? "/", workdir) : cwd;
  // A tool of another maker may ask by the same name, and say less.
  const told = request.metadata[request.permission === "bash" ? "command" : "diff"];
  const isTold = typeof told === "string" && told.trim() !== "";
  return { directory, tool: call.tool, ...(!isTold && { input }) };
}

async function directoryOf(
  client: Pick<Opencode, "session">,
  sessionId: string,
): Promise<string | undefined> {
  try {
    return (await client.session(sessionId)).directory;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
