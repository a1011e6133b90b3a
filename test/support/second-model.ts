import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Gives the opencode of a home a second model, which has variants. */
export function addSecondModel(home: string): void {
  addModel(home, "second", { name: "Second model", variants: { high: {}, low: {} } });
}

/** The same of one, `blind`, that is shown neither pictures nor PDF. */
export function addBlindModel(home: string): void {
  const modalities = { input: ["text"], output: ["text"] };
  addModel(home, "blind", { name: "Blind model", modalities });
}

function addModel(home: string, id: string, model: object): void {
  const file = join(home, ".config", "opencode", "opencode.json");
  const config = JSON.parse(readFileSync(file, "utf8"));
  config.provider.stub.models[id] = model;
  writeFileSync(file, JSON.stringify(config));
}
