import { readFileSync } from "node:fs";
import { join } from "node:path";
import { migrations } from "./store/migrations.ts";

const manifest = readFileSync(join(import.meta.dirname, "../package.json"), "utf8");

/** The version of this Switchboard, as in package.json and the changelog. */
export const { version } = JSON.parse(manifest) as { version: string };

/** What `--version` prints: with the schema of its store, since a store of a newer one is refused. */
export function about(): string {
  return `opencode-switchboard ${version}, schema ${migrations.length}, Node ${process.versions.node}`;
}
