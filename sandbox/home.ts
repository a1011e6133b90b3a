import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { claimPluginPackage } from "../src/host/agent-side.ts";

const everything = { input: ["text", "image", "pdf"], output: ["text"] };

/** Where a home of `makeHome` has its catalogue of models; opencode 1.18 reads the path from OPENCODE_MODELS_PATH. */
export function modelsPath(home: string): string {
  return join(home, "models.json");
}

/**
 * Makes a home directory in which the real opencode talks to the scripted model at `modelUrl` and
 * starts in seconds. `permission` is opencode's own setting.
 */
export function makeHome(modelUrl: string, permission: object): string {
  const home = mkdtempSync(join(tmpdir(), "switchboard-"));
  const configDir = join(home, ".config", "opencode");
  claimPluginPackage(configDir);
  const provider = {
    npm: "@ai-sdk/openai-compatible",
    options: { baseURL: modelUrl, apiKey: "none" },
    models: { stub: { name: "Scripted model", attachment: true, modalities: everything } },
  };
  const config = { provider: { stub: provider }, model: "stub/stub", small_model: "stub/stub" };
  writeFileSync(join(configDir, "opencode.json"), JSON.stringify({ ...config, permission }));
  // opencode's own catalogue has thousands of models, which it goes through at each start: 13 s of 22 s of CPU.
  writeFileSync(modelsPath(home), "{}");
  return home;
}
