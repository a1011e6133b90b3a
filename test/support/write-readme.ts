import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { testEnv } from "./app.ts";
import { withCommandTable } from "./command-table.ts";

// `npm run readme`: writes the table of commands in docs/use.md anew.
const path = join(import.meta.dirname, "..", "..", "docs", "use.md");
const dir = mkdtempSync(join(tmpdir(), "switchboard-readme-"));
try {
  const app = await buildApp(readConfig({ PATH: process.env["PATH"], ...testEnv(dir) }));
  await app.ready();
  writeFileSync(path, withCommandTable(readFileSync(path, "utf8"), app.commands));
  await app.close();
} finally {
  rmSync(dir, { recursive: true, force: true });
}
