import { join } from "node:path";
import { isLoopbackUrl } from "../../../src/config.ts";
import { asksOrDenies } from "../../../src/host/operator-settings.ts";
import { ServerCheck } from "../../../src/host/server-check.ts";
import { serverStart, startRecord } from "../../../src/host/server-start.ts";
import { isOlder, oldestOpencode, tooOld } from "../../../src/host/versions.ts";
import { createLogger } from "../../../src/log.ts";
import { OpencodeClient } from "../../../src/opencode/client.ts";
import { OpencodeUnreachable } from "../../../src/opencode/errors.ts";
import { OpencodeHttp } from "../../../src/opencode/http.ts";
import { faultOf, type Provider } from "../../../src/opencode/models.ts";
import { keptSetting } from "../../../src/store/kept-setting.ts";
import { texts } from "../../../src/texts/texts.ts";
import { type Check, failed, type Finding, ok, skipped } from "../check.ts";
import { configOf, type Context, opencodeLogin } from "../context.ts";
import { ask, codeOf } from "../request.ts";
import { patiently } from "../patience.ts";
import { tested } from "./programs.ts";
import { runs } from "./switchboard.ts";

const healthMs = 5000;
const isLocal = ({ settings }: Context) =>
  settings !== undefined && isLoopbackUrl(settings.opencode.url);

/** Whether opencode's server answers, and takes our login. */
export const opencodeServer: Check = {
  name: "opencode server",
  needs: ["settings"],
  after: ["Switchboard", "opencode", "tmux"],
  limitMs: 20_000,
  run: async (context, before, signal): Promise<Finding> => {
    const { opencode, tmuxSocketName } = configOf(context);
    const isStarting = runs(before) && isLocal(context);
    const health = await patiently(
      () => healthOf(context, signal),
      (found) => "status" in found,
      { patienceMs: isStarting ? context.patienceMs : 0, signal },
    );
    if ("status" in health) return judged(context, health);
    const missing = ["opencode", "tmux"].find((name) => before.get(name)?.state === "failed");
    if (!isLocal(context)) {
      return failed(
        `${opencode.url} does not answer (${health.code}): start it there, or correct OPENCODE_API_URL`,
      );
    }
    if (missing !== undefined) return skipped(`not checked: see ${missing}`);
    if (!runs(before)) return skipped("not running yet: Switchboard starts it");
    return failed(
      `it is not running, though Switchboard starts it: tmux -L ${tmuxSocketName} attach -t opencode-server shows why`,
    );
  },
};

type Health = { status: number; body: string } | { code: string };

/**
 * The state of opencode's server, with our login or another. opencode never answers a request that came just before it was up, so each has a limit of its own.
 */
async function healthOf(
  context: Context,
  signal: AbortSignal,
  { username, password } = opencodeLogin(context),
): Promise<Health> {
  const basic = Buffer.from(`${username}:${password}`).toString("base64");
  const headers: Record<string, string> =
    password === undefined ? {} : { authorization: `Basic ${basic}` };
  const within = AbortSignal.any([signal, AbortSignal.timeout(healthMs)]);
  try {
    const url = `${configOf(context).opencode.url}/global/health`;
    return await ask(url, { headers, signal: within });
  } catch (error) {
    return { code: codeOf(error) || "no answer" };
  }
}

function judged(context: Context, { status, body }: { status: number; body: string }): Finding {
  const { url } = configOf(context).opencode;
  if (status === 401) {
    return failed(`${texts.host.wrongPassword} ${remedyOfPassword(context)}`);
  }
  const version = versionIn(body);
  if (status !== 200 || version === undefined) {
    return failed(
      `${url} belongs to another program: correct OPENCODE_API_URL, or stop that program`,
    );
  }
  const problem = isOlder(version, oldestOpencode) ? tooOld(version) : undefined;
  if (problem !== undefined) {
    const how = isLocal(context) ? `: ${killServer(context)}` : "";
    return failed(`${problem} The server that runs keeps its version until it is restarted${how}`);
  }
  return ok(`answers at ${url}: ${tested(version)}`);
}

