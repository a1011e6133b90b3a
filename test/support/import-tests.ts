import { globSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** How many processes share the unit tests: each one costs 0.4 s and loads the whole of Switchboard anew. */
export const parts = 8;

/** The unit tests of one of these processes, by their paths in test/; those of test/adversary have their own. */
export function testsOfPart(part: number): string[] {
  const root = join(import.meta.dirname, "..");
  return globSync("**/*.test.ts", {
    cwd: root,
    exclude: ["adversary", "commands", "long", "stack"],
  })
    .toSorted()
    .filter((_, index) => index % parts === part - 1);
}

/** Runs the unit tests of a part in this process. */
export async function importPart(part: number): Promise<void> {
  await importFiles(join(import.meta.dirname, ".."), testsOfPart(part));
}

/** Runs the tests of a folder and those below in this process. */
export async function importTests(folder: string): Promise<void> {
  await importFiles(folder, globSync("**/*.test.ts", { cwd: folder }).toSorted());
}

async function importFiles(folder: string, files: string[]): Promise<void> {
  for (const file of files) await import(pathToFileURL(join(folder, file)).href);
}
