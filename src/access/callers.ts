import { Refusal } from "../errors.ts";
import { isSecret } from "./secrets.ts";

/** Who calls a local route: an agent by its own token, or a program by the machine's. */
export type Caller = { kind: "agent"; agent: string; id: string } | { kind: "program" };

/** What tells callers apart. */
export interface CallerTokens {
  /** The machine's own token. */
  machine: string;
  /** The agent of an id, if it runs and has a token. */
  ofAgent: (id: string) => Promise<{ name: string; token: string } | undefined>;
}

/**
 * Who sends this `Authorization` header. The id in an agent's token only says which token to compare
 * it with.
 * @throws Refusal 401 when the token is missing, wrong or revoked.
 */
export async function requireCaller(
  authorization: string | undefined,
  { machine, ofAgent }: CallerTokens,
): Promise<Caller> {
  if (isSecret(authorization, `Bearer ${machine}`)) return { kind: "program" };
  const id = /^Bearer ([A-Za-z0-9_-]{1,32})\.[A-Za-z0-9_-]+$/.exec(authorization ?? "")?.[1];
  const agent = id === undefined ? undefined : await ofAgent(id);
  if (id !== undefined && agent && isSecret(authorization, `Bearer ${agent.token}`)) {
    return { kind: "agent", agent: agent.name, id };
  }
  throw new Refusal(401, "The reply token is missing, wrong or revoked.");
}
