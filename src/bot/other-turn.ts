import type { Agent } from "../agents/agents.ts";
import type { Logger } from "../log.ts";
import type { Opencode } from "../opencode/client.ts";
import { textOf } from "../opencode/message-text.ts";
import { askedIn, turnsIn } from "../opencode/turns.ts";
import type { Prompts } from "../prompts/prompts.ts";
import { withinMoment } from "../runner/within-moment.ts";

/** What finding such a turn needs. */
export interface OtherTurnServices {
  opencode: Pick<Opencode, "messages" | "statuses">;
  prompts: Pick<Prompts, "lane">;
  log: Logger;
}

/** A turn that runs and that no prompt from here began: in the terminal, or by opencode itself. */
export interface OtherTurn {
  kind: "other";
  /** The message that began it; undefined when that cannot be told. */
  messageId: string | undefined;
  /** What was asked; empty when that cannot be told. */
  text: string;
}

/** What an agent does besides the prompts from here. */
export type Otherwise =
  | OtherTurn
  /** Nothing, as far as anybody needs to know: it rests, or it works on a prompt from here. */
  | { kind: "none" }
  /** opencode does not say it within a moment. */
  | { kind: "unknown" };

// More steps than a turn has that somebody still wants to stop; else it has no text.
const messagesRead = 30;

/** The turn of an agent that runs and that no prompt from here began. It takes at most a moment. */
export async function otherTurn(
  { opencode, prompts, log }: OtherTurnServices,
  { name, state, sessionId, directory }: Agent,
): Promise<Otherwise> {
  if (state !== "active" || sessionId === undefined) return { kind: "none" };
  if ((await prompts.lane(name)).running.length > 0) return { kind: "none" };
  const [statuses, messages] = await Promise.all([
    withinMoment(opencode.statuses(directory), log),
    withinMoment(opencode.messages(sessionId, messagesRead), log),
  ]);
  if (!statuses) return { kind: "unknown" };
  if (statuses[sessionId] === undefined) return { kind: "none" };
  const turn = turnsIn(messages ?? []).at(-1) ?? [];
  const asked = turn.find(({ info }) => info.role === "user");
  return { kind: "other", messageId: askedIn(turn)[0], text: asked ? textOf(asked) : "" };
}
