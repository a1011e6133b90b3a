import { writeFile } from "node:fs/promises";
import type { KeptFile, KeptFiles } from "../outbox/kept-files.ts";

/** Writes a picture of an agent's terminal to a file that waits to be sent. */
export async function writePicture(
  files: Pick<KeptFiles, "place">,
  agent: string,
  png: Uint8Array,
): Promise<KeptFile> {
  const file = await files.place(`${agent}.png`);
  // One that a power cut destroys is not missed: the next one is a press away.
  await writeFile(file.path, png, { mode: 0o600 });
  return { ...file, bytes: png.length };
}
