import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ParseError, parse } from "jsonc-parser";
import { type Credentials, passwordEnv, type ProjectConfig, projectEnv } from "./server-env.ts";

/** The folder of Switchboard itself. */
export const checkoutDir = join(import.meta.dirname, "..", "..");

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

/** What the agent's side is installed for. */
export interface AgentSide {
  dataDir: string;
  credentials: Credentials;
  projectConfig: ProjectConfig;
  /** The operator's own `OPENCODE_CONFIG_CONTENT`, which goes on to count. */
  configContent?: string | undefined;
}

/**
 * Installs the agent's side into a configuration folder of its own under `dataDir`, so that the
 * user's projects stay as they are, and returns the environment that makes an opencode server use
 * it. opencode writes packages into that folder, which is why it is not the one in the repository.
 */
export function installAgentSide({
  dataDir,
  credentials,
  projectConfig,
  configContent,
}: AgentSide): Record<string, string> {
  const configDir = join(dataDir, "opencode");
  mkdirSync(join(configDir, "plugin"), { recursive: true, mode: 0o700 });
  claimPluginPackage(configDir);
  for (const name of ["project-guard.ts", "switchboard.ts"]) {
    copyFileSync(join(checkoutDir, "agent", "plugin", name), join(configDir, "plugin", name));
  }
  return {
    ...passwordEnv(credentials),
    OPENCODE_CONFIG_DIR: configDir,
    ...projectEnv(projectConfig),
    OPENCODE_CONFIG_CONTENT: withInstructions(configContent),
    SWITCHBOARD_HOME: checkoutDir,
    SWITCHBOARD_PROJECT_CONFIG: projectConfig,
    SWITCHBOARD_DATA_DIR: dataDir,
  };
}

function withInstructions(configContent = ""): string {
  const errors: ParseError[] = [];
  const own: unknown = parse(configContent, errors, { allowTrailingComma: true });
  const settings = errors.length === 0 && isSettings(own) ? own : {};
  const instructions = Array.isArray(settings.instructions) ? settings.instructions : [];
  return JSON.stringify({
    ...settings,
    instructions: [...(instructions as unknown[]), join(checkoutDir, "AGENTS.md")],
  });
}

function isSettings(value: unknown): value is { instructions?: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
