import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { StartError } from "../errors.ts";
import { isWithin, makeFolder, realPath } from "../folder.ts";

/** The folder of Switchboard itself. */
export const checkout = join(import.meta.dirname, "..", "..");

/** What is Switchboard's own, and no agent may send or change unasked. */
export interface OwnPaths {
  dataDir: string;
  checkoutDir: string;
  envFiles: string[];
}

/** The files that Switchboard's settings may come from, whether they are there or not. */
export function ownEnvFiles(): string[] {
  const named = process.execArgv.flatMap(
    (word) => /^--env-file(?:-if-exists)?=(.+)$/.exec(word)?.[1] ?? [],
  );
  return [join(checkout, ".env"), ...[".env", ...named].map((path) => resolve(path))];
}

/**
 * Checks that files of the workspace may be sent and changed.
 * @throws StartError when Switchboard's own files are among them, or all are in DATA_DIR.
 */
export function checkWorkspace(
  workspaceDir: string,
  { dataDir, checkoutDir, envFiles }: OwnPaths,
): void {
  const workspace = realPath(workspaceDir);
  const holds = (path: string) => isWithin(realPath(path), workspace);
  const fault = holds(dataDir)
    ? "it holds DATA_DIR, the store and the secrets"
    : holds(checkoutDir)
      ? "it holds Switchboard's own folder"
      : envFiles.some(holds)
        ? "it holds the .env with Switchboard's own settings"
        : isWithin(workspace, realPath(dataDir))
          ? "it is inside DATA_DIR, of which nothing is sent"
          : undefined;
  if (fault === undefined) return;
  throw new StartError(`WORKSPACE_DIR is invalid; ${fault}. Set it to a folder of its own.`);
}

/**
 * Tells whether a folder, as the system resolves it, is Switchboard's own, is in it, or holds it: no agent
 * starts there. The workspace may be in the checkout, and is not its own then.
 */
export function ownFolders(
  workspaceDir: string,
  { dataDir, checkoutDir, envFiles }: OwnPaths,
): (folder: string) => boolean {
  const [workspace, data, own] = [realPath(workspaceDir), realPath(dataDir), realPath(checkoutDir)];
  const all = [data, own, ...envFiles.map(realPath)];
  return (folder) => {
    if (isWithin(folder, data) || all.some((path) => isWithin(path, folder))) return true;
    return isWithin(folder, own) && !isWithin(folder, workspace);
  };
}

/**
 * Makes the folder where agents work. opencode takes the nearest repository above a folder as the
 * agent's project, within which files are changed unasked; a workspace in a checkout of Switchboard
 * gets an empty repository of its own, so that Switchboard is not that project.
 */
export function makeWorkspace(directory: string, ownFolder: string): void {
  makeFolder(directory);
  const repository = join(directory, ".git");
  if (!directory.startsWith(ownFolder + sep) || existsSync(repository)) return;
  // The least that git takes for a repository (gitrepository-layout(5)); git itself may be missing.
  for (const folder of ["objects", "refs"]) {
    mkdirSync(join(repository, folder), { recursive: true });
  }
  writeFileSync(join(repository, "HEAD"), "ref: refs/heads/main\n");
}
