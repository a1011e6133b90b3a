import { isOlder, testedOpencode, type ToolVersion } from "../../../src/host/versions.ts";
import { type Check, failed, ok } from "../check.ts";
import type { Context } from "../context.ts";

const oldestNode = 24;

// A program that hangs has a limit of its own.
const limitMs = 20_000;

/** The Node that runs this, and so Switchboard too where both are started by npm. */
export const node: Check = {
  name: "Node",
  needs: [],
  run: ({ node: version }) => {
    if (Number.parseInt(version, 10) >= oldestNode) return ok(version);
    return failed(
      `${version} is too old: run npm ci, which installs Node ${oldestNode}, and start by npm`,
    );
  },
};

/** Terminals for the agents. */
export const tmux: Check = {
  name: "tmux",
  needs: [],
  limitMs,
  run: async (context) => {
    const { version, problem } = await look(context, "tmux");
    return problem === undefined
      ? ok(version ?? "found")
      : failed(`${problem} ${onDebian("tmux")}`);
  },
};

/** What agents reply with. */
export const curl: Check = {
  name: "curl",
  needs: [],
  limitMs,
  run: async (context) => {
    const { version, problem } = await look(context, "curl");
    return problem === undefined
      ? ok(version ?? "found")
      : failed(`${problem} ${onDebian("curl")}`);
  },
};

/** The program that the agents are. */
export const opencode: Check = {
  name: "opencode",
  needs: [],
  limitMs,
  run: async (context) => {
    const { version, problem } = await look(context, "opencode");
    if (problem !== undefined) return failed(problem);
    return ok(version === undefined ? "found; it does not tell its version" : tested(version));
  },
};

/** A version of opencode, and whether the tests have run with it. */
export function tested(version: string): string {
  if (!isOlder(testedOpencode, version)) return version;
  return `${version}, newer than the ${testedOpencode} that was tested`;
}

const onDebian = (name: string) => `On Debian: sudo apt-get install ${name}`;

async function look(context: Context, name: ToolVersion["name"]): Promise<ToolVersion> {
  const { settings, env } = context;
  const bin = settings?.opencode.bin ?? (env["OPENCODE_BIN"] || "opencode");
  const options = { bin, env: settings?.childEnv ?? env };
  const [found] = await context.toolVersions(options, [name]);
  return found ?? { name, found: false, problem: `${name} could not be looked for.` };
}
