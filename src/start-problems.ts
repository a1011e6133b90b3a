import { ConfigError, StartError } from "./errors.ts";
import { isWithin } from "./folder.ts";
import { terminalLine } from "./terminal-text.ts";

/** The settings that a fault of the system can be about. */
export interface Settings {
  dataDir: string;
  workspaceDir: string;
  http: { host: string; port: number };
}

/**
 * What the operator has to fix before Switchboard can start, one line each that names the setting;
 * undefined for a fault of our own. None can control a terminal. `settings` is undefined while they are not read yet.
 */
export function startProblems(
  error: unknown,
  settings: Settings | undefined,
): string[] | undefined {
  return problemsIn(error, settings)?.map(terminalLine);
}

function problemsIn(error: unknown, settings: Settings | undefined): readonly string[] | undefined {
  if (error instanceof ConfigError) return error.problems;
  if (error instanceof StartError) return [error.message];
  if (!(error instanceof Error) || !("syscall" in error)) return undefined;
  // A folder that cannot be used, a port that is taken: the system's own words say why.
  const { code } = error as NodeJS.ErrnoException;
  if (settings && code === "EADDRINUSE") {
    const { host, port } = settings.http;
    return [
      `PORT cannot be used: another program has ${host}:${port} (${code}). Stop it, or set another PORT.`,
    ];
  }
  const name = settings && settingOf(error as NodeJS.ErrnoException, settings);
  return [name === undefined ? error.message : `${name} cannot be used: ${error.message}`];
}

function settingOf(error: NodeJS.ErrnoException, settings: Settings): string | undefined {
  const { code, syscall, path } = error;
  if (syscall === "listen") return code === "EADDRINUSE" || code === "EACCES" ? "PORT" : "HOST";
  if (syscall === "getaddrinfo") return "HOST";
  if (path === undefined) return undefined;
  const { dataDir, workspaceDir } = settings;
  // The fault may be that of a folder above.
  const isAbout = (folder: string) => isWithin(path, folder) || isWithin(folder, path);
  // Where both are below it, the one that is made first.
  if (isAbout(dataDir)) return "DATA_DIR";
  return isAbout(workspaceDir) ? "WORKSPACE_DIR" : undefined;
}
