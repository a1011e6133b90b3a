import type { StartedAgent } from "../agents/agents.ts";
import type { Logger } from "../log.ts";
import type { Opencode } from "../opencode/client.ts";
import { isMissing } from "../opencode/errors.ts";
import type { Decision } from "../opencode/session-reader.ts";

/** What allowing needs. */
export interface YoloOptions {
  client: Pick<Opencode, "answerPermission">;
  log: Logger;
}

/**
 * Allows, once each, what an agent in YOLO mode asks for, and what its subagents do: opencode 1.18 does not
 * apply the rules of a session to them. `decisions` are those of the agent's own tree; resolves to those
 * that are left for the operators, all of them where the agent has to ask.
 * @throws when opencode cannot be told; try again later.
 */
export async function allowAsked(
  { client, log }: YoloOptions,
  { name, directory, yolo }: StartedAgent,
  decisions: Decision[],
): Promise<Decision[]> {
  if (!yolo) return decisions;
  for (const decision of decisions) {
    if (decision.kind !== "permission") continue;
    const { id, request } = decision;
    await client.answerPermission(id, directory, "once").catch((error: unknown) => {
      // Decided in the terminal, or its turn has ended.
      if (!isMissing(error)) throw error;
    });
    const { permission, patterns, sessionID } = request;
    log.info({ agent: name, request: id, sessionID, permission, patterns }, "allowed by YOLO");
  }
  return decisions.filter(({ kind }) => kind !== "permission");
}
