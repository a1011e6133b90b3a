import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type ParseError, parse } from "jsonc-parser";
import { type Credentials, passwordEnv, type ProjectConfig, projectEnv } from "./server-env.ts";
import { checkout } from "../projects/workspace.ts";

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

/** The files that are copied into a folder of configuration for opencode to load. */
export const agentPlugins = ["project-guard.ts", "project-instructions.ts", "switchboard.ts"];

/** What the agent's side is installed for. */
export interface AgentSide {
  dataDir: string;
  workspaceDir: string;
  credentials: Credentials;
  projectConfig: ProjectConfig;
  /** What the operator set of `OPENCODE_CONFIG_CONTENT` and `OPENCODE_CONFIG_DIR`: it goes on to count. */
  env: Readonly<Record<string, string>>;
}

/**
 * Installs the agent's side into a configuration folder of its own under `dataDir`, so that the
 * user's projects stay as they are, and returns the environment that makes an opencode server use
 * it. opencode writes packages into that folder, which is why it is not the one in the repository.
 */
export function installAgentSide({
  dataDir,
  workspaceDir,
  credentials,
  projectConfig,
  env,
}: AgentSide): Record<string, string> {
  const configDir = join(dataDir, "opencode");
  mkdirSync(join(configDir, "plugin"), { recursive: true, mode: 0o700 });
  claimPluginPackage(configDir);
  for (const name of agentPlugins) {
    copyFileSync(join(checkout, "agent", "plugin", name), join(configDir, "plugin", name));
  }
  // opencode takes one such folder. Where the operator has one, our plugins are named instead.
  const ownDir = env["OPENCODE_CONFIG_DIR"];
  const named = ownDir
    ? agentPlugins.map((name) => pathToFileURL(join(configDir, "plugin", name)).href)
    : [];
  return {
    ...passwordEnv(credentials),
    OPENCODE_CONFIG_DIR: ownDir || configDir,
    ...projectEnv(projectConfig),
    OPENCODE_CONFIG_CONTENT: withOurs(env["OPENCODE_CONFIG_CONTENT"], named),
    SWITCHBOARD_HOME: checkout,
    SWITCHBOARD_PROJECT_CONFIG: projectConfig,
    SWITCHBOARD_WORKSPACE_DIR: workspaceDir,
    SWITCHBOARD_DATA_DIR: dataDir,
  };
}

/** The operator's content with our instructions and plugins behind those that it names. */
function withOurs(configContent = "", named: string[]): string {
  const errors: ParseError[] = [];
  const own: unknown = parse(configContent, errors, { allowTrailingComma: true });
  const settings = errors.length === 0 && isSettings(own) ? own : {};
  const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
  const plugin = [...list(settings.plugin), ...named];
  return JSON.stringify({
    ...settings,
    instructions: [...list(settings.instructions), join(checkout, "AGENTS.md")],
    ...(plugin.length > 0 && { plugin }),
  });
}

function isSettings(value: unknown): value is { instructions?: unknown; plugin?: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
