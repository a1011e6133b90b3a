import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The folder of Switchboard itself. */
export const checkoutDir = join(import.meta.dirname, "..", "..");

/** The login of the opencode server; without a password the server is open. */
export interface Credentials {
  username: string;
  password: string | undefined;
}

/** The server's user name and password, for a program that talks to it or is it. */
export function passwordEnv({ username, password }: Credentials): Record<string, string> {
  if (password === undefined) return {};
  return { OPENCODE_SERVER_USERNAME: username, OPENCODE_SERVER_PASSWORD: password };
}

/**
 * opencode installs its plugin package (63 MB, up to 20 s, over a minute without a network) into
 * every configuration folder that has a plugin, unless a lock file there names the package. Ours
 * does not import it.
 */
export function claimPluginPackage(configDir: string): void {
  mkdirSync(join(configDir, "node_modules"), { recursive: true });
  const lock = { packages: { "": { dependencies: { "@opencode-ai/plugin": "*" } } } };
  writeFileSync(join(configDir, "package-lock.json"), JSON.stringify(lock));
}

/**
 * Installs the agent's side into a configuration folder of its own under `dataDir`, so that the
 * user's projects stay as they are, and returns the environment that makes an opencode server use
 * it. opencode writes packages into that folder, which is why it is not the one in the repository.
 */
export function installAgentSide(
  dataDir: string,
  credentials: Credentials,
): Record<string, string> {
  const configDir = join(dataDir, "opencode");
  mkdirSync(join(configDir, "plugin"), { recursive: true, mode: 0o700 });
  claimPluginPackage(configDir);
  copyFileSync(
    join(checkoutDir, "agent", "plugin", "switchboard.ts"),
    join(configDir, "plugin", "switchboard.ts"),
  );
  return {
    ...passwordEnv(credentials),
    OPENCODE_CONFIG_DIR: configDir,
    OPENCODE_CONFIG_CONTENT: JSON.stringify({ instructions: [join(checkoutDir, "AGENTS.md")] }),
    SWITCHBOARD_HOME: checkoutDir,
    SWITCHBOARD_DATA_DIR: dataDir,
  };
}