/** Whether the server runs as it would be started now: with a password, and with the say that projects have. */
export const opencodeStart: Check = {
  name: "opencode start",
  needs: ["opencode server"],
  applies: isLocal,
  run: async (context, _before, signal) => {
    const { childEnv, dataDir, projectConfig, opencode, tmuxSocketName } = configOf(context);
    const credentials = opencodeLogin(context);
    const config = projectConfig ?? (asksOrDenies(childEnv) ? "ignore" : "trust");
    const store = join(dataDir, "switchboard.sqlite");
    const place = {
      get: async (key: string) => keptSetting(store, key),
      set: async () => undefined,
    };
    const warning = await new ServerCheck({
      tmux: context.tmux({ socketName: tmuxSocketName, env: childEnv }),
      url: opencode.url,
      credentials,
      wanted: serverStart(config, credentials),
      record: startRecord(place),
      isLocal: true,
      log: createLogger("silent", []),
    }).warning();
    if (warning !== undefined) return failed(warning);
    // Of a busy server the check may have had no answer.
    const open = await healthOf(context, signal, { username: "", password: undefined });
    if ("status" in open && open.status === 200) return failed(texts.host.noPassword);
    return ok(`it has a password, and PROJECT_CONFIG=${config}`);
  },
};

/** Whether there is a model that agents can use. */
export const model: Check = {
  name: "model",
  needs: ["opencode server"],
  limitMs: 20_000,
  run: async (context, _before, signal) => {
    const { opencode, workspaceDir } = configOf(context);
    const client = new OpencodeClient(await opencodeHttp(context, signal));
    const [providers, usual] = await Promise.all([
      client.providers(workspaceDir),
      client.defaultModel(workspaceDir),
    ]);
    const { model: wanted = usual, variant } = opencode;
    const setting = opencode.model === undefined ? "model in opencode.json" : "OPENCODE_MODEL";
    if (providers.length === 0) return failed(`opencode has no model: ${login(context)}`);
    const fault = faultOf(providers, { model: wanted, variant });
    if (fault === "variant") {
      return failed(
        `${wanted} has no variant ${variant}: correct OPENCODE_VARIANT and restart Switchboard`,
      );
    }
    if (fault === "model") {
      return failed(
        `opencode has no model ${wanted}: correct ${setting} (npx opencode models lists them), or ${login(context)}`,
      );
    }
    const own = providers.filter((provider) => !isFree(provider)).map(({ name }) => name);
    if (own.length === 0 && wanted === undefined) {
      return failed(
        `opencode is not logged in to any provider, and would use its free models: choose one with OPENCODE_MODEL, or ${login(context)}`,
      );
    }
    const shown =
      own.length > 3 ? `${own.slice(0, 3).join(", ")} and ${own.length - 3} more` : own.join(", ");
    return ok(
      [wanted ?? "opencode's own choice", shown && `logged in to ${shown}`]
        .filter(Boolean)
        .join("; "),
    );
  },
};

function login(context: Context): string {
  const restart = isLocal(context)
    ? ` (when no agent works: ${killServer(context)})`
    : " on its machine";
  return `run npx opencode auth login as this user, then restart opencode${restart}`;
}

/** What opencode 1.18 offers without a login. */
function isFree({ id, source }: Provider): boolean {
  return id === "opencode" && source === "custom";
}

/** Requests to opencode's server with our login; it has answered just now. @throws OpencodeUnreachable */
export async function opencodeHttp(context: Context, signal: AbortSignal): Promise<OpencodeHttp> {
  const http = new OpencodeHttp({ url: configOf(context).opencode.url, ...opencodeLogin(context) });
  // Its first request has little time, and a machine that is busy is not down.
  const { patienceMs } = context;
  const answer = await patiently(
    () => http.call("/global/health", { signal }).catch((error: unknown) => error),
    (found) => !(found instanceof OpencodeUnreachable),
    { patienceMs, signal },
  );
  if (answer instanceof Error) throw answer;
  return http;
}

function versionIn(body: string): string | undefined {
  try {
    const { version } = JSON.parse(body) as { version?: unknown };
    return typeof version === "string" ? version : undefined;
  } catch {
    return undefined;
  }
}

function remedyOfPassword(context: Context): string {
  if (!isLocal(context)) return "Correct OPENCODE_SERVER_PASSWORD, and restart Switchboard.";
  const restart = texts.host.remedy.restart({ command: killServer(context) });
  return `${restart}; one that Switchboard did not start needs its password in OPENCODE_SERVER_PASSWORD.`;
}

function killServer(context: Context): string {
  return `tmux -L ${configOf(context).tmuxSocketName} kill-server`;
}
