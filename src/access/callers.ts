import { Refusal } from "../errors.ts";
import { isSecret } from "./secrets.ts";

/** Who calls a local route: an agent by its own token, or a program by the machine's. */
export type Caller = { kind: "agent"; agent: string } | { kind: "program" };

/** What tells callers apart. */
export interface CallerTokens {
  /** The machine's own token. */
  machine: string;
  /** The token of an agent that runs, if it has one. */
  ofAgent: (agent: string) => Promise<string | undefined>;
}

/**
 * Who sends this `Authorization` header. The name in an agent's token only says which token to compare
 * it with.
 * @throws Refusal 401 when the token is missing, wrong or revoked.
 */
export async function requireCaller(
  authorization: string | undefined,
  { machine, ofAgent }: CallerTokens,
): Promise<Caller> {
  if (isSecret(authorization, `Bearer ${machine}`)) return { kind: "program" };
  const agent = /^Bearer ([A-Za-z0-9_-]{1,32})\.[A-Za-z0-9_-]+$/.exec(authorization ?? "")?.[1];
  const token = agent === undefined ? undefined : await ofAgent(agent);
  if (agent !== undefined && token !== undefined && isSecret(authorization, `Bearer ${token}`)) {
    return { kind: "agent", agent };
  }
  throw new Refusal(401, "The reply token is missing, wrong or revoked.");
}
