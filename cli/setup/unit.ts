import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { makeFolder } from "../../src/folder.ts";
import type { SetupOptions } from "./options.ts";
import { SetupError } from "./prompts.ts";

/** The unit, and the one of the program that fetches updates, in `deploy/` by their names there. */
const units = {
  "switchboard.service": "switchboard-user.service",
  "switchboard-pull.service": "switchboard-pull-user.service",
} as const;

const bridgeUnit = "switchboard.service";
const pullUnit = "switchboard-pull.service";

const unitNames = (isPull: boolean): (keyof typeof units)[] =>
  isPull ? [bridgeUnit, pullUnit] : [bridgeUnit];

/** Where the units of `deploy/` expect the checkout. */
const usualPlace = "%h/opencode-switchboard";

type UnitOptions = Pick<SetupOptions, "checkout" | "env" | "isRoot" | "processes" | "prompts">;

/**
 * Why Switchboard cannot be a service of this user; undefined when it can. Not as root: agents would be
 * root too. The service of the machine is for an administrator.
 */
export async function unitProblem(options: UnitOptions): Promise<string | undefined> {
  const { checkout, isRoot, processes } = options;
  if (isRoot) return "a service needs a user of its own, not root";
  if (!existsSync(join(checkout, "deploy", units[bridgeUnit]))) {
    return "this checkout has no deploy/switchboard-user.service";
  }
  if (!isPlain(checkout)) return "the path of this folder has spaces, quotes or other signs";
  const { code } = await processes.run("systemctl", ["--user", "show-environment"]);
  return code === 0 ? undefined : "systemd runs no services for this user";
}

/** Whether a unit, a shell and sed all read a path as it is. */
const isPlain = (path: string) => /^[\p{L}\p{N}/._%+,@:-]+$/u.test(path);

/** Installs the units, enables them and starts them anew. @throws SetupError. */
export async function installUnit(options: UnitOptions, isPull: boolean): Promise<void> {
  const { prompts, processes } = options;
  const problem = await unitProblem(options);
  if (problem !== undefined) throw new SetupError(`--run service is not possible: ${problem}.`);
  const wanted = unitNames(isPull);
  for (const name of wanted) writeUnit(options, name);
  const systemctl = async (...args: string[]) => {
    const { code, output } = await processes.run("systemctl", ["--user", ...args], 360_000);
    if (code !== 0) throw new SetupError(`systemctl ${args.join(" ")} failed: ${output.trim()}`);
  };
  await systemctl("daemon-reload");
  // Left by an earlier set-up; there may be none.
  if (!isPull) await processes.run("systemctl", ["--user", "disable", "--now", pullUnit]);
  await systemctl("enable", ...wanted);
  // Not waited for here: what keeps the service from being ready is shown afterwards.
  await systemctl("restart", "--no-block", ...wanted);
  prompts.say(`The service is installed: systemctl --user status ${wanted.join(" ")}`);
  const lingering = await processes.run("loginctl", ["enable-linger"]);
  if (lingering.code !== 0) {
    prompts.warn("It starts only when you log in: run `sudo loginctl enable-linger $USER` once.");
  }
}

/** Whether there can be a service of the machine for this user; it is for an administrator to install. */
export function isSystemUnitPossible({
  checkout,
  hasSystemd,
  isRoot,
}: Pick<SetupOptions, "checkout" | "hasSystemd" | "isRoot">): boolean {
  return (
    hasSystemd && !isRoot && isPlain(checkout) && existsSync(join(checkout, "deploy", bridgeUnit))
  );
}

/** The commands that install the service of the machine, to run in the folder of the checkout. */
export function systemUnitCommands(
  { checkout, user, home }: { checkout: string; user: string; home: string },
  isPull: boolean,
): string[] {
  const place = (path: string) => path.replaceAll("%", "%%");
  const changes = [
    `s|/home/switchboard/opencode-switchboard|${place(checkout)}|g`,
    `s|/home/switchboard|${place(home)}|g`,
    `s|^User=switchboard$|User=${user}|`,
  ];
  const expressions = changes.map((change) => `-e '${change}'`).join(" ");
  const names = unitNames(isPull);
  return [
    ...names.map(
      (name) =>
        `sed ${expressions} deploy/${name} | sudo tee /etc/systemd/system/${name} >/dev/null`,
    ),
    "sudo systemctl daemon-reload",
    `sudo systemctl enable --now ${names.join(" ")}`,
  ];
}

/** Why the service does not come up; undefined while it runs or starts. */
export async function unitFault({ processes }: UnitOptions): Promise<string | undefined> {
  const { code } = await processes.run("systemctl", ["--user", "is-failed", "switchboard.service"]);
  if (code !== 0) return undefined;
  const last = ["--user", "-u", "switchboard.service", "-n", "5", "-o", "cat"];
  return (await processes.run("journalctl", last)).output.trim() || "it ended";
}

function writeUnit({ checkout, env }: UnitOptions, name: keyof typeof units): void {
  const template = readFileSync(join(checkout, "deploy", units[name]), "utf8");
  const config = env["XDG_CONFIG_HOME"] || join(env["HOME"] || homedir(), ".config");
  const folder = join(config, "systemd", "user");
  makeFolder(folder);
  writeFileSync(join(folder, name), renderUnit(template, checkout));
}

/** A unit of `deploy/` for a checkout in that folder. */
export function renderUnit(template: string, checkout: string): string {
  return template.replaceAll(usualPlace, checkout.replaceAll("%", "%%"));
}
