import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** What is read of opencode's settings; with `PROJECT_CONFIG=ignore` they are the operator's alone. */
interface Settings {
  plugin?: (string | [string, unknown])[];
  provider?: Record<
    string,
    { npm?: string; models?: Record<string, { provider?: { npm?: string } }> }
  >;
}

interface Hooks {
  config?(settings: Settings): Promise<void>;
}

interface Loader {
  onLoad(
    about: { filter: RegExp },
    load: (file: { path: string }) => { contents: string; loader: "js" },
  ): void;
}

interface Runtime {
  Bun?: { plugin(plugin: { name: string; setup(build: Loader): void }): void };
  switchboardGuards?: boolean;
}

/**
 * Keeps code of projects out of opencode's server where `PROJECT_CONFIG=ignore`. opencode 1.18.33 obeys
 * OPENCODE_DISABLE_PROJECT_CONFIG in its first API only: the first request to `/api`, such as a terminal
 * makes, imports a project's `.opencode/plugin` and the `plugins` of its `opencode.json`. Once this plugin
 * has started, a module that is neither opencode's nor the operator's is empty. It imports nothing but
 * Node's modules, and must stay the only export.
 */
export async function ProjectGuard(): Promise<Hooks> {
  if (process.env.SWITCHBOARD_PROJECT_CONFIG !== "ignore") return {};
  return {
    // Called with the merged settings before the first request for a folder is answered.
    config: async (settings: Settings) => {
      const runtime = globalThis as Runtime;
      if (runtime.switchboardGuards || !runtime.Bun) return;
      runtime.switchboardGuards = true;
      const filter = new RegExp(`^(?!${exceptWorkspace()}(?:${trusted(settings).join("|")}))`);
      runtime.Bun.plugin({
        name: "switchboard-project-guard",
        setup: (build) => build.onLoad({ filter }, () => ({ contents: "export {}", loader: "js" })),
      });
    },
  };
}

/** Nothing in the workspace is trusted, also where it lies in a folder that is. */
function exceptWorkspace(): string {
  const workspace = process.env.SWITCHBOARD_WORKSPACE_DIR;
  if (!workspace) return "";
  return [workspace, real(workspace)].map((path) => `(?!${quoted(path)}/)`).join("");
}

/** Patterns of the paths that opencode's own and the operator's modules begin with. */
function trusted(settings: Settings): string[] {
  const { HOME, XDG_CONFIG_HOME, XDG_CACHE_HOME, OPENCODE_CONFIG_DIR } = process.env;
  const home = HOME || homedir();
  const cache = join(XDG_CACHE_HOME || join(home, ".cache"), "opencode");
  const folders = [
    join(XDG_CONFIG_HOME || join(home, ".config"), "opencode"),
    join(home, ".opencode"),
    ...(OPENCODE_CONFIG_DIR ? [OPENCODE_CONFIG_DIR] : []),
  ];
  const specs = (settings.plugin ?? []).map((one) => (Array.isArray(one) ? one[0] : one));
  const files = [...specs, ...packagesOf(settings)].flatMap((spec) =>
    spec.startsWith("file://") ? [dirname(fileURLToPath(spec))] : [],
  );
  const linked = folders.flatMap(filesIn).map((path) => dirname(real(path)));
  const packages = [...specs, ...packagesOf(settings), ...knownPackages(cache)].map(nameOf);
  return [
    "/\\$bunfs/",
    ...[...folders, ...files, ...linked]
      .flatMap((path) => [path, real(path)])
      .map((path) => `${quoted(path)}/`),
    // Providers are published under this name by nobody else.
    `${quoted(join(cache, "packages", "@ai-sdk"))}/`,
    ...packages.map((name) => `${quoted(join(cache, "packages", name))}[@/]`),
  ];
}

function packagesOf({ provider = {} }: Settings): string[] {
  return Object.values(provider).flatMap(({ npm, models = {} }) => [
    ...(npm ? [npm] : []),
    ...Object.values(models).flatMap((model) => model.provider?.npm ?? []),
  ]);
}

/** The packages of the providers that opencode's own catalogue names. */
function knownPackages(cache: string): string[] {
  try {
    const catalogue = readFileSync(
      process.env.OPENCODE_MODELS_PATH || join(cache, "models.json"),
      "utf8",
    );
    return [
      ...new Set([...catalogue.matchAll(/"npm":\s*"([^"]+)"/g)].map(([, name = ""]) => name)),
    ];
  } catch {
    return [];
  }
}

/** A package's name without its version. */
function nameOf(spec: string): string {
  return /^@?[^@]+/.exec(spec)?.[0] ?? spec;
}

/** Plugins and tools of the operator, which may be links to files that are kept elsewhere. */
function filesIn(folder: string): string[] {
  return ["plugin", "plugins", "tool", "tools"].flatMap((name) => {
    const inside = join(folder, name);
    return existsSync(inside) ? readdirSync(inside).map((file) => join(inside, file)) : [];
  });
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
