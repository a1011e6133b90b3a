import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Lets the model of a home's opencode be shown pictures and PDF, and adds one, `blind`, that is shown none. */
export function letModelSee(home: string): void {
  const file = join(home, ".config", "opencode", "opencode.json");
  const config = JSON.parse(readFileSync(file, "utf8"));
  const { models } = config.provider.stub;
  models.stub.attachment = true;
  models.stub.modalities = { input: ["text", "image", "pdf"], output: ["text"] };
  models.blind = { name: "Blind model", modalities: { input: ["text"], output: ["text"] } };
  writeFileSync(file, JSON.stringify(config));
}
