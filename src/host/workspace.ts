import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";

/**
 * Makes the folder where agents work. opencode takes the nearest repository above a folder as the
 * agent's project, within which files are changed unasked; a workspace in a checkout of Switchboard
 * gets an empty repository of its own, so that Switchboard is not that project.
 */
export function makeWorkspace(directory: string, checkoutDir: string): void {
  mkdirSync(directory, { recursive: true });
  const repository = join(directory, ".git");
  if (!directory.startsWith(checkoutDir + sep) || existsSync(repository)) return;
  // The least that git takes for a repository (gitrepository-layout(5)); git itself may be missing.
  for (const folder of ["objects", "refs"]) {
    mkdirSync(join(repository, folder), { recursive: true });
  }
  writeFileSync(join(repository, "HEAD"), "ref: refs/heads/main\n");
}
