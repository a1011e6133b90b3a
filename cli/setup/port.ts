import { once } from "node:events";
import { createServer } from "node:net";
import { reachedHost } from "../local-url.ts";
import { checked, type Prompts, SetupError } from "./prompts.ts";

/** What listens on a port. */
export type PortState = "free" | "Switchboard" | "other";

/** Who listens there now, found by listening for a moment. */
export async function portState(host: string, port: number): Promise<PortState> {
  const server = createServer();
  try {
    server.listen({ host, port });
    await once(server, "listening");
    return "free";
  } catch (error) {
    // Not ours to judge: a wrong HOST, a port for root. The start names them.
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") return "free";
    return (await isSwitchboard(host, port)) ? "Switchboard" : "other";
  } finally {
    server.close();
  }
}

async function isSwitchboard(host: string, port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://${reachedHost(host)}:${port}/healthz`, {
      signal: AbortSignal.timeout(2000),
    });
    const { alive } = (await answer.json()) as { alive?: unknown };
    return answer.ok && alive === true;
  } catch {
    return false;
  }
}

/** What asking for the port needs. */
export interface PortOptions {
  prompts: Prompts;
  flag: string | undefined;
  host: string;
  /** The port of `.env`, or the usual one. */
  before: number;
  look?: typeof portState;
}

/**
 * The port Switchboard listens on: the flag's, else that of before, else, when another program has it,
 * one that is asked for. @throws SetupError for a port that another program has.
 */
export async function askForPort(options: PortOptions): Promise<number> {
  const { prompts, flag, host, before, look = portState } = options;
  const check = (answer: string) =>
    /^\d{1,5}$/.test(answer) && Number(answer) >= 1 && Number(answer) <= 65_535
      ? undefined
      : "This must be a port number, 1 to 65535.";
  const question = { flag: "--port", message: "Which port instead?", check };
  let port = flag === undefined ? before : Number(checked(question, flag));
  while ((await look(host, port)) === "other") {
    const taken = `Port ${port} is used by another program`;
    if (flag !== undefined || !prompts.isInteractive) {
      throw new SetupError(`${taken}; stop it, or choose another one with --port.`);
    }
    prompts.warn(`${taken}.`);
    port = Number(await prompts.text({ ...question, initial: `${port + 1}` }));
  }
  return port;
}
