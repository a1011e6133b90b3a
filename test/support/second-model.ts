import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Gives the opencode of a home a second model, which has variants. */
export function addSecondModel(home: string): void {
  const file = join(home, ".config", "opencode", "opencode.json");
  const config = JSON.parse(readFileSync(file, "utf8"));
  config.provider.stub.models.second = { name: "Second model", variants: { high: {}, low: {} } };
  writeFileSync(file, JSON.stringify(config));
}
