import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../folder.ts";
import type { ProjectConfig } from "./server-env.ts";

const empty = "{}\n";

/**
 * The folder that opencode is started in where projects decide nothing, made if it is missing; it is not
 * the agents' to write in. Undefined where opencode may be started in a project. opencode 1.18 is built by Bun, which obeys the nearest `tsconfig.json` or `jsconfig.json`
 * above the folder that it is started in, whatever OPENCODE_DISABLE_PROJECT_CONFIG says: by its `paths` a
 * project would have files of its own loaded in place of modules. So the nearest ones are ours, and empty.
 */
export function launchFolder(projectConfig: ProjectConfig, dataDir: string): string | undefined {
  if (projectConfig === "trust") return undefined;
  const folder = join(dataDir, "launch");
  makeFolder(folder, 0o700);
  for (const name of ["tsconfig.json", "package.json"]) keep(join(folder, name));
  return folder;
}

/** A disk that is full takes no file, and need not: it is there from the first start. */
function keep(path: string): void {
  if (!existsSync(path) || readFileSync(path, "utf8") !== empty) writeFileSync(path, empty);
}
