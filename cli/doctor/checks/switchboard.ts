import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Check, failed, type Findings, ok, skipped } from "../check.ts";
import { configOf, type Context } from "../context.ts";
import { patiently } from "../patience.ts";
import { reachedHost } from "../../local-url.ts";
import { type Answer, ask, codeOf } from "../request.ts";

/** Whether Switchboard runs. */
export const switchboard: Check = {
  name: "Switchboard",
  needs: ["settings"],
  run: async (context, _before, signal) => {
    const wanted = address(context);
    const state = await stateOf(wanted, signal);
    if (state === "ours") return ok(`runs at ${wanted}`);
    if (state !== "closed") {
      return failed(
        `${wanted} ${state === "other" ? "belongs to another program" : "does not answer"}: ` +
          (state === "other"
            ? "stop that program, or set another PORT"
            : "restart Switchboard, and look at its log"),
      );
    }
    const last = lastAddress(context);
    if (last !== undefined && last !== wanted && (await stateOf(last, signal)) === "ours") {
      return failed(`it runs at ${last}, not at ${wanted} as HOST and PORT say: restart it`);
    }
    return failed(
      "it is not running: start it with npm start, systemctl or docker compose, as you installed it; " +
        "its log says why it stopped",
    );
  },
};

/** Whether Switchboard itself says that it is ready, beyond what other lines tell. */
export const ready: Check = {
  name: "ready",
  needs: ["Switchboard"],
  limitMs: 20_000,
  after: [
    "tmux",
    "opencode",
    "opencode server",
    "token",
    "webhook",
    "feeder",
    "public address",
    "webhook path",
  ],
  run: async (context, before, signal) => {
    const isTold = (found: Answer) => {
      const missing = missingIn(found);
      return missing.length > 0 && missing.every(([part]) => isMarked(part, before));
    };
    const answer = await patiently(
      () => ask(`${address(context)}/readyz`, { signal }),
      (found) => found.status === 200 || (found.status === 503 && isTold(found)),
      { patienceMs: context.patienceMs, signal },
    );
    if (answer.status === 200) return ok("Switchboard is ready");
    if (answer.status !== 503 || missingIn(answer).length === 0) {
      return failed(`/readyz answers ${answer.status}: restart Switchboard, and look at its log`);
    }
    if (isTold(answer)) return skipped("not ready, because of what is marked ✗ above");
    const own = missingIn(answer).filter(([part]) => !isMarked(part, before));
    const words = own.map(([part, fault]) => `${part}: ${fault}`).join("; ");
    return failed(`Switchboard is not ready (${words}): look at its log`);
  },
};

/** Where Switchboard listens, as a program on this machine reaches it. */
export function address(context: Context): string {
  const { host, port } = configOf(context).http;
  if (port === 0) return lastAddress(context) ?? "http://127.0.0.1:0";
  return `http://${reachedHost(host)}:${port}`;
}

/** Whether Switchboard was found running. */
export function runs(before: Findings): boolean {
  return before.get("Switchboard")?.state === "ok";
}

// By the parts of /readyz, the lines that tell the same in more words.
const linesOf: Record<string, string[]> = {
  opencode: ["opencode", "opencode server"],
  tmux: ["tmux"],
  webhook: ["token", "webhook", "public address", "webhook path"],
  feeder: ["feeder"],
};

function isMarked(part: string, before: Findings): boolean {
  return (linesOf[part] ?? []).some((name) => before.get(name)?.state === "failed");
}

function missingIn({ body }: Answer): [part: string, fault: string][] {
  const { missing = {} } = parsed(body) as { missing?: Record<string, string> };
  return Object.entries(missing);
}

function parsed(body: string): object {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

async function stateOf(
  url: string,
  signal: AbortSignal,
): Promise<"ours" | "other" | "closed" | "silent"> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(3000)]);
  try {
    const { body } = await ask(`${url}/healthz`, { signal: within });
    return "alive" in parsed(body) ? "ours" : "other";
  } catch (error) {
    const code = codeOf(error);
    if (code === "ABORT_ERR") return "silent";
    return /^(HPE_|ECONNRESET)/.test(code) ? "other" : "closed";
  }
}

/** Where Switchboard said last that it listens. */
function lastAddress(context: Context): string | undefined {
  try {
    return readFileSync(join(configOf(context).dataDir, "reply-url"), "utf8").trim() || undefined;
  } catch {
    return undefined;
  }
}
