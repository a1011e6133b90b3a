import { writeFile } from "node:fs/promises";
import type { KeptFile, KeptFiles } from "../outbox/kept-files.ts";
import { PictureError } from "../picture/pictures.ts";

/** Writes a picture of an agent's terminal to a file that waits to be sent. @throws PictureError when it cannot */
export async function writePicture(
  files: Pick<KeptFiles, "place" | "drop">,
  agent: string,
  png: Uint8Array,
): Promise<KeptFile> {
  let file: KeptFile | undefined;
  try {
    file = await files.place(`${agent}.png`);
    // It is not flushed: if a power cut destroys it, the operator can ask for another one.
    await writeFile(file.path, png, { mode: 0o600 });
    return { ...file, bytes: png.length };
  } catch (error) {
    // A full disk leaves a part of it.
    if (file) await files.drop(file.path).catch(() => undefined);
    throw new PictureError("the picture cannot be written", { cause: error });
  }
}
