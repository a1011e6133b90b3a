import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { execa } from "execa";
import type { ImageSettings } from "./dockerfile.ts";
import { Inside } from "./inside.ts";

/** The folders that stand for named volumes, by where they appear in the container. */
export type Volumes = Readonly<Record<string, string>>;

/** Makes a volume for each target, which begins as a copy of what the image has there. */
export async function makeVolumes(
  root: string,
  folder: string,
  targets: readonly string[],
): Promise<Volumes> {
  mkdirSync(folder);
  const volumes: Record<string, string> = {};
  for (const target of targets) {
    const volume = join(folder, basename(target));
    await execa("cp", ["--archive", join(root, target), volume]);
    volumes[target] = volume;
  }
  return volumes;
}

/** Starts what the image starts, as process 1. */
export async function startContainer(
  root: string,
  { command, ...run }: ImageSettings,
  volumes: Volumes,
  network: Inside,
): Promise<Inside> {
  const options = { user: run.user, cwd: run.workdir, env: run.env };
  return Inside.enter({ root, network, volumes, init: command, run: options });
}
