import { writeFile } from "node:fs/promises";
import type { KeptFile, KeptFiles } from "../outbox/kept-files.ts";

/** Writes a picture of an agent's terminal to a file that waits to be sent. */
export async function writePicture(
  files: Pick<KeptFiles, "place">,
  agent: string,
  png: Uint8Array,
): Promise<KeptFile> {
  const file = await files.place(`${agent}.png`);
  // It is not flushed: if a power cut destroys it, the operator can ask for another one.
  await writeFile(file.path, png, { mode: 0o600 });
  return { ...file, bytes: png.length };
}
